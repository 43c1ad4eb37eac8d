import AsyncHTTPClient
import KubeClient
import KubeModel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// Reaches node agents over HTTPS, with the server's client certificate.
public final class NodeProxy: NodeConnecting, Service {
    /// How an agent's certificate is trusted, and how the server shows who it is. PEM files.
    public struct Credentials: Sendable {
        /// The authority that signs the agents' certificates.
        public var ca: String
        public var certificateChain: String
        public var privateKey: String

        public init(ca: String, certificateChain: String, privateKey: String) {
            (self.ca, self.certificateChain, self.privateKey) = (ca, certificateChain, privateKey)
        }
    }

    /// Bytes of an answer that is read whole.
    private static let answerLimit = 64 * 1024 * 1024

    private let client: HTTPClient
    private let tls: NIOSSLContext
    private let group: any EventLoopGroup

    /// - Throws: what the files are not fit for.
    public init(
        _ credentials: Credentials, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.trustRoots = .file(credentials.ca)
        tls.certificateChain = try NIOSSLCertificate.fromPEMFile(credentials.certificateChain).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: credentials.privateKey, format: .pem))
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.timeout.connect = .seconds(5)
        configuration.httpVersion = .http1Only
        self.group = group
        self.tls = try NIOSSLContext(configuration: tls)
        client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }

    /// Keeps the connections until shutdown.
    public func run() async throws {
        try? await gracefulShutdown()
        try await client.shutdown()
    }

    /// Passes the body on as it comes; ends when the client leaves. A log may stay silent as long as its container, so
    /// there is no time limit.
    public func stream(
        node: NodeEndpoint, path: String, query: String, to response: any ResponseWriter
    ) async throws(KubeStatus) {
        let answer = try await send("GET", node, path, query)
        let type = answer.headers.first(name: "content-type") ?? "text/plain; charset=utf-8"
        let stream = response.stream(contentType: type)
        do {
            for try await piece in answer.body {
                stream.write(Array(piece.readableBytesView))
                try await stream.drained()
            }
        } catch {
            // The head is out, so that an early end is all that can be told.
        }
        stream.finish()
    }

    public func post(node: NodeEndpoint, path: String, query: String, body: [UInt8]) async throws(KubeStatus) -> [UInt8]
    {
        let answer = try await send("POST", node, path, query, body)
        do {
            return Array(try await answer.body.collect(upTo: Self.answerLimit).readableBytesView)
        } catch {
            throw node.unreachable(error)
        }
    }

    public func tunnel(
        node: NodeEndpoint, _ request: UpgradeRequest, to response: any ResponseWriter
    ) async throws(KubeStatus) {
        let upstream: RawConnection
        do { upstream = try await connect(node) } catch { throw node.unreachable(error) }
        let client: RawConnection
        do { client = try await response.takeOver() } catch {
            try? await upstream.executeThenClose { _, _ in }
            throw (error as? KubeStatus) ?? .badRequest("the client has left")
        }
        // From here on nobody is left to tell of an error.
        try? await Tunnel.join(client, upstream, opening: request.bytes(host: node.authority))
    }

    private func connect(_ node: NodeEndpoint) async throws -> RawConnection {
        let tls = tls
        let isAddress = (try? SocketAddress(ipAddress: node.address, port: node.port)) != nil
        let name = isAddress ? nil : node.address
        return try await ClientBootstrap(group: group).connectTimeout(.seconds(5))
            .connect(host: node.address, port: node.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        try NIOSSLClientHandler(context: tls, serverHostname: name))
                    return try RawConnection(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// - Throws: the agent's refusal; 503 if it cannot be reached.
    private func send(
        _ method: String, _ node: NodeEndpoint, _ path: String, _ query: String, _ body: [UInt8] = []
    ) async throws(KubeStatus) -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "https://\(node.authority)\(path)\(query.isEmpty ? "" : "?\(query)")")
        request.method = HTTPMethod(rawValue: method)
        if !body.isEmpty { request.body = .bytes(body) }
        let answer: HTTPClientResponse
        do {
            answer = try await client.execute(request, deadline: .distantFuture)
        } catch {
            throw node.unreachable(error)
        }
        if answer.status.code >= 400 { throw await node.refusal(answer) }
        return answer
    }
}

extension NodeEndpoint {
    /// Host and port as a URL has them.
    var authority: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }

    func unreachable(_ error: any Error) -> KubeStatus {
        .serviceUnavailable("cannot reach the agent of node \"\(name)\" at \(authority): \(error)")
    }

    /// What the agent answered instead of what it was asked for: its Status, or its text in one.
    func refusal(_ answer: HTTPClientResponse) async -> KubeStatus {
        let code = Int(answer.status.code)
        let text = (try? await answer.body.collect(upTo: 64 * 1024)).map { String(buffer: $0) } ?? ""
        if let json = try? JSON(parsing: text), let status = KubeStatus(json: json) { return status }
        let reason = code == 404 ? "NotFound" : code == 400 ? "BadRequest" : "InternalError"
        return KubeStatus(
            code: code, reason: reason, message: "the agent of node \"\(name)\" answered \(code): \(text.prefix(1000))")
    }
}
