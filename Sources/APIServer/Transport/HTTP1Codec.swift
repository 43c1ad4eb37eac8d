import KubeClient
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The handlers between the bytes and `HTTP1Connection`.
struct HTTP1Codec {
    private let encoder = HTTPResponseEncoder()
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private let pipelining = HTTPServerPipelineHandler()
    private let errors = HTTPServerProtocolErrorHandler()

    init(_ limits: HTTPLimits) {
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderListSize = limits.headerSize
        decoding.maxHeaderFieldSize = limits.headerSize
        decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: decoding))
    }

    func add(to pipeline: ChannelPipeline) throws {
        try pipeline.syncOperations.addHandlers(encoder, decoder, pipelining, errors)
    }

    /// Reads once although an answer is in progress: the pipelining handler would not, and the end of a TLS connection
    /// is something that must be read.
    func readAhead(in pipeline: ChannelPipeline) {
        try? pipeline.syncOperations.context(handler: decoder).read()
    }

    /// Leaves bare bytes. The decoder leaves last here, too.
    func leave(_ connection: HTTP1Connection, _ channel: any Channel) throws -> RawConnection {
        let operations = channel.pipeline.syncOperations
        operations.removeHandler(errors, promise: nil)
        operations.removeHandler(pipelining, promise: nil)
        operations.removeHandler(connection, promise: nil)
        let raw = try RawConnection(wrappingChannelSynchronously: channel)
        operations.removeHandler(encoder, promise: nil)
        operations.removeHandler(decoder, promise: nil)
        return raw
    }

    /// Makes the connection a WebSocket. The decoder leaves last, since it hands on the bytes that it has not read.
    func replace(with socket: WebSocketChannel, _ connection: HTTP1Connection, in pipeline: ChannelPipeline) throws {
        let operations = pipeline.syncOperations
        operations.removeHandler(errors, promise: nil)
        operations.removeHandler(pipelining, promise: nil)
        operations.removeHandler(connection, promise: nil)
        try operations.addHandlers(
            WebSocketFrameEncoder(),
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: WebSocketChannel.messageLimit)),
            WebSocketProtocolErrorHandler(), WebSocketFrames(socket))
        operations.removeHandler(encoder, promise: nil)
        operations.removeHandler(decoder, promise: nil)
    }
}
