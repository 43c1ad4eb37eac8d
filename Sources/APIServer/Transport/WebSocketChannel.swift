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
    private let onEnd: @Sendable () -> Void
    private let inbound = NIOLockedValueBox(Inbound())

    init(_ channel: any Channel, onEnd: @escaping @Sendable () -> Void) {
        (self.channel, self.onEnd) = (channel, onEnd)
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
        do {
            try await channel.writeAndFlush(frame(.binary, ByteBuffer(bytes: message))).get()
        } catch {
            throw CancellationError()
        }
    }

    func close(code: UInt16) async {
        var payload = ByteBuffer()
        payload.write(webSocketErrorCode: WebSocketErrorCode(codeNumber: Int(code)))
        try? await channel.writeAndFlush(frame(.connectionClose, payload)).get()
        try? await channel.close().get()
    }

    func frame(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, data: payload)
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
        onEnd()
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
        context.writeAndFlush(Self.wrapOutboundOut(socket.frame(opcode, payload)), promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        if !socket.isFull { context.read() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        socket.connectionEnded()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !(error is NIOWebSocketError) { context.close(promise: nil) }
    }
}
