import APIServer
import CommandHandling
import ControlPlane
import Domain
import EventLog
import Foundation
import KubeClient
import KubeMachinery
import KubeModel
import Logging
import Postgres
import PostgresEventLog
import PostgresProjections
import Reconciliation
import ServiceLifecycle

/// Puts the server together: log, state, sequencer, controllers and API on one database.
struct PurserServer {
    let configuration: ServerConfiguration
    let logger: Logger

    /// Builds everything and serves until the process is told to end.
    func run() async throws {
        if let migrationDatabase = configuration.migrationDatabase {
            let applied = try await Migrator(migrationDatabase, migrations: Migration.all)
                .migrate(serverLogin: "purser")
            if !applied.isEmpty { logger.info("migrated", metadata: ["files": "\(applied)"]) }
        }
        let log = PostgresEventLog(configuration.database, archiveDirectory: configuration.archiveDirectory)
        defer { log.close() }
        let loaded = try await StateLoader.load(log, logger: logger)
        logger.info(
            "state rebuilt", metadata: ["position": "\(loaded.head.position)", "replayed": "\(loaded.replayed)"])

        guard let serviceRange = AddressRange(configuration.serviceCIDR) else {
            throw CommandError(
                "serviceCIDR \(configuration.serviceCIDR) is no IPv4 range", next: "write it as 10.96.0.0/16")
        }
        let sealer = SecretSealer(wrappingKey: try secretKey())
        let persons = PersonNames(keys: log, secret: try secretKey())
        try await Shredder.repeatAll(log, keys: log, sealer: sealer)
        try sealer.load(try await log.keys(idPrefix: "secret/"))

        let signing = try await LogSigning(configuration: configuration, log: log, logger: logger)
        let cluster = Cluster(
            log: log, loaded: loaded, configuration: Sequencer.Configuration(serviceRange: serviceRange), logger: logger
        )
        let writer = Writer(cluster: cluster, sealer: sealer, keys: log, serviceRange: serviceRange)
        let tables = PostgresProjections(configuration.database)
        defer { tables.close() }
        let nodes = try NodeProxy(
            NodeProxy.Credentials(
                ca: configuration.clientAuthorityFile, certificateChain: configuration.nodeClientCertificateFile,
                privateKey: configuration.nodeClientKeyFile))
        let handler = APIHandler(
            cluster: cluster, writer: writer, sealer: sealer, authenticator: try authenticator(),
            authorizer: BuiltInAuthorizer(of: cluster),
            nodes: nodes, tables: tables, subscriptions: log, keys: log, persons: persons,
            recordsReadsDurably: configuration.auditReadsDurably, auditPolicy: try configuration.auditPolicy(),
            cosignatures: CosignatureIntake(
                log: log, store: TreeHeadDirectory(configuration.treeHeadDirectory), verifier: signing.verifier,
                witnesses: try configuration.witnessVerifiers()),
            logger: logger)
        let listener = HTTPListener(
            configuration: HTTPListener.Configuration(
                host: configuration.listenAddress, port: configuration.port,
                tls: TLSFiles(
                    certificateChain: configuration.certificateFile, privateKey: configuration.keyFile,
                    clientCA: configuration.clientAuthorityFile)),
            handler: handler, logger: logger)
        let controllers = ControllerRuntime(
            cluster: cluster, writer: writer, reconcilers: Reconcilers.all(startedAt: cluster.clock.now),
            leadership: PostgresLeadership(configuration.database), logger: logger)
        let bootstrap = Bootstrap(cluster: cluster, writer: writer, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                // In the order of starting; shut down in the opposite one, so that the log outlives its users.
                services: [
                    cluster.sequencer,
                    SecretKeys(cluster: cluster, sealer: sealer, keys: log, persons: persons, logger: logger),
                    bootstrap, signing,
                    SnapshotWriter(cluster: cluster, logger: logger),
                    ProjectionWriter(configuration.database, log: log, state: { cluster.state }, logger: logger),
                    nodes, controllers, listener,
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }

    private func secretKey() throws -> [UInt8] {
        let bytes = try PrivateFile.read(configuration.secretKeyFile)
        guard bytes.count == 32 else {
            throw CommandError(
                "\(configuration.secretKeyFile) must hold 32 bytes and holds \(bytes.count)",
                next: "restore it: Secrets that were sealed with it cannot be read with another")
        }
        return bytes
    }

    private func authenticator() throws -> RequestAuthenticator {
        guard let file = configuration.tokensFile else { return RequestAuthenticator() }
        return RequestAuthenticator(tokens: [try StaticTokens(file: file)])
    }
}
