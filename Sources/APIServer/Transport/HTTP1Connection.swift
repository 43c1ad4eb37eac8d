import KubeClient
import KubeModel
import NIOCore
import NIOHTTP1

/// Serves one HTTP/1.1 connection: one request at a time, which the pipelining handler before it sees to.
final class HTTP1Connection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Progress {
        case idle
        case receiving(HTTPRequestHead, body: [UInt8], began: NIODeadline)
        case answering(Exchange, HTTPRequestHead)
        /// The connection closes once the client has read the answer; what still arrives is dropped.
        case closing
    }

    private let environment: ConnectionEnvironment
    private let connectionContext: ConnectionContext
    /// The handlers that speak HTTP; they leave when the connection becomes a WebSocket.
    private let codec: HTTP1Codec
    private var context: ChannelHandlerContext?
    private var progress = Progress.idle
    private var date = DateHeader()
    private var lastActivity = NIODeadline.now()
    private var isDraining = false

    init(environment: ConnectionEnvironment, connection: ConnectionContext, codec: HTTP1Codec) {
        (self.environment, self.connectionContext, self.codec) = (environment, connection, codec)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        scheduleSweep()
    }

    func channelInactive(context: ChannelHandlerContext) {
        endExchange()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        endExchange()
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is DrainEvent else { return context.fireUserInboundEventTriggered(event) }
        isDraining = true
        switch progress {
        case .idle: context.close(promise: nil)
        case .answering(let exchange, _): exchange.shutDown()
        case .receiving, .closing: break
        }
    }

    private func endExchange() {
        if case .answering(let exchange, _) = progress { exchange.end() }
        progress = .closing
    }

    private func scheduleSweep() {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .seconds(15)) { bound.value.sweep() }
    }

    /// Ends a connection without requests, and requests that do not arrive. A head that trickles in counts as no
    /// request.
    private func sweep() {
        guard let context, context.channel.isActive else { return }
        let now = NIODeadline.now()
        switch progress {
        case .idle where now - lastActivity > environment.limits.idleTimeout: context.close(promise: nil)
        case .receiving(let head, _, let began) where now - began > environment.limits.requestTimeout:
            refuse(head, .requestTimeout)
        default: break
        }
        scheduleSweep()
    }
}

// MARK: - Requests

extension HTTP1Connection {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head): receive(head)
        case .body(let bytes): receive(bytes)
        case .end:
            guard case .receiving(let head, let body, _) = progress else { return }
            dispatch(head, body, context)
        }
    }

    private func receive(_ head: HTTPRequestHead) {
        var body: [UInt8] = []
        if let text = head.headers.first(name: "content-length"), let length = Int(text) {
            if length > environment.limits.bodySize { return refuse(head, .bodyTooLarge(environment.limits.bodySize)) }
            body.reserveCapacity(min(length, 64 * 1024))
        }
        progress = .receiving(head, body: body, began: .now())
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            write(.head(HTTPResponseHead(version: head.version, status: .continue)))
            context?.flush()
        }
    }

    private func receive(_ bytes: ByteBuffer) {
        guard case .receiving(let head, var body, let began) = progress else { return }
        if body.count + bytes.readableBytes > environment.limits.bodySize {
            return refuse(head, .bodyTooLarge(environment.limits.bodySize))
        }
        // Out of the state while it grows, so that it is not copied.
        progress = .idle
        body.append(contentsOf: bytes.readableBytesView)
        progress = .receiving(head, body: body, began: began)
    }

    private func dispatch(_ head: HTTPRequestHead, _ body: [UInt8], _ context: ChannelHandlerContext) {
        let request = request(head, body)
        let exchange = Exchange(
            streamID: 0, connection: self, eventLoop: context.eventLoop, queueLimit: environment.limits.queuedBytes)
        progress = .answering(exchange, head)
        if let response = environment.handler.handleImmediately(request) {
            exchange.send(answered: response)
        } else {
            if isDraining { exchange.shutDown() }
            exchange.start(request, environment.handler, environment.ledger)
        }
    }

    private func request(_ head: HTTPRequestHead, _ body: [UInt8] = []) -> HTTPRequest {
        HTTPRequest(
            method: head.method.rawValue, target: head.uri, headers: RequestHeaders(head.headers), body: body,
            connection: connectionContext)
    }

    /// Answers before the request is complete, then waits a moment so that the client can read the answer: closing on
    /// unread bytes would take it away.
    private func refuse(_ head: HTTPRequestHead, _ status: KubeStatus) {
        guard let context else { return }
        environment.handler.recordRefusal(of: request(head), status)
        let response = HTTPResponse.failure(status)
        writeHead(
            response.status, response.contentType, response.headers, length: response.contentLength, keepAlive: false)
        for segment in response.body { write(.body(.byteBuffer(ByteBuffer(bytes: segment)))) }
        write(.end(nil))
        context.flush()
        progress = .closing
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }
}

// MARK: - Responses

extension HTTP1Connection: ExchangeConnection {
    private func head(of exchange: Exchange) -> HTTPRequestHead? {
        guard case .answering(let current, let head) = progress, current === exchange else { return nil }
        return head
    }

    /// A request to upgrade makes the parser stop, so the connection cannot serve another one.
    private func keepsAlive(_ head: HTTPRequestHead) -> Bool {
        head.isKeepAlive && !isDraining && !head.headers.contains(name: "upgrade")
    }

    func write(_ response: HTTPResponse, of exchange: Exchange) {
        guard let head = head(of: exchange) else { return }
        let length = response.contentLength
        let statusHasBody = response.status >= 200 && response.status != 204 && response.status != 304
        writeHead(
            response.status, response.contentType, response.headers, length: statusHasBody ? length : nil,
            keepAlive: keepsAlive(head))
        guard length > 0, statusHasBody, head.method != .HEAD else { return complete(exchange, head) }
        exchange.enqueue(response.body)
    }

    func writeHead(status: Int, contentType: String, headers: [(name: String, value: String)], of exchange: Exchange) {
        guard let head = head(of: exchange) else { return }
        writeHead(status, contentType, headers, length: nil, keepAlive: keepsAlive(head))
        guard let context else { return }
        context.flush()
        codec.readAhead(in: context.pipeline)
    }

    func writeBody(_ bytes: ByteBuffer, isLast: Bool, of exchange: Exchange, promise: EventLoopPromise<Void>?) {
        guard let head = head(of: exchange) else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        if bytes.readableBytes > 0 {
            write(.body(.byteBuffer(bytes)), promise)
        } else {
            promise?.succeed()
        }
        if isLast { complete(exchange, head) } else { context?.flush() }
    }

    func abort(_ exchange: Exchange) {
        if head(of: exchange) != nil { context?.close(promise: nil) }
    }

    private func complete(_ exchange: Exchange, _ head: HTTPRequestHead) {
        guard let context else { return }
        let keepsAlive = keepsAlive(head)
        progress = keepsAlive ? .idle : .closing
        lastActivity = .now()
        exchange.end()
        guard keepsAlive else {
            let promise = context.eventLoop.makePromise(of: Void.self)
            let channel = context.channel
            promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
            context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: promise)
            return
        }
        // Last, because it may let the next request in.
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func writeHead(
        _ status: Int, _ contentType: String?, _ fields: [(name: String, value: String)], length: Int?, keepAlive: Bool
    ) {
        var headers = HTTPHeaders()
        headers.reserveCapacity(4 + fields.count)
        if let contentType { headers.add(name: "content-type", value: contentType) }
        if let length { headers.add(name: "content-length", value: String(length)) }
        for (name, value) in fields { headers.add(name: name, value: value) }
        headers.add(name: "date", value: date.value())
        if !keepAlive { headers.add(name: "connection", value: "close") }
        write(
            .head(HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers))
        )
    }

    private func write(_ part: HTTPServerResponsePart, _ promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(Self.wrapOutboundOut(part), promise: promise)
    }

    func upgradeToWebSocket(subprotocol: String?, of exchange: Exchange) throws -> WebSocketChannel {
        guard let head = head(of: exchange), let context else { throw CancellationError() }
        let handshake = try WebSocketHandshake(head, subprotocol: subprotocol)
        let response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: handshake.headers)
        write(.head(response))
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
        let socket = WebSocketChannel(context.channel, onEnd: { exchange.cancel() })
        progress = .closing
        try codec.replace(with: socket, self, in: context.pipeline)
        return socket
    }

    func becomeRaw(of exchange: Exchange) throws -> RawConnection {
        guard let head = head(of: exchange), let context else { throw CancellationError() }
        guard head.headers.contains(name: "upgrade") else {
            throw KubeStatus.badRequest("this request needs to ask for another protocol (Connection: Upgrade)")
        }
        progress = .closing
        return try codec.leave(self, context.channel)
    }
}

/// Tells the handlers of a connection to finish what is in progress and close.
struct DrainEvent: Sendable {}
