import APIServer
import CommandHandling
import ControlPlane
import Domain
import EventLog
import FoundationEssentials
import Glibc
import KubeClient
import KubeModel
import Logging
import ServiceLifecycle

/// A cluster as it was at a position of a log, served on the loopback interface to be looked at: no controller runs,
/// the clock stands still, every write is refused, and no call leaves a trace.
struct Sandbox {
    private let log: LogPrefix
    private let position: Position
    private static let name = "sandbox"
    private static let address = "127.0.0.1"

    init(_ log: any EventLog, at position: Position) async throws {
        self.log = try await LogPrefix(log, through: position)
        self.position = position
    }

    /// Serves until the process is told to end.
    /// - Parameter port: 0 for a free one.
    /// - Parameter whenReady: told the kubeconfig that is good for it, and what moment is shown.
    func serve(port: Int, logger: Logger, whenReady: (_ kubeconfig: String, _ time: Timestamp) -> Void) async throws {
        let loaded = try await StateLoader.load(log, logger: logger)
        let directory = try Self.temporaryDirectory()
        defer { try? Paths.remove(directory) }
        let authority = try PublicKeyInfrastructure(name: "purser \(Self.name)", now: Date())
        let tls = try tlsFiles(authority, in: directory)
        let listener = HTTPListener(
            configuration: .init(host: Self.address, port: port, tls: tls),
            handler: try await handler(loaded, logger), logger: logger)
        let bound: Int
        do { bound = try await listener.bind() } catch {
            throw CommandError(
                "\(Self.address) port \(port) cannot be listened on: \(error)",
                next: "name another port, or leave --port out", status: .conflict)
        }
        let kubeconfig = "\(directory)/kubeconfig"
        try Self.kubeconfig(authority, port: bound).write(to: kubeconfig)
        whenReady(kubeconfig, loaded.lastRecordedAt)
        try await ServiceGroup(
            configuration: .init(services: [listener], gracefulShutdownSignals: [.sigint, .sigterm], logger: logger)
        ).run()
    }

    private func handler(_ loaded: LoadedState, _ logger: Logger) async throws -> APIHandler {
        var configuration = Sequencer.Configuration(serviceRange: .standard)
        configuration.refusal = KubeStatus(
            code: 403, reason: "Forbidden",
            message: "this is the cluster as it was at position \(position): it can be looked at, not changed")
        let cluster = Cluster(
            log: log, loaded: loaded, configuration: configuration, clock: StoppedClock(at: loaded.lastRecordedAt),
            logger: logger)
        try await noteUsage(of: loaded.state, in: cluster.usage)
        return APIHandler(
            cluster: cluster, writer: Writer(cluster: cluster, sealer: nil, keys: nil, serviceRange: .standard),
            sealer: nil, authenticator: RequestAuthenticator(), authorizer: BuiltInAuthorizer(), nodes: nil,
            logger: logger)
    }

    /// What the nodes reported last, twice each where all of them report alike often.
    private func noteUsage(of state: ClusterState, in usage: UsageBook) async throws {
        let query = EventQuery(types: [EventCatalogue.usageMeasured], includesReads: true)
        let page = try await log.find(
            query, after: 0, through: position, limit: max(1, state.count(.nodes) * 3), newestFirst: true)
        usage.note(page.events.reversed())
    }

    private func tlsFiles(_ authority: PublicKeyInfrastructure, in directory: String) throws -> TLSFiles {
        let server = try authority.issue(
            .init(commonName: "purser-\(Self.name)", dnsNames: ["localhost"], addresses: [Self.address], isServer: true)
        )
        let files = TLSFiles(
            certificateChain: "\(directory)/server.crt", privateKey: "\(directory)/server.key",
            clientCA: "\(directory)/ca.crt")
        try PrivateFile.write(server.certificate, to: files.certificateChain)
        try PrivateFile.write(server.key, to: files.privateKey)
        try PrivateFile.write(authority.authority.certificate, to: "\(directory)/ca.crt")
        return files
    }

    private static func kubeconfig(_ authority: PublicKeyInfrastructure, port: Int) throws -> Kubeconfig {
        let user = try authority.issue(
            .init(commonName: "kubernetes-admin", organization: "system:masters", isClient: true))
        return Kubeconfig(
            clusters: [
                .init(
                    name: name, server: "https://\(address):\(port)",
                    certificateAuthority: Array(authority.authority.certificate.utf8))
            ],
            users: [
                .init(
                    name: name, clientCertificate: Array(user.certificate.utf8), clientKey: SecretBytes(user.key))
            ],
            contexts: [.init(name: name, cluster: name, user: name)], currentContext: name)
    }

    /// For its owner only.
    private static func temporaryDirectory() throws -> String {
        var template = Array("\(ClusterOptions.environment("TMPDIR") ?? "/tmp")/purser-\(name)-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw FileError(path: "a temporary directory", operation: "make") }
        return String(cString: made)
    }
}
