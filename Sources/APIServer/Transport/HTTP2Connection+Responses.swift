import KubeClient
import KubeModel
import NIOCore
import NIOHPACK
import NIOHTTP2

extension HTTP2Connection {
    func write(_ response: HTTPResponse, stream id: Int, omitsBody: Bool) {
        let length = response.contentLength
        let hasBody = length > 0 && !omitsBody
        var headers = head(response.status, response.contentType, response.headers)
        if length > 0 || response.status >= 200 && response.status != 204 && response.status != 304 {
            headers.add(name: "content-length", value: String(length), indexing: .nonIndexable)
        }
        write(.headers(.init(headers: headers, endStream: !hasBody)), HTTP2StreamID(id))
        guard hasBody else { return requestFlush() }
        if length > Self.smallBody { return writeLarge(response.body, id) }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(length)
        for segment in response.body { buffer.writeBytes(segment) }
        write(.data(.init(data: .byteBuffer(buffer), endStream: true)), HTTP2StreamID(id))
        requestFlush()
    }

    /// Lets an exchange write the body as the client takes it.
    private func writeLarge(_ body: [[UInt8]], _ id: Int) {
        guard let context else { return }
        let exchange: Exchange
        if case .answering(let existing, _) = streams[id] {
            exchange = existing
        } else {
            exchange = Exchange.answered(
                streamID: id, connection: self, eventLoop: context.eventLoop, queueLimit: environment.limits.queuedBytes
            )
            streams[id] = .answering(exchange, omitsBody: false)
        }
        exchange.enqueue(body)
    }

    private func head(
        _ status: Int, _ contentType: String?, _ fields: [(name: String, value: String)]
    ) -> HPACKHeaders {
        var headers = HPACKHeaders()
        headers.reserveCapacity(4 + fields.count)
        headers.add(name: ":status", value: status == 200 ? "200" : String(status))
        if let contentType { headers.add(name: "content-type", value: contentType) }
        for (name, value) in fields { headers.add(name: name, value: value) }
        headers.add(name: "date", value: date.value())
        return headers
    }

    func write(
        _ payload: HTTP2Frame.FramePayload, _ streamID: HTTP2StreamID, _ promise: EventLoopPromise<Void>? = nil
    ) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(Self.wrapOutboundOut(HTTP2Frame(streamID: streamID, payload: payload)), promise: promise)
    }

    /// Flushes at the end of the loop's tick, so that what several exchanges write goes out together.
    func requestFlush() {
        guard !isReading, !flushIsScheduled, let context else { return }
        flushIsScheduled = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.flush() }
    }

    private func flush() {
        flushIsScheduled = false
        context?.flush()
    }
}

extension HTTP2Connection: ExchangeConnection {
    /// Whether the stream still waits for an answer, and whether that goes without its body.
    private func open(_ exchange: Exchange) -> (isOpen: Bool, omitsBody: Bool) {
        guard case .answering(let current, let omitsBody) = streams[exchange.streamID], current === exchange else {
            return (false, false)
        }
        return (true, omitsBody)
    }

    func write(_ response: HTTPResponse, of exchange: Exchange) {
        let (isOpen, omitsBody) = open(exchange)
        if isOpen { write(response, stream: exchange.streamID, omitsBody: omitsBody) }
    }

    func writeHead(status: Int, contentType: String, headers: [(name: String, value: String)], of exchange: Exchange) {
        guard open(exchange).isOpen else { return }
        let headers = head(status, contentType, headers)
        write(.headers(.init(headers: headers, endStream: false)), HTTP2StreamID(exchange.streamID))
        requestFlush()
    }

    func writeBody(_ bytes: ByteBuffer, isLast: Bool, of exchange: Exchange, promise: EventLoopPromise<Void>?) {
        guard open(exchange).isOpen else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        write(.data(.init(data: .byteBuffer(bytes), endStream: isLast)), HTTP2StreamID(exchange.streamID), promise)
        requestFlush()
    }

    func abort(_ exchange: Exchange) {
        guard open(exchange).isOpen else { return }
        write(.rstStream(.cancel), HTTP2StreamID(exchange.streamID))
        requestFlush()
    }

    func upgradeToWebSocket(subprotocol: String?, of exchange: Exchange) throws -> WebSocketChannel {
        throw KubeStatus.badRequest("a WebSocket needs HTTP/1.1: connect without HTTP/2")
    }

    func becomeRaw(of exchange: Exchange) throws -> RawConnection {
        throw KubeStatus.badRequest("a change of protocol needs HTTP/1.1: connect without HTTP/2")
    }
}
