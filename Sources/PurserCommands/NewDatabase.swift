import ControlPlane
import Domain
import EventLog
import LogBackup
import Postgres
import PostgresEventLog
import PostgresProjections

/// An empty database that becomes one of Purser's, with a log that comes from elsewhere.
struct NewDatabase {
    /// Of a login that may create roles and schemas.
    let conninfo: String

    /// Makes the tables; a database that holds anything is left untouched.
    /// - Parameter source: the database that the log comes from, if it comes from one.
    func prepare(source: String? = nil) async throws {
        do {
            if let source, try await Self.identity(of: source) == Self.identity(of: conninfo) {
                throw CommandError(
                    "the database to fill is the very one that is read", next: "make an empty one with createdb",
                    status: .conflict)
            }
            try await refuseContent()
            _ = try await Migrator(conninfo, migrations: Migration.all).migrate(serverLogin: Instance.databaseLogin)
        } catch let error as PostgresError {
            throw Self.failure("\(error)")
        } catch let error as MigrationError {
            throw Self.failure("\(error)")
        }
    }

    /// Fills the log and replays it.
    /// - Returns: the state at its end.
    func fill(through position: Position, _ body: (PostgresEventLog) async throws -> Void) async throws -> ClusterState
    {
        let log = PostgresEventLog(conninfo)
        defer { log.close() }
        try await body(log)
        return try await StateLoader.replay(log, through: position)
    }

    /// Writes what the SQL views show, as a server would.
    func writeReadTables(of state: ClusterState) async throws {
        let session = ProjectionSession(conninfo)
        defer { session.close() }
        try await session.lock()
        try await session.project(state)
    }

    private func refuseContent() async throws {
        let connection = PostgresConnection(conninfo)
        defer { connection.close() }
        let row = try await connection.execute(Self.content)[0]
        let (isOurs, hasTables) = (try row.bool(0), try row.bool(1))
        guard hasTables else { return }
        guard isOurs else { throw Self.notEmpty("holds tables of something else") }
        // The tables of an attempt that did not come as far as the first event.
        guard try await connection.execute(Self.end)[0].int8(0) == 0 else { throw Self.notEmpty("holds a log") }
    }

    private static func identity(of conninfo: String) async throws -> String {
        let connection = PostgresConnection(conninfo)
        defer { connection.close() }
        return try await connection.execute(identity)[0].text(0)
    }

    private static func notEmpty(_ what: String) -> CommandError {
        CommandError("the database \(what) already", next: "make an empty one with createdb", status: .conflict)
    }

    private static func failure(_ message: String) -> CommandError {
        CommandError(message, next: "check the connection string and the role's rights", status: .unreachable)
    }

    private static let identity = PostgresStatement(
        "identity",
        """
        SELECT system_identifier || '/' || oid FROM pg_control_system(), pg_database
        WHERE datname = current_database()
        """)

    private static let content = PostgresStatement(
        "content",
        """
        SELECT to_regclass('log.head') IS NOT NULL, EXISTS (
            SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'
                AND n.nspname NOT LIKE 'pg\\_%')
        """)

    private static let end = PostgresStatement("end", "SELECT position FROM log.head")
}
