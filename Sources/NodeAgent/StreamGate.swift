import KubeClient
import NIOCore
import NIOHTTP1

/// Reads the start of a new connection: one that asks for a stream stays bare bytes, every other one speaks HTTP.
final class StreamGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Bytes of a head.
    private static let headLimit = 64 * 1024

    private let decided: EventLoopPromise<NodeServer.Connection>
    private var received = ByteBuffer()
    private var isDecided = false

    init(_ decided: EventLoopPromise<NodeServer.Connection>) { self.decided = decided }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        do { try decide(context) } catch { fail(error, context) }
    }

    private func decide(_ context: ChannelHandlerContext) throws {
        let text = String(buffer: received)
        guard let lineEnd = text.firstRange(of: "\r\n") else { return try checkLength() }
        let target = text[..<lineEnd.lowerBound].split(separator: " ").dropFirst().first ?? ""
        guard target.hasPrefix("/stream/") else {
            try context.channel.pipeline.syncOperations.configureHTTPServerPipeline()
            return settle(.http(try NodeServer.HTTPConnection(wrappingChannelSynchronously: context.channel)), context)
        }
        guard let end = text.firstRange(of: "\r\n\r\n") else { return try checkLength() }
        guard let request = UpgradeRequest(head: String(text[..<end.lowerBound])) else {
            throw ChannelError.inputClosed
        }
        received.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
        settle(.stream(request, try RawConnection(wrappingChannelSynchronously: context.channel)), context)
    }

    private func checkLength() throws {
        if received.readableBytes > Self.headLimit { throw ChannelError.inputClosed }
    }

    /// Hands on what is left of the bytes, and leaves.
    private func settle(_ connection: NodeServer.Connection, _ context: ChannelHandlerContext) {
        isDecided = true
        decided.succeed(connection)
        if received.readableBytes > 0 { context.fireChannelRead(Self.wrapInboundOut(received)) }
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        if !isDecided { decided.fail(error) }
        isDecided = true
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error, context) }

    func channelInactive(context: ChannelHandlerContext) {
        if !isDecided { decided.fail(ChannelError.eof) }
        isDecided = true
        context.fireChannelInactive()
    }
}
