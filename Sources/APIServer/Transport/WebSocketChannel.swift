import NIOConcurrencyHelpers
import NIOCore
import NIOWebSocket

/// An upgraded connection, as the handler uses it.
final class WebSocketChannel: WebSocketConnection {
    /// Bytes of one message.
    static let messageLimit = 4 * 1024 * 1024
    /// Bytes received and not yet asked for before the socket is read no further.
    static let inboundMark = 1024 * 1024

    private struct Inbound {
        var messages: [[UInt8]] = []
        var bytes = 0
        var isOver = false
        var waiter: CheckedContinuation<[UInt8]?, Never>?
    }

    let channel: any Channel
    /// Kept so that the handler's task is cancelled when the client leaves.
    private let exchange: Exchange
    private let inbound = NIOLockedValueBox(Inbound())

    init(_ channel: any Channel, exchange: Exchange) {
        (self.channel, self.exchange) = (channel, exchange)
    }

    func receive() async -> [UInt8]? {
        let message = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = inbound.withLockedValue { inbound -> [UInt8]?? in
                    if !inbound.messages.isEmpty {
                        let message = inbound.messages.removeFirst()
                        inbound.bytes -= message.count
                        return .some(message)
                    }
                    if inbound.isOver || Task.isCancelled { return .some(nil) }
                    inbound.waiter = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            inbound.withLockedValue { $0.waiter.take() }?.resume(returning: nil)
        }
        channel.read()
        return message
    }

    func send(_ message: [UInt8]) async throws {
        let frame = WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: message))
        do {
            try await channel.writeAndFlush(frame).get()
        } catch {
            throw CancellationError()
        }
    }

    func close(code: UInt16) async {
        var payload = ByteBuffer()
        payload.write(webSocketErrorCode: WebSocketErrorCode(codeNumber: Int(code)))
        try? await channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: payload)).get()
        try? await channel.close().get()
    }

    // MARK: The pipeline's side

    var isFull: Bool { inbound.withLockedValue { $0.bytes > Self.inboundMark } }

    func received(_ message: [UInt8]) {
        let waiter = inbound.withLockedValue { inbound -> CheckedContinuation<[UInt8]?, Never>? in
            if let waiter = inbound.waiter.take() { return waiter }
            inbound.messages.append(message)
            inbound.bytes += message.count
            return nil
        }
        waiter?.resume(returning: message)
    }

    func connectionEnded() {
        let waiter = inbound.withLockedValue { inbound in
            inbound.isOver = true
            return inbound.waiter.take()
        }
        waiter?.resume(returning: nil)
        exchange.cancel()
    }
}

/// Joins fragments, answers pings and closes, and holds reads back while the handler is behind.
final class WebSocketFrames: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let socket: WebSocketChannel
    private var fragments: [UInt8] = []

    init(_ socket: WebSocketChannel) { self.socket = socket }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        switch frame.opcode {
        case .binary, .text, .continuation: receive(frame, context)
        case .ping: answer(.pong, frame.unmaskedData, context)
        case .connectionClose:
            answer(.connectionClose, frame.unmaskedData, context)
            context.close(promise: nil)
        default: break
        }
    }

    private func receive(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        fragments.append(contentsOf: frame.unmaskedData.readableBytesView)
        guard fragments.count <= WebSocketChannel.messageLimit else {
            context.close(promise: nil)
            return
        }
        guard frame.fin else { return }
        socket.received(fragments)
        fragments = []
    }

    private func answer(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(Self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: payload)), promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        if !socket.isFull { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The handler ends the session; a shutdown's deadline closes the connection otherwise.
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        socket.connectionEnded()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !(error is NIOWebSocketError) { context.close(promise: nil) }
    }
}
