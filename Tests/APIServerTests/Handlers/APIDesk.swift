import CommandHandling
import Domain
import EventLog
import KubeClient
import KubeModel
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import APIServer
@testable import ControlPlane

/// The API over a log in memory, called without a socket.
struct APIDesk: Sendable {
    let cluster: Cluster
    let handler: APIHandler

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    static let admin = PeerCertificate(commonName: "admin", organizations: ["system:masters"])

    static func run(
        auditPolicy: AuditPolicy = .everything, services: (Cluster, Writer) -> [any Service] = { _, _ in [] },
        _ body: (APIDesk) async throws -> Void
    ) async throws {
        let range = try #require(AddressRange("10.96.0.0/16"))
        let log = InMemoryEventLog()
        let loaded = try await StateLoader.load(log, logger: quiet)
        let cluster = Cluster(
            log: log, loaded: loaded, configuration: Sequencer.Configuration(serviceRange: range), logger: quiet)
        let writer = Writer(cluster: cluster, sealer: nil, keys: nil, serviceRange: range)
        let handler = APIHandler(
            cluster: cluster, writer: writer,
            sealer: nil, authenticator: RequestAuthenticator(), authorizer: BuiltInAuthorizer(nodeOfPod: nil),
            nodes: nil, auditPolicy: auditPolicy, logger: quiet)
        let desk = APIDesk(cluster: cluster, handler: handler)
        let group = ServiceGroup(services: [cluster.sequencer] + services(cluster, writer), logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await desk.create("/api/v1/namespaces", ["metadata": ["name": "shop"]])
            try await body(desk)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// - Parameter peer: who calls; nil for somebody without credentials.
    func call(
        _ method: String, _ target: String, _ body: [UInt8] = [], headers: [(String, String)] = [],
        as peer: PeerCertificate? = admin
    ) async -> Answer {
        let request = HTTPRequest(
            method: method, target: target, headers: RequestHeaders(headers), body: body,
            connection: ConnectionContext(remoteAddress: "127.0.0.1", peer: peer))
        let answer = Answer()
        if let response = handler.handleImmediately(request) {
            answer.send(response)
        } else {
            await handler.handle(request, answer)
        }
        return answer
    }

    func get(_ target: String) async -> JSON { await call("GET", target).json }

    @discardableResult
    func create(_ target: String, _ object: JSON, as peer: PeerCertificate = admin) async throws -> JSON {
        let answer = await call("POST", target, object.canonicalBytes, as: peer)
        try #require(answer.status == 201, "\(answer.json.canonicalText)")
        return answer.json
    }
}

/// What came back: one response, or what was streamed until the first wait.
final class Answer: ResponseWriter, ResponseStream {
    private struct Contents {
        var status = 0
        var body: [UInt8] = []
        var headers: [(name: String, value: String)] = []
    }

    private let contents = Mutex(Contents())

    var status: Int { contents.withLock { $0.status } }
    var text: String { contents.withLock { String(decoding: $0.body, as: UTF8.self) } }
    var bytes: [UInt8] { contents.withLock { $0.body } }
    var json: JSON { (try? JSON(parsing: text)) ?? .null }
    /// The lines of a stream.
    var lines: [JSON] { text.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) } }
    func header(_ name: String) -> String? { contents.withLock { $0.headers.first { $0.name == name }?.value } }

    func send(_ response: HTTPResponse) {
        contents.withLock {
            $0.status = response.status
            $0.headers = response.headers
            $0.body = Array(response.body.joined())
        }
    }

    func stream(status: Int, contentType: String, headers: [(name: String, value: String)]) -> any ResponseStream {
        contents.withLock { $0.status = status }
        return self
    }

    func acceptWebSocket(subprotocol: String?) async throws -> any WebSocketConnection {
        throw KubeStatus.badRequest("no WebSocket here")
    }

    func takeOver() async throws -> RawConnection { throw KubeStatus.badRequest("no connection here") }

    func write(_ segments: [[UInt8]]) -> Bool {
        contents.withLock { for segment in segments { $0.body += segment } }
        return true
    }

    func drained() async throws {}
    func ended(within limit: Duration?) async -> StreamEnd { .serverShutdown }
    func finish() {}
}
