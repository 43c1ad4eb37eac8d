import KubeClient
import KubeModel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SwiftASN1
import X509

/// The node's HTTPS server, for the API server only: logs, commands in containers, health.
struct NodeServer: Sendable {
    typealias HTTPConnection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    /// What a client's first request makes of its connection.
    enum Connection: Sendable {
        case http(HTTPConnection)
        /// Passed through to the container runtime.
        case stream(UpgradeRequest, RawConnection)
    }

    private let settings: NodeAgentConfiguration.Server
    private let address: String
    private let tls: NIOSSLContext
    private let endpoints: NodeEndpoints

    init(_ settings: NodeAgentConfiguration.Server, node: NodeContext, directory: PodDirectory) throws {
        self.settings = settings
        address = node.configuration.nodeAddress
        endpoints = NodeEndpoints(node: node, directory: directory)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(settings.certificateFile).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: settings.keyFile, format: .pem)))
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(settings.clientAuthorityFile))
        // A client without a certificate of this authority does not get past the handshake.
        configuration.certificateVerification = .noHostnameVerification
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// Serves until cancelled.
    func run() async throws {
        let tls = tls
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: address, port: settings.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let decided = channel.eventLoop.makePromise(of: Connection.self)
                    try channel.pipeline.syncOperations.addHandlers(
                        NIOSSLServerHandler(context: tls), StreamGate(decided))
                    return decided.futureResult
                }
            }
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask {
                        // A connection that breaks concerns nobody but its client.
                        guard let decided = try? await connection.get() else { return }
                        switch decided {
                        case .http(let connection): await serve(connection)
                        case .stream(let request, let connection): await serve(request, connection)
                        }
                    }
                }
            }
        }
    }

    private func serve(_ request: UpgradeRequest, _ connection: RawConnection) async {
        do {
            guard try await isAllowed(connection.channel) else { throw Self.onlyTheServer }
            try await endpoints.stream(request, connection)
        } catch {
            let status = (error as? KubeStatus) ?? .internalError("\(describe(error))")
            try? await connection.executeThenClose { _, outbound in
                try await outbound.write(ByteBuffer(bytes: status.closingResponse))
                try await connection.channel.writeAndFlush(ByteBuffer()).get()
            }
        }
    }

    private static let onlyTheServer = KubeStatus(
        code: 403, reason: "Forbidden", message: "only the API server is served")

    private func serve(_ connection: HTTPConnection) async {
        // A connection that breaks concerns nobody but its client.
        try? await connection.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            for try await part in inbound {
                switch part {
                case .head(let received): head = received
                case .body: break
                case .end:
                    guard let request = head else { return }
                    let isAllowed = try await isAllowed(connection.channel)
                    let response = NodeResponse(outbound, version: request.version)
                    if isAllowed {
                        try await endpoints.answer(request, response)
                    } else {
                        try await response.fail(Self.onlyTheServer)
                    }
                    guard request.isKeepAlive else { return }
                }
            }
        }
    }

    private func isAllowed(_ channel: any Channel) async throws -> Bool {
        guard let certificate = try await channel.nioSSL_peerCertificate().get() else { return false }
        let parsed = try Certificate(derEncoded: try certificate.toDERBytes())
        return parsed.subject.contains { name in
            name.contains {
                $0.type == .RDNAttributeType.commonName && settings.allowedClients.contains($0.value.description)
            }
        }
    }
}

/// Writes one response.
struct NodeResponse: Sendable {
    private let outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    private let version: HTTPVersion

    init(_ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>, version: HTTPVersion) {
        (self.outbound, self.version) = (outbound, version)
    }

    func begin(_ code: Int = 200, contentType: String) async throws {
        let headers: HTTPHeaders = ["content-type": contentType]
        try await outbound.write(
            .head(HTTPResponseHead(version: version, status: HTTPResponseStatus(statusCode: code), headers: headers)))
    }

    func write(_ bytes: [UInt8]) async throws { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: bytes)))) }
    func end() async throws { try await outbound.write(.end(nil)) }

    func send(_ json: JSON, code: Int = 200) async throws {
        try await begin(code, contentType: "application/json")
        try await write(json.canonicalBytes)
        try await end()
    }

    func fail(_ status: KubeStatus) async throws { try await send(status.json, code: status.code) }
}
