import KubeModel
import NIOCore
import NIOHPACK
import NIOHTTP2

extension HTTP2Connection {
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
            guard payload.endStream, case .receiving(let pending) = stream else { return }
            unfinishedBodies -= pending.body.count
            streams[id] = nil
            return dispatch(pending.headers, pending.body, id)
        }
        lastStreamID = streamID
        if payload.endStream { return dispatch(payload.headers, [], id) }
        var pending = PendingRequest(headers: payload.headers, began: .now())
        if let text = payload.headers.first(name: "content-length"), let length = Int(text) {
            if length > environment.limits.bodySize {
                return refuse(id, payload.headers, .bodyTooLarge(environment.limits.bodySize))
            }
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
            return refuse(id, pending.headers, .bodyTooLarge(environment.limits.bodySize))
        }
        if unfinishedBodies + bytes.readableBytes > environment.limits.unfinishedBodies {
            return refuse(id, pending.headers, .tooManyBodies)
        }
        unfinishedBodies += bytes.readableBytes
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

    private func request(_ headers: HPACKHeaders, _ body: [UInt8] = []) -> HTTPRequest {
        var (method, target) = ("", "")
        for (name, value, _) in headers {
            guard name.utf8.first == UInt8(ascii: ":") else { break }
            if name == ":method" { method = value } else if name == ":path" { target = value }
        }
        return HTTPRequest(
            method: method, target: target, headers: RequestHeaders(headers), body: body, connection: connectionContext)
    }

    private func dispatch(_ headers: HPACKHeaders, _ body: [UInt8], _ id: Int) {
        let request = request(headers, body)
        if let response = environment.handler.handleImmediately(request) {
            return write(response, stream: id, omitsBody: request.method == "HEAD")
        }
        guard let context else { return }
        let exchange = Exchange(
            streamID: id, connection: self, eventLoop: context.eventLoop, queueLimit: environment.limits.queuedBytes)
        streams[id] = .answering(exchange, omitsBody: request.method == "HEAD")
        if isDraining { exchange.shutDown() }
        exchange.start(request, environment.handler, environment.ledger)
    }

    /// Answers before the request is complete. What still arrives is dropped; a client that goes on sending for more
    /// than a moment is asked to stop (RFC 9113 section 8.1), not sooner, because some take that for a failure.
    func refuse(_ id: Int, _ headers: HPACKHeaders, _ status: KubeStatus) {
        environment.handler.recordRefusal(of: request(headers), status)
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
}

extension KubeStatus {
    static func bodyTooLarge(_ limit: Int) -> KubeStatus { .requestEntityTooLarge(limit: limit) }
    static let tooManyBodies = KubeStatus(
        code: 429, reason: "TooManyRequests", message: "too many unfinished request bodies on this connection",
        retryAfterSeconds: 1)
    static let requestTimeout = KubeStatus(
        code: 408, reason: "Timeout", message: "the request did not arrive in time")
}
