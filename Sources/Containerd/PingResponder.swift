import NIOCore

/// Answers containerd's HTTP/2 PINGs before NIO's HTTP/2 handler sees them.
///
/// containerd's side measures bandwidth with a PING for nearly every call. NIO's handler takes more than 200
/// control frames in 30 seconds for an attack and closes the connection (`ENHANCE_YOUR_CALM`), which ends every
/// call in flight after about 200 short ones. Source of the frame layout: RFC 9113, sections 4.1 and 6.7.
final class PingResponder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let headerLength = 9
    private static let pingLength = 8
    private static let pingType: UInt8 = 6
    private static let acknowledge: UInt8 = 1

    /// Received bytes that are not yet a whole header, or a whole PING.
    private var pending = ByteBuffer()
    /// Bytes of the current frame's payload that have yet to pass.
    private var payloadLeft = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var received = unwrapInboundIn(data)
        pending.writeBuffer(&received)
        var passed = context.channel.allocator.buffer(capacity: pending.readableBytes)
        while take(from: &pending, into: &passed, context: context) {}
        pending.discardReadBytes()
        if passed.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(passed)) }
    }

    /// Moves one frame, or the part of one that is there.
    /// - Returns: false when more bytes are needed.
    private func take(from bytes: inout ByteBuffer, into passed: inout ByteBuffer, context: ChannelHandlerContext)
        -> Bool
    {
        if payloadLeft > 0 {
            guard var part = bytes.readSlice(length: min(payloadLeft, bytes.readableBytes)), part.readableBytes > 0
            else { return false }
            payloadLeft -= part.readableBytes
            passed.writeBuffer(&part)
            return true
        }
        guard let header = bytes.getBytes(at: bytes.readerIndex, length: Self.headerLength) else { return false }
        let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
        if header[3] == Self.pingType, header[4] & Self.acknowledge == 0, length == Self.pingLength {
            guard bytes.readableBytes >= Self.headerLength + Self.pingLength else { return false }
            bytes.moveReaderIndex(forwardBy: Self.headerLength)
            guard let opaque = bytes.readBytes(length: Self.pingLength) else { return false }
            answer(opaque, context: context)
            return true
        }
        passed.writeBytes(header)
        bytes.moveReaderIndex(forwardBy: Self.headerLength)
        payloadLeft = length
        return true
    }

    private func answer(_ opaque: [UInt8], context: ChannelHandlerContext) {
        var frame = context.channel.allocator.buffer(capacity: Self.headerLength + Self.pingLength)
        frame.writeBytes([0, 0, UInt8(Self.pingLength), Self.pingType, Self.acknowledge, 0, 0, 0, 0])
        frame.writeBytes(opaque)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
}
