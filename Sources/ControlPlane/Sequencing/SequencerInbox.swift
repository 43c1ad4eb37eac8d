import Domain
import Synchronization

/// What waits for the sequencer: filled from any thread, emptied by the sequencer.
final class SequencerInbox: Sendable {
    struct PendingCommand: Sendable {
        let command: Command
        let waiter: CheckedContinuation<CommandOutcome, Never>
        let enqueuedAt: ContinuousClock.Instant
    }

    /// An event that is decided already and has no expectations (a usage report).
    struct PendingEvent: Sendable {
        let event: Event
        let waiter: CheckedContinuation<CommandOutcome, Never>
        let enqueuedAt: ContinuousClock.Instant
    }

    struct Batch: Sendable {
        var commands: [PendingCommand] = []
        var events: [PendingEvent] = []
        var calls: [CallRecord] = []
        var isEmpty: Bool { !hasWaiters && calls.isEmpty }
        var hasWaiters: Bool { !commands.isEmpty || !events.isEmpty }
        /// Since when the first caller waits; nil if nobody does.
        var oldest: ContinuousClock.Instant? { (commands.map(\.enqueuedAt) + events.map(\.enqueuedAt)).min() }

        /// Gives every caller the same answer; what nobody waits for stays.
        mutating func answerWaiters(_ outcome: CommandOutcome) {
            for pending in commands { pending.waiter.resume(returning: outcome) }
            for pending in events { pending.waiter.resume(returning: outcome) }
            (commands, events) = ([], [])
        }

        /// The batch in two; nil if it has but one item.
        var halves: (Batch, Batch)? {
            let count = commands.count + events.count + calls.count
            guard count > 1 else { return nil }
            var first = self
            var second = Batch()
            for _ in 0..<count / 2 {
                if let call = first.calls.popLast() {
                    second.calls.append(call)
                } else if let event = first.events.popLast() {
                    second.events.append(event)
                } else if let command = first.commands.popLast() {
                    second.commands.append(command)
                }
            }
            second.calls.reverse()
            second.events.reverse()
            second.commands.reverse()
            return (first, second)
        }
    }

    private struct Queues {
        var commands: [PendingCommand] = []
        var events: [PendingEvent] = []
        var calls: [CallRecord] = []
        var isClosed = false
    }

    private let queues = Mutex(Queues())
    private let signal: AsyncStream<Void>.Continuation
    let signals: AsyncStream<Void>
    /// Reads that may wait for the log before further ones are answered with 503.
    let callLimit: Int

    init(callLimit: Int) {
        self.callLimit = callLimit
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func wake() { signal.yield() }

    func put(_ command: PendingCommand) {
        let isClosed = queues.withLock { queues in
            if !queues.isClosed { queues.commands.append(command) }
            return queues.isClosed
        }
        if isClosed { command.waiter.resume(returning: .unavailable("the server is shutting down")) } else { wake() }
    }

    func put(_ event: PendingEvent) {
        let isClosed = queues.withLock { queues in
            if !queues.isClosed { queues.events.append(event) }
            return queues.isClosed
        }
        if isClosed { event.waiter.resume(returning: .unavailable("the server is shutting down")) } else { wake() }
    }

    /// False when the queue is full: the call must not be answered then.
    ///
    /// Reads alone do not wake the sequencer at once: they go with the next write, when many wait, or with the timer.
    func put(_ call: CallRecord, wakeAt threshold: Int) -> Bool {
        let count = queues.withLock { queues -> Int? in
            guard !queues.isClosed, queues.calls.count < callLimit else { return nil }
            queues.calls.append(call)
            return queues.calls.count
        }
        guard let count else { return false }
        if count == threshold { wake() }
        return true
    }

    /// At most `limit` items; writes before reads.
    func take(limit: Int) -> Batch {
        queues.withLock { queues in
            var batch = Batch()
            batch.events = Self.split(&queues.events, limit)
            batch.commands = Self.split(&queues.commands, limit - batch.events.count)
            batch.calls = Self.split(&queues.calls, max(limit - batch.commands.count - batch.events.count, limit / 2))
            return batch
        }
    }

    private static func split<Element>(_ queue: inout [Element], _ limit: Int) -> [Element] {
        guard queue.count > limit else {
            defer { queue.removeAll(keepingCapacity: true) }
            return queue
        }
        defer { queue.removeFirst(limit) }
        return Array(queue[..<limit])
    }

    /// Takes out what somebody waits for since before a moment.
    func takeWaiters(since moment: ContinuousClock.Instant) -> Batch {
        queues.withLock { queues in
            var batch = Batch()
            batch.commands = Self.split(&queues.commands, queues.commands.prefix { $0.enqueuedAt <= moment }.count)
            batch.events = Self.split(&queues.events, queues.events.prefix { $0.enqueuedAt <= moment }.count)
            return batch
        }
    }

    /// Refuses what comes from now on.
    func close() { queues.withLock { $0.isClosed = true } }
    var isEmpty: Bool { queues.withLock { $0.commands.isEmpty && $0.events.isEmpty && $0.calls.isEmpty } }
    var isClosed: Bool { queues.withLock { $0.isClosed } }
}
