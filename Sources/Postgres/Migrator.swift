/// One file of `migrations/`.
public struct Migration: Sendable, Hashable {
    /// `0001_log.sql`; migrations are applied in the order of their names.
    public let name: String
    public let sql: String
    public init(name: String, sql: String) { (self.name, self.sql) = (name, sql) }
}

public enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
    case database(PostgresError)
    /// A migration that was applied is another one now. Put the file back, and write a new migration instead.
    case changed(String)
    /// The database has a migration that this program does not know: it belongs to a newer version.
    case unknown(String)

    public var description: String {
        switch self {
        case .database(let error): error.description
        case .changed(let name): "migration \(name) was changed after it was applied: restore it and add a new one"
        case .unknown(let name):
            "the database has migration \(name) of a newer version: use that version or a later one"
        }
    }
}

/// Brings a database's schema to what the migrations say, forward only.
///
/// Everything belongs to the role `purser_owner`, which cannot log in; the role `purser_server` holds what a server
/// may do, and the logins of servers are its members; `purser_reader` may read the views of the schema `purser`.
public struct Migrator: Sendable {
    let conninfo: String
    let migrations: [Migration]

    /// - Parameter conninfo: a login that may create roles and schemas; not the server's.
    public init(_ conninfo: String, migrations: [Migration]) {
        self.conninfo = conninfo
        self.migrations = migrations.sorted { $0.name < $1.name }
    }

    /// Applies what is missing, each migration in one transaction, while no other migrator runs.
    /// - Parameter serverLogin: a role that is made if it is missing, may log in, and becomes a member of
    ///   `purser_server`; it has no password.
    /// - Returns: the names of the migrations applied now.
    public func migrate(serverLogin: String? = nil) async throws(MigrationError) -> [String] {
        let result: Result<[String], MigrationError>
        do {
            result = try await DedicatedThread.run {
                Result { () throws(PostgresError) in try BlockingConnection(conninfo) }
                    .map { connection in
                        Result { () throws(MigrationError) in try apply(on: connection, serverLogin: serverLogin) }
                    }
            }
        } catch {
            throw .database(error)
        }
        return try result.get()
    }

    private func apply(on connection: BlockingConnection, serverLogin: String?) throws(MigrationError) -> [String] {
        do {
            try connection.run("SELECT pg_advisory_lock(\(Self.lock))")
            try connection.run(Self.prelude)
            if let serverLogin { try connection.run(Self.login(connection.quoted(serverLogin))) }
            let pending = try pending(on: connection).get()
            for migration in pending { try apply(migration, on: connection) }
            return pending.map(\.name)
        } catch let error as MigrationError {
            throw error
        } catch let error as PostgresError {
            throw .database(error)
        } catch {
            throw .database(.unexpectedResult("\(error)"))
        }
    }

    /// The migrations that were not applied yet; fails where those that were are not these.
    private func pending(on connection: BlockingConnection) throws(PostgresError) -> Result<[Migration], MigrationError>
    {
        var pending = migrations
        for row in try connection.query("SELECT name, sql FROM log.migrations ORDER BY name") {
            guard let index = pending.firstIndex(where: { $0.name == row[0] }) else {
                return .failure(.unknown(row[0]))
            }
            guard pending.remove(at: index).sql == row[1] else { return .failure(.changed(row[0])) }
        }
        return .success(pending)
    }

    private func apply(_ migration: Migration, on connection: BlockingConnection) throws(PostgresError) {
        try connection.run("BEGIN; SET LOCAL ROLE purser_owner")
        try connection.run(migration.sql)
        _ = try connection.query(
            "INSERT INTO log.migrations (name, sql, sha256) VALUES ($1, $2, sha256(convert_to($2, 'UTF8')))",
            [migration.name, migration.sql])
        try connection.run("COMMIT")
    }

    /// `purser` in ASCII, as a number: the advisory lock that migrators take.
    private static let lock: Int64 = 0x7075_7273_6572

    private static let prelude = """
        DO $$ BEGIN CREATE ROLE purser_owner NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
        DO $$ BEGIN CREATE ROLE purser_server NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
        DO $$ BEGIN CREATE ROLE purser_reader LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
        GRANT purser_owner TO CURRENT_USER;
        CREATE SCHEMA IF NOT EXISTS log AUTHORIZATION purser_owner;
        CREATE SCHEMA IF NOT EXISTS projection AUTHORIZATION purser_owner;
        CREATE SCHEMA IF NOT EXISTS purser AUTHORIZATION purser_owner;
        BEGIN;
        SET LOCAL ROLE purser_owner;
        CREATE TABLE IF NOT EXISTS log.migrations (
            name text PRIMARY KEY,
            sql text NOT NULL,
            sha256 bytea NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now());
        COMMIT;
        """

    private static func login(_ quoted: String) -> String {
        """
        DO $$ BEGIN CREATE ROLE \(quoted) LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
        GRANT purser_server TO \(quoted);
        """
    }
}
