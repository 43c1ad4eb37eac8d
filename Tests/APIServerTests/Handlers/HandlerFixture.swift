import APIServer
import CommandHandling
import ControlPlane
import Domain
import EventLog
import KubeClient
import KubeModel
import Logging
import ServiceLifecycle
import Synchronization
import Testing

/// The API without a network: a handler on a log in memory, and answers as values.
struct HandlerFixture: Sendable {
    let cluster: Cluster
    let handler: APIHandler

    /// Runs a server's inside while `body` runs, and shuts it down gracefully.
    static func run<Result: Sendable>(
        on log: any EventLog = InMemoryEventLog(), _ body: (HandlerFixture) async throws -> Result
    ) async throws -> Result {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let range = try #require(AddressRange("10.96.0.0/16"))
        let cluster = Cluster(
            log: log, loaded: try await StateLoader.load(log, logger: quiet),
            configuration: Sequencer.Configuration(serviceRange: range), logger: quiet)
        let sealer = SecretSealer(wrappingKey: [UInt8](repeating: 7, count: 32))
        let writer = Writer(cluster: cluster, sealer: sealer, keys: InMemoryKeyTable(), serviceRange: range)
        let fixture = HandlerFixture(
            cluster: cluster,
            handler: APIHandler(
                cluster: cluster, writer: writer, sealer: sealer, authenticator: RequestAuthenticator(),
                authorizer: BuiltInAuthorizer(of: cluster), nodes: nil, subscriptions: InMemorySubscriptionTable(),
                logger: quiet))
        let group = ServiceGroup(services: [cluster.sequencer], logger: quiet)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result = try await body(fixture)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }

    /// One call, whatever its status.
    func call(
        _ method: String, _ target: String, _ body: JSON? = nil, user: String = "ann",
        group: String = "system:masters", accept: String? = nil
    ) async -> HTTPResponse {
        let peer = PeerCertificate(commonName: user, organizations: [group])
        var headers = body == nil ? [] : [("content-type", "application/json")]
        if let accept { headers.append(("accept", accept)) }
        let request = HTTPRequest(
            method: method, target: target, headers: RequestHeaders(headers), body: body?.canonicalBytes ?? [],
            connection: ConnectionContext(remoteAddress: "10.0.0.9", peer: peer))
        if let response = handler.handleImmediately(request) { return response }
        let answer = HandlerAnswer()
        await handler.handle(request, answer)
        return answer.response ?? HTTPResponse(status: 500)
    }

    /// One call that must succeed.
    @discardableResult
    func json(_ method: String, _ target: String, _ body: JSON? = nil, user: String = "ann", accept: String? = nil)
        async throws -> JSON
    {
        let response = await call(method, target, body, user: user, accept: accept)
        let json = try JSON(parsing: response.body.flatMap { $0 })
        guard (200..<300).contains(response.status) else { throw Refused(status: json) }
        return json
    }

    /// Starts a call that streams; the lines come as they are written.
    func stream(_ target: String, _ body: (AsyncStream<JSON>) async throws -> Void) async throws {
        let peer = PeerCertificate(commonName: "ann", organizations: ["system:masters"])
        let request = HTTPRequest(
            method: "GET", target: target, connection: ConnectionContext(remoteAddress: "10.0.0.9", peer: peer))
        let (lines, continuation) = AsyncStream.makeStream(of: JSON.self)
        let answer = HandlerAnswer(lines: continuation)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await handler.handle(request, answer) }
            try await body(lines)
            answer.close()
            try await group.waitForAll()
        }
    }

    struct Refused: Error { var status: JSON }
}

/// What a handler answered.
private final class HandlerAnswer: ResponseWriter, ResponseStream {
    private let sent = Mutex<HTTPResponse?>(nil)
    private let lines: AsyncStream<JSON>.Continuation?
    private let ends: AsyncStream<Void>
    private let ender: AsyncStream<Void>.Continuation

    init(lines: AsyncStream<JSON>.Continuation? = nil) {
        self.lines = lines
        (ends, ender) = AsyncStream.makeStream(of: Void.self)
    }

    var response: HTTPResponse? { sent.withLock { $0 } }
    func close() { ender.finish() }

    func send(_ response: HTTPResponse) { sent.withLock { if $0 == nil { $0 = response } } }
    func stream(status: Int, contentType: String, headers: [(name: String, value: String)]) -> any ResponseStream {
        self
    }
    func acceptWebSocket(subprotocol: String?) async throws -> any WebSocketConnection { throw CancellationError() }
    func takeOver() async throws -> RawConnection { throw CancellationError() }

    func write(_ segments: [[UInt8]]) -> Bool {
        for line in segments.joined().split(separator: UInt8(ascii: "\n")) {
            if let json = try? JSON(parsing: Array(line)) { lines?.yield(json) }
        }
        return true
    }
    func drained() async throws {}
    func ended(within limit: Duration?) async -> StreamEnd {
        for await _ in ends {}
        return .closed
    }
    func finish() { lines?.finish() }
}
