import KubeClient
import KubeModel
import NIOConcurrencyHelpers
import NIOCore

/// What an exchange asks of its connection, always on the connection's event loop.
protocol ExchangeConnection: AnyObject {
    func write(_ response: HTTPResponse, of exchange: Exchange)
    func writeHead(status: Int, contentType: String, headers: [(name: String, value: String)], of exchange: Exchange)
    func writeBody(_ bytes: ByteBuffer, isLast: Bool, of exchange: Exchange, promise: EventLoopPromise<Void>?)
    /// Breaks the response off.
    func abort(_ exchange: Exchange)
    /// Switches to the WebSocket protocol; nil where that is impossible.
    func upgradeToWebSocket(subprotocol: String?, of exchange: Exchange) throws -> WebSocketChannel
    /// Hands the connection over as bare bytes.
    func becomeRaw(of exchange: Exchange) throws -> RawConnection
}

/// A request that a handler answers in a task, and its response: the meeting point of the handler, which may call from
/// any thread, and the connection, which lives on its event loop.
///
/// Unchecked, because the compiler cannot see that `state` is only touched under `lock` and `connection` only on the
/// event loop.
final class Exchange: @unchecked Sendable {
    /// Bytes that may lie in the channel before more are taken from the queue.
    static let channelMark = 256 * 1024
    /// `drained` returns once no more than this waits.
    static let lowMark = 512 * 1024
    private static let pieceSize = 64 * 1024

    let streamID: Int
    let eventLoop: any EventLoop
    private let queueLimit: Int
    private weak var connection: (any ExchangeConnection)?
    private let lock = NIOLock()
    private var state = State()

    private struct State {
        var phase = Phase.open
        var queue = SegmentQueue()
        /// Bytes that left the queue and are not yet written to the socket.
        var inChannel = 0
        var pumpIsScheduled = false
        var task: Task<Void, Never>?
        /// The connection after it became a WebSocket.
        var upgraded: (any Channel)?
        var isShuttingDown = false
        var nextWaiter = 0
        var drainWaiters: [Int: CheckedContinuation<Bool, Never>] = [:]
        var endWaiters: [Int: CheckedContinuation<StreamEnd, Never>] = [:]

        mutating func waiterID() -> Int {
            nextWaiter += 1
            return nextWaiter
        }
    }

    private enum Phase {
        /// Nothing is answered.
        case open
        /// The head is sent, the body goes on.
        case streaming
        /// All of the answer is queued.
        case finished
        /// The client has all of it, or never will.
        case ended
    }

    init(streamID: Int, connection: any ExchangeConnection, eventLoop: any EventLoop, queueLimit: Int) {
        (self.streamID, self.connection) = (streamID, connection)
        (self.eventLoop, self.queueLimit) = (eventLoop, queueLimit)
    }

    /// An exchange whose answer is already given and only has to be sent.
    static func answered(
        streamID: Int, connection: any ExchangeConnection, eventLoop: any EventLoop, queueLimit: Int
    ) -> Exchange {
        let exchange = Exchange(
            streamID: streamID, connection: connection, eventLoop: eventLoop, queueLimit: queueLimit)
        exchange.state.phase = .finished
        return exchange
    }

    /// Runs the handler. The ledger keeps the listener from ending before the task has.
    func start(_ request: HTTPRequest, _ handler: any RequestHandler, _ ledger: TaskLedger) {
        ledger.begin()
        let task = Task {
            await handler.handle(request, self)
            self.handlerReturned()
            ledger.end()
        }
        let isOver = lock.withLock {
            state.task = task
            return state.phase == .ended
        }
        if isOver { task.cancel() }
    }

    private func handlerReturned() {
        let (phase, upgraded) = lock.withLock {
            state.task = nil
            return (state.phase, state.upgraded.take())
        }
        upgraded?.close(promise: nil)
        switch phase {
        case .open: send(.failure(.internalError("the request was not answered")))
        case .streaming: finish()
        case .finished, .ended: break
        }
    }
}

// MARK: - The handler's side

extension Exchange: ResponseWriter, ResponseStream {
    func send(_ response: HTTPResponse) {
        guard advance(from: .open, to: .finished) else { return }
        onLoop { $0.write(response, of: self) }
    }

    func stream(status: Int, contentType: String, headers: [(name: String, value: String)]) -> any ResponseStream {
        guard advance(from: .open, to: .streaming) else { return self }
        onLoop { $0.writeHead(status: status, contentType: contentType, headers: headers, of: self) }
        return self
    }

    func acceptWebSocket(subprotocol: String?) async throws -> any WebSocketConnection {
        try await eventLoop.submit {
            guard let connection = self.connection else { throw CancellationError() }
            let socket = try connection.upgradeToWebSocket(subprotocol: subprotocol, of: self)
            self.lock.withLock {
                self.state.phase = .finished
                self.state.upgraded = socket.channel
            }
            return socket
        }.get()
    }

    func takeOver() async throws -> RawConnection {
        try await eventLoop.submit {
            guard let connection = self.connection else { throw CancellationError() }
            let raw = try connection.becomeRaw(of: self)
            self.lock.withLock {
                self.state.phase = .finished
                self.state.upgraded = raw.channel
            }
            return raw
        }.get()
    }

    func write(_ segments: [[UInt8]]) -> Bool {
        enum Outcome { case refused, queued, schedule, overrun }
        let outcome = lock.withLock { () -> Outcome in
            guard state.phase == .streaming else { return .refused }
            if state.queue.count + state.inChannel > queueLimit { return .overrun }
            for segment in segments { state.queue.append(segment) }
            if state.pumpIsScheduled { return .queued }
            state.pumpIsScheduled = true
            return .schedule
        }
        switch outcome {
        case .refused: return false
        case .queued: break
        case .schedule: eventLoop.execute { self.pump() }
        case .overrun:
            eventLoop.execute { self.connection?.abort(self) }
            end()
            return false
        }
        return true
    }

    func finish() {
        guard advance(from: .streaming, to: .finished) else { return }
        eventLoop.execute { self.pump() }
    }

    func drained() async throws {
        let id = lock.withLock { state.waiterID() }
        let isDrained = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = lock.withLock { () -> Bool? in
                    if state.phase == .ended || Task.isCancelled { return false }
                    if state.queue.count + state.inChannel <= Self.lowMark { return true }
                    state.drainWaiters[id] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            lock.withLock { state.drainWaiters.removeValue(forKey: id) }?.resume(returning: false)
        }
        if !isDrained { throw CancellationError() }
    }

    func ended(within limit: Duration?) async -> StreamEnd {
        let id = lock.withLock { state.waiterID() }
        let timer = limit.map { limit in
            eventLoop.scheduleTask(in: TimeAmount(limit)) {
                self.lock.withLock { self.state.endWaiters.removeValue(forKey: id) }?.resume(returning: .timeLimit)
            }
        }
        defer { timer?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = lock.withLock { () -> StreamEnd? in
                    if state.phase == .ended || Task.isCancelled { return .closed }
                    if state.isShuttingDown { return .serverShutdown }
                    state.endWaiters[id] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            lock.withLock { state.endWaiters.removeValue(forKey: id) }?.resume(returning: .closed)
        }
    }

    private func advance(from: Phase, to: Phase) -> Bool {
        lock.withLock {
            guard state.phase == from else { return false }
            state.phase = to
            return true
        }
    }

    private func onLoop(_ body: @escaping @Sendable (any ExchangeConnection) -> Void) {
        eventLoop.execute {
            if let connection = self.connection { body(connection) }
        }
    }
}

// MARK: - The connection's side, on its event loop

extension Exchange {
    /// Takes over the body of a response that is too large to be written in one go.
    func enqueue(_ body: [[UInt8]]) {
        lock.withLock { for segment in body { state.queue.append(segment) } }
        pump()
    }

    /// Moves bytes from the queue to the channel until enough lies there.
    func pump() {
        eventLoop.preconditionInEventLoop()
        guard let connection else { return }
        lock.withLock { state.pumpIsScheduled = false }
        while let (piece, isLast) = nextPiece() {
            let count = piece.readableBytes
            let promise = eventLoop.makePromise(of: Void.self)
            promise.futureResult.whenComplete { _ in self.wrote(count) }
            connection.writeBody(piece, isLast: isLast, of: self, promise: promise)
            if isLast { return }
        }
    }

    private func nextPiece() -> (ByteBuffer, isLast: Bool)? {
        lock.withLock {
            guard state.phase == .streaming || state.phase == .finished, state.inChannel < Self.channelMark else {
                return nil
            }
            let piece = state.queue.take(upTo: Self.pieceSize)
            let isLast = state.phase == .finished && state.queue.count == 0
            guard piece.readableBytes > 0 || isLast else { return nil }
            state.inChannel += piece.readableBytes
            return (piece, isLast)
        }
    }

    private func wrote(_ count: Int) {
        let (goOn, waiters) = lock.withLock { () -> (Bool, [CheckedContinuation<Bool, Never>]) in
            state.inChannel -= count
            let goOn = state.queue.count > 0 && state.phase != .ended
            guard state.queue.count + state.inChannel <= Self.lowMark, !state.drainWaiters.isEmpty else {
                return (goOn, [])
            }
            defer { state.drainWaiters = [:] }
            return (goOn, Array(state.drainWaiters.values))
        }
        for waiter in waiters { waiter.resume(returning: true) }
        if goOn { pump() }
    }

    /// The response is out, or the client has left: nothing more can be written. Cancels a handler that has not
    /// finished its answer.
    func end() {
        let before = lock.withLock { () -> State in
            let before = state
            state.phase = .ended
            state.queue = SegmentQueue()
            state.drainWaiters = [:]
            state.endWaiters = [:]
            return before
        }
        for waiter in before.drainWaiters.values { waiter.resume(returning: false) }
        for waiter in before.endWaiters.values { waiter.resume(returning: .closed) }
        let isUnanswered = before.phase == .open || before.phase == .streaming || before.queue.count > 0
        if isUnanswered { before.task?.cancel() }
    }

    /// Answers at once, on the event loop.
    func send(answered response: HTTPResponse) {
        guard advance(from: .open, to: .finished) else { return }
        connection?.write(response, of: self)
    }

    /// Cancels the handler of an upgraded connection that has ended.
    func cancel() { lock.withLock { state.task }?.cancel() }

    /// Tells who waits on the stream that the server is going down.
    func shutDown() {
        let waiters = lock.withLock {
            state.isShuttingDown = true
            defer { state.endWaiters = [:] }
            return Array(state.endWaiters.values)
        }
        for waiter in waiters { waiter.resume(returning: .serverShutdown) }
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
