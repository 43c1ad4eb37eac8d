import ArgumentParser
import Logging

struct ServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server", abstract: "Run the API server with its controllers (started by `up`).",
        discussion: """
            Serves the Kubernetes API on a database, decides every command, and runs the controllers while it leads. \
            Several servers on one database share the work: all take calls, one runs the controllers.

            EXAMPLES
              purser server --config /etc/purser/server.json
              purser server --config server.json --database 'host=db1,db2 dbname=purser target_session_attrs=read-write'
              purser server --config server.json --audit-policy policy.yaml --witness "$(cat witness.vkey)"

            EXIT STATUS
              0 after SIGTERM · 1 if it cannot start or go on; the last line of the log says why.
            """)

    @Option(help: ArgumentHelp("The configuration, a JSON file as `purser up` writes it.", valueName: "file"))
    var config: String

    @Option(help: ArgumentHelp("Any libpq connection string, in place of the configuration's.", valueName: "conninfo"))
    var database: String?

    @Option(help: ArgumentHelp("The port to listen on, in place of the configuration's.", valueName: "port"))
    var port: Int?

    @OptionGroup var audit: AuditOptions

    func run() async throws {
        var configuration = try ServerConfiguration.load(config)
        if let policy = audit.auditPolicy { configuration.auditPolicyFile = policy }
        configuration.witnesses += audit.witness
        // Faults of these show before anything is opened.
        _ = (try configuration.auditPolicy(), try configuration.witnessVerifiers())
        if let database { configuration.database = database }
        if let port { configuration.port = port }
        var logger = Logger(label: "purser.server")
        logger.logLevel = Logger.Level(rawValue: configuration.logLevel) ?? .info
        try await PurserServer(configuration: configuration, logger: logger).run()
    }
}
