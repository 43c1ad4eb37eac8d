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
    var date = DateHeader()
    var isReading = false
    var flushIsScheduled = false
    var unacknowledged = 0
    var unfinishedBodies = 0
    var lastStreamID = HTTP2StreamID.rootStream
    var isDraining = false
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
        context.eventLoop.execute {
            channel.flush()
            channel.close(promise: nil)
        }
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
                refuse(id, request.headers, .requestTimeout)
            }
        }
        if streams.isEmpty, now - lastActivity > environment.limits.idleTimeout { drain() }
        scheduleSweep()
    }
}

/// Sees the frames that the HTTP/2 handler writes, to learn that it has given the connection up.
final class FrameObserver: NIOHTTP2FrameDelegate {
    private(set) var gaveUp = false

    func wroteFrame(_ frame: HTTP2Frame) {
        if case .goAway(_, let code, _) = frame.payload, code != .noError { gaveUp = true }
    }
}
