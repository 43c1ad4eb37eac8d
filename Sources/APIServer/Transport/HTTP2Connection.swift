import KubeModel
import NIOCore
import NIOHPACK
import NIOHTTP2

/// Serves one HTTP/2 connection straight from its frames, without a channel a stream: at thousands of small requests a
/// second those channels would cost more than the requests.
///
/// The HTTP/2 handler before it keeps the protocol's state and the outbound flow control. Inbound, a stream's window
/// is larger than the largest body, so that only the connection's window is ever topped up.
final class HTTP2Connection: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    enum Stream {
        case receiving(PendingRequest)
        case answering(Exchange, omitsBody: Bool)
        /// Answered before the request was complete; the rest of the body is dropped.
        case refused
    }

    struct PendingRequest {
        var headers: HPACKHeaders
        var body: [UInt8] = []
        let began: NIODeadline
    }

    static let connectionWindow = 16 * 1024 * 1024
    /// Bodies up to this size are written in one frame, at once.
    static let smallBody = 64 * 1024

    let environment: ConnectionEnvironment
    let connectionContext: ConnectionContext
    /// Tells whether the HTTP/2 handler has given the connection up.
    let frames: FrameObserver
    var context: ChannelHandlerContext?
    var streams: [Int: Stream] = [:]
    private var date = DateHeader()
    private var isReading = false
    private var flushIsScheduled = false
    private var unacknowledged = 0
    private var unfinishedBodies = 0
    private var lastStreamID = HTTP2StreamID.rootStream
    private var isDraining = false
    private var lastActivity = NIODeadline.now()

    init(environment: ConnectionEnvironment, connection: ConnectionContext, frames: FrameObserver) {
        (self.environment, self.connectionContext, self.frames) = (environment, connection, frames)
    }

    static func configuration(_ limits: HTTPLimits) -> NIOHTTP2Handler.Configuration {
        var configuration = NIOHTTP2Handler.Configuration()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.concurrentStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.headerSize),
            HTTP2Setting(parameter: .initialWindowSize, value: limits.bodySize + 1024 * 1024),
        ]
        configuration.connection.maximumSequentialEmptyDataFrames = 4
        configuration.connection.maximumRecentlyResetStreams = limits.resetsPerSecond
        configuration.connection.maximumConnectionGlitches = 10 * limits.resetsPerSecond
        configuration.connection.controlFrameRateLimit.maximumCount = limits.resetsPerSecond
        configuration.connection.controlFrameRateLimit.windowLength = .seconds(1)
        configuration.stream.streamResetFrameRateLimit.maximumCount = limits.resetsPerSecond
        configuration.stream.streamResetFrameRateLimit.windowLength = .seconds(1)
        configuration.stream.streamErrorRateLimit.maximumCount = limits.resetsPerSecond
        configuration.stream.streamErrorRateLimit.windowLength = .seconds(1)
        return configuration
    }

    // MARK: Life of the connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        write(.windowUpdate(windowSizeIncrement: Self.connectionWindow - 65535), .rootStream)
        requestFlush()
        scheduleSweep()
    }

    func channelInactive(context: ChannelHandlerContext) {
        endAll()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        endAll()
        self.context = nil
    }

    private func endAll() {
        let all = streams
        streams = [:]
        for case .answering(let exchange, _) in all.values { exchange.end() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An error of one stream has been answered with a reset, and its end is reported as an event.
        if frames.gaveUp || !(error is any NIOHTTP2Error) { context.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let closed as StreamClosedEvent: streamClosed(Int(closed.streamID))
        case is DrainEvent: drain()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func streamClosed(_ id: Int) {
        switch streams.removeValue(forKey: id) {
        case .answering(let exchange, _): exchange.end()
        case .receiving(let request): unfinishedBodies -= request.body.count
        case .refused, nil: break
        }
        lastActivity = .now()
        if isDraining, streams.isEmpty { closeSoon() }
    }

    /// Graceful shutdown: no new streams, and those in progress told to end.
    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        write(.goAway(lastStreamID: lastStreamID, errorCode: .noError, opaqueData: nil), .rootStream)
        requestFlush()
        for case .answering(let exchange, _) in streams.values { exchange.shutDown() }
        if streams.isEmpty { closeSoon() }
    }

    /// Closes once what is written has gone out.
    private func closeSoon() {
        guard let context else { return }
        let channel = context.channel
        context.eventLoop.execute { channel.close(promise: nil) }
    }

    /// Ends a connection without requests, and requests that do not arrive.
    private func scheduleSweep() {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .seconds(15)) { bound.value.sweep() }
    }

    private func sweep() {
        guard let context, context.channel.isActive else { return }
        let now = NIODeadline.now()
        for (id, stream) in streams {
            if case .receiving(let request) = stream, now - request.began > environment.limits.requestTimeout {
                refuse(id, .requestTimeout)
            }
        }
        if streams.isEmpty, now - lastActivity > environment.limits.idleTimeout { drain() }
        scheduleSweep()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        let frame = Self.unwrapInboundIn(data)
        switch frame.payload {
        case .headers(let payload): receive(payload, frame.streamID)
        case .data(let payload): receive(payload, frame.streamID)
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.flush()
    }

    private func receive(_ payload: HTTP2Frame.FramePayload.Headers, _ streamID: HTTP2StreamID) {
        let id = Int(streamID)
        if let stream = streams[id] {
            // Trailers; they end the request and say nothing that matters.
            if payload.endStream, case .receiving(let pending) = stream { dispatch(pending.headers, pending.body, id) }
            return
        }
        lastStreamID = streamID
        if payload.endStream { return dispatch(payload.headers, [], id) }
        var pending = PendingRequest(headers: payload.headers, began: .now())
        if let text = payload.headers.first(name: "content-length"), let length = Int(text) {
            if length > environment.limits.bodySize { return refuse(id, .bodyTooLarge(environment.limits.bodySize)) }
            pending.body.reserveCapacity(min(length, 64 * 1024))
        }
        streams[id] = .receiving(pending)
    }

    private func receive(_ payload: HTTP2Frame.FramePayload.Data, _ streamID: HTTP2StreamID) {
        guard case .byteBuffer(let bytes) = payload.data else { return }
        acknowledge(bytes.readableBytes + (payload.paddingBytes.map { $0 + 1 } ?? 0))
        let id = Int(streamID)
        guard case .receiving(var pending) = streams[id] else { return }
        if pending.body.count + bytes.readableBytes > environment.limits.bodySize {
            return refuse(id, .bodyTooLarge(environment.limits.bodySize))
        }
        unfinishedBodies += bytes.readableBytes
        if unfinishedBodies > environment.limits.unfinishedBodies { return refuse(id, .tooManyBodies) }
        // Out of the dictionary while it grows, so that it is not copied.
        streams[id] = .refused
        pending.body.append(contentsOf: bytes.readableBytesView)
        if payload.endStream {
            unfinishedBodies -= pending.body.count
            streams[id] = nil
            dispatch(pending.headers, pending.body, id)
        } else {
            streams[id] = .receiving(pending)
        }
    }

    /// Gives the client back the part of the connection's window that was used up.
    private func acknowledge(_ count: Int) {
        unacknowledged += count
        guard unacknowledged >= Self.connectionWindow / 4 else { return }
        write(.windowUpdate(windowSizeIncrement: unacknowledged), .rootStream)
        unacknowledged = 0
        requestFlush()
    }

    private func dispatch(_ headers: HPACKHeaders, _ body: [UInt8], _ id: Int) {
        var (method, target) = ("", "")
        for (name, value, _) in headers {
            guard name.utf8.first == UInt8(ascii: ":") else { break }
            if name == ":method" { method = value } else if name == ":path" { target = value }
        }
        let request = HTTPRequest(
            method: method, target: target, headers: RequestHeaders(headers), body: body, connection: connectionContext)
        if let response = environment.handler.handleImmediately(request) {
            return write(response, stream: id, omitsBody: method == "HEAD")
        }
        guard let context else { return }
        let exchange = Exchange(
            streamID: id, connection: self, eventLoop: context.eventLoop, queueLimit: environment.limits.queuedBytes)
        streams[id] = .answering(exchange, omitsBody: method == "HEAD")
        if isDraining { exchange.shutDown() }
        exchange.start(request, environment.handler, environment.ledger)
    }

    /// Answers before the request is complete. What still arrives is dropped; a client that goes on sending for more
    /// than a moment is asked to stop (RFC 9113 section 8.1), not sooner, because some take that for a failure.
    private func refuse(_ id: Int, _ status: KubeStatus) {
        if case .receiving(let pending) = streams[id] { unfinishedBodies -= pending.body.count }
        streams[id] = .refused
        write(.failure(status), stream: id, omitsBody: false)
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .seconds(2)) { bound.value.stopSending(id) }
    }

    private func stopSending(_ id: Int) {
        guard case .refused = streams[id] else { return }
        write(.rstStream(.noError), HTTP2StreamID(id))
        requestFlush()
    }

    // MARK: Responses

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

    private func write(
        _ payload: HTTP2Frame.FramePayload, _ streamID: HTTP2StreamID, _ promise: EventLoopPromise<Void>? = nil
    ) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(Self.wrapOutboundOut(HTTP2Frame(streamID: streamID, payload: payload)), promise: promise)
    }

    /// Flushes at the end of the loop's tick, so that what several exchanges write goes out together.
    private func requestFlush() {
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
}

/// Sees the frames that the HTTP/2 handler writes, to learn that it has given the connection up.
final class FrameObserver: NIOHTTP2FrameDelegate {
    private(set) var gaveUp = false

    func wroteFrame(_ frame: HTTP2Frame) {
        if case .goAway(_, let code, _) = frame.payload, code != .noError { gaveUp = true }
    }
}

extension KubeStatus {
    static func bodyTooLarge(_ limit: Int) -> KubeStatus { .requestEntityTooLarge(limit: limit) }
    static let tooManyBodies = KubeStatus(
        code: 429, reason: "TooManyRequests", message: "too many unfinished request bodies on this connection",
        retryAfterSeconds: 1)
    static let requestTimeout = KubeStatus(
        code: 408, reason: "Timeout", message: "the request did not arrive in time")
}
