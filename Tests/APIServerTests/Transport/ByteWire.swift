import NIOCore
import NIOPosix

/// A plain TCP client that sends bytes and waits for bytes.
struct ByteWire {
    private let channel: any Channel
    private let inbound: AsyncStream<ByteBuffer>

    static func with<Result>(
        _ server: TestServer, _ body: (ByteWire) async throws -> Result
    ) async throws -> Result {
        let (inbound, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: server.port).get()
        do {
            let result = try await body(ByteWire(channel: channel, inbound: inbound))
            try? await channel.close().get()
            return result
        } catch {
            try? await channel.close().get()
            throw error
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }
    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    /// All that arrives until the predicate holds or the connection ends.
    func receive(until isEnough: ([UInt8]) -> Bool) async -> [UInt8] {
        var bytes: [UInt8] = []
        for await buffer in inbound {
            bytes.append(contentsOf: buffer.readableBytesView)
            if isEnough(bytes) { break }
        }
        return bytes
    }

    func receiveAll() async -> String { String(decoding: await receive { _ in false }, as: UTF8.self) }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<ByteBuffer>.Continuation
        init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(Self.unwrapInboundIn(data))
        }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
