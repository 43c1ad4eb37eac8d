import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL

/// A client that sends the HTTP/2 frames it is told to, and no others but the protocol's own answers.
struct HTTP2Wire {
    private let channel: any Channel
    /// The frames received, in their order; ends with the connection.
    let frames: AsyncStream<HTTP2Frame>

    static func with<Result>(
        _ server: TestServer, _ body: (HTTP2Wire) async throws -> Result
    ) async throws -> Result {
        var tls = try server.certificates.client()
        tls.applicationProtocols = ["h2"]
        let context = try NIOSSLContext(configuration: tls)
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        // The server may still answer streams that were just reset.
        configuration.maximumRecentlyResetStreams = 10_000
        let (frames, continuation) = AsyncStream.makeStream(of: HTTP2Frame.self)
        let client = configuration
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        NIOSSLClientHandler(context: context, serverHostname: nil),
                        NIOHTTP2Handler(mode: .client, connectionConfiguration: client), FrameCollector(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: server.port).get()
        do {
            let result = try await body(HTTP2Wire(channel: channel, frames: frames))
            try? await channel.close().get()
            return result
        } catch {
            try? await channel.close().get()
            throw error
        }
    }

    /// Begins a GET on a stream (1, 3, 5, …).
    func get(_ path: String, stream: Int) async throws {
        let headers = HPACKHeaders([(":method", "GET"), (":scheme", "https"), (":path", path), (":authority", "test")])
        try await send(.headers(.init(headers: headers, endStream: true)), stream: stream)
    }

    func reset(stream: Int) async throws { try await send(.rstStream(.cancel), stream: stream) }

    private func send(_ payload: HTTP2Frame.FramePayload, stream: Int) async throws {
        try await channel.eventLoop.submit {
            channel.writeAndFlush(HTTP2Frame(streamID: HTTP2StreamID(stream), payload: payload))
        }.get().get()
    }

    private final class FrameCollector: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame
        private let continuation: AsyncStream<HTTP2Frame>.Continuation
        init(_ continuation: AsyncStream<HTTP2Frame>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(Self.unwrapInboundIn(data))
        }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {}
    }
}

extension HTTP2Frame {
    var text: String? {
        guard case .data(let payload) = payload, case .byteBuffer(let bytes) = payload.data else { return nil }
        return String(buffer: bytes)
    }

    var status: String? {
        guard case .headers(let payload) = payload else { return nil }
        return payload.headers.first(name: ":status")
    }
}
