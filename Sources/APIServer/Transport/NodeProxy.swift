import AsyncHTTPClient
import KubeModel
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// Where a node's agent listens.
public struct NodeEndpoint: Sendable, Hashable {
    /// The node's name, for messages.
    public var node: String
    /// An address of the node, as its certificate states it.
    public var host: String
    public var port: Int

    public init(node: String, host: String, port: Int) { (self.node, self.host, self.port) = (node, host, port) }
}

/// Passes calls on to node agents (`pods/log`, `pods/exec`, …), over HTTPS with the server's client certificate.
public final class NodeProxy: Service {
    /// How a connection to an agent is trusted, and how the server shows who it is. PEM files.
    public struct Credentials: Sendable {
        /// The authority that signs the agents' certificates.
        public var ca: String
        public var certificateChain: String
        public var privateKey: String

        public init(ca: String, certificateChain: String, privateKey: String) {
            (self.ca, self.certificateChain, self.privateKey) = (ca, certificateChain, privateKey)
        }
    }

    private let client: HTTPClient
    let tls: TLSConfiguration
    let group: any EventLoopGroup

    /// - Throws: what the files are not fit for.
    public init(
        _ credentials: Credentials, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.trustRoots = .file(credentials.ca)
        tls.certificateChain = try NIOSSLCertificate.fromPEMFile(credentials.certificateChain).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: credentials.privateKey, format: .pem))
        self.tls = tls
        self.group = group
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.timeout.connect = .seconds(5)
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }

    /// Keeps the connections until shutdown.
    public func run() async throws {
        try? await gracefulShutdown()
        try await client.shutdown()
    }

    /// Makes the agent answer, and passes the answer on as it comes; ends when the client leaves.
    ///
    /// - Parameter target: path and query on the agent.
    public func forward(
        method: String = "GET", target: String, body: [UInt8] = [], to endpoint: NodeEndpoint,
        _ response: any ResponseWriter
    ) async {
        var request = HTTPClientRequest(url: "https://\(endpoint.authority)\(target)")
        request.method = .RAW(value: method)
        if !body.isEmpty { request.body = .bytes(body) }
        let answer: HTTPClientResponse
        do {
            // A log may stay silent for as long as its container; the client's leaving cancels this task.
            answer = try await client.execute(request, deadline: .distantFuture)
        } catch {
            return response.send(.failure(endpoint.unreachable(error)))
        }
        let type = answer.headers.first(name: "content-type") ?? "text/plain; charset=utf-8"
        let stream = response.stream(status: Int(answer.status.code), contentType: type, headers: [])
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
}

extension NodeEndpoint {
    /// Host and port as a URL has them.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    func unreachable(_ error: any Error) -> KubeStatus {
        .serviceUnavailable("cannot reach the agent of node \"\(node)\" at \(authority): \(error)")
    }
}
