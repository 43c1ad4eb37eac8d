import ArgumentParser
import Postgres
import PostgresEventLog

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring a database's schema up to date (run by the supervisor).",
        discussion: """
            Needs a role that may create roles and schemas. Makes the login that servers use, without a password.

            EXAMPLE
              purser migrate --database 'host=db.example user=postgres dbname=purser' --login purser
            """, shouldDisplay: false)

    @Option(help: "A libpq connection string.")
    var database: String
    @Option(help: "The login of servers.")
    var login = Instance.databaseLogin
    @Option(
        help: ArgumentHelp(
            "How many events a segment has, a power of two; only an empty log takes it.", valueName: "count"))
    var segmentEvents: Int64?

    func run() async throws {
        do {
            for name in try await Migrator(database, migrations: Migration.all).migrate(serverLogin: login) {
                Console.line("applied \(name)")
            }
            if let segmentEvents { try await setSegmentSize(segmentEvents) }
        } catch {
            throw CommandError(
                "\(error)", next: "check the connection string and the role's rights", status: .unreachable)
        }
    }

    private func setSegmentSize(_ events: Int64) async throws {
        let connection = PostgresConnection(database)
        defer { connection.close() }
        _ = try await connection.execute(Self.resize, [.int8(events)])
    }

    private static let resize = PostgresStatement(
        "resize", "SELECT log.set_segment_size($1) FROM log.segment_size WHERE events <> $1")
}
