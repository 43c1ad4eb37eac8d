import NIOConcurrencyHelpers

/// Counts the handlers' tasks, so that a listener ends only after they have.
///
/// The tasks begin on event loops, where no task group can be reached; this gives them the same bound in time.
final class TaskLedger: Sendable {
    private struct State {
        var count = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = NIOLockedValueBox(State())

    func begin() { state.withLockedValue { $0.count += 1 } }

    func end() {
        let waiters = state.withLockedValue { state -> [CheckedContinuation<Void, Never>] in
            state.count -= 1
            guard state.count == 0 else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until no task runs.
    func allEnded() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLockedValue { state in
                if state.count > 0 { state.waiters.append(continuation) }
                return state.count == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}
