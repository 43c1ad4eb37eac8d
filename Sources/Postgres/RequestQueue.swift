import CLinux
import Glibc
import Synchronization

/// A statement under way from a task to a connection's thread and back.
struct Request: Sendable {
    let id: UInt64
    let statement: PostgresStatement
    let parameters: EncodedParameters
    private let continuation: CheckedContinuation<Result<PostgresResult, PostgresError>, Never>

    init(
        id: UInt64, statement: PostgresStatement, parameters: EncodedParameters,
        continuation: CheckedContinuation<Result<PostgresResult, PostgresError>, Never>
    ) {
        (self.id, self.statement, self.parameters) = (id, statement, parameters)
        self.continuation = continuation
    }

    func finish(_ result: Result<PostgresResult, PostgresError>) { continuation.resume(returning: result) }
}

/// What tasks hand to a connection's thread: a locked list, and an eventfd that wakes the thread's poll.
final class RequestQueue: Sendable {
    struct Batch: Sendable {
        var requests: [Request] = []
        var cancelled: Set<UInt64> = []
        var isClosing = false
    }

    private struct State {
        var batch = Batch()
        var nextID: UInt64 = 1
        /// Why nothing is taken any more, nil while the connection lives.
        var end: String?
    }

    private let state = Mutex(State())
    let wakeDescriptor: Int32 = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))

    deinit { close(wakeDescriptor) }

    var isClosed: Bool { state.withLock { $0.end != nil || $0.batch.isClosing } }

    func nextID() -> UInt64 {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    func push(_ request: Request) {
        let refusal = state.withLock { state -> String? in
            if let end = state.end { return end }
            if state.batch.isClosing { return "the connection is being closed" }
            state.batch.requests.append(request)
            return nil
        }
        if let refusal { request.finish(.failure(.notSent(refusal))) } else { wake() }
    }

    func cancel(_ id: UInt64) {
        state.withLock { _ = $0.batch.cancelled.insert(id) }
        wake()
    }

    /// Takes no more requests; the thread ends once those that were sent have their answers.
    func beginClosing() {
        state.withLock { $0.batch.isClosing = true }
        wake()
    }

    /// What came since the last call.
    func take() -> Batch {
        var count: UInt64 = 0
        _ = read(wakeDescriptor, &count, 8)
        return state.withLock { state in
            let batch = state.batch
            state.batch.requests = []
            state.batch.cancelled = []
            return batch
        }
    }

    /// Ends the queue: what waits, and all that comes, is answered with `notSent`.
    func end(_ reason: String) {
        let waiting = state.withLock { state in
            state.end = reason
            defer { state.batch.requests = [] }
            return state.batch.requests
        }
        for request in waiting { request.finish(.failure(.notSent(reason))) }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, 8)
    }
}
