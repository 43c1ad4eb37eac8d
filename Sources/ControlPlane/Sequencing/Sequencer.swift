import Domain
import EventLog
import KubeModel
import Logging
import ServiceLifecycle

/// Gives all commands one serial order: takes what queued up during the last commit, decides it at the head, appends
/// it in one transaction, and answers and publishes only what is durable.
public actor Sequencer: Service {
    public struct Configuration: Sendable {
        public var serviceRange: AddressRange
        /// Events in one transaction.
        public var batchLimit = 256
        /// Reads that may wait for the log.
        public var callLimit = 100_000
        /// Longest time before waiting reads are written, below the promised 100 ms.
        public var callDelay = Duration.milliseconds(40)
        /// How long a write waits for a log that cannot be reached before it is refused with 503.
        public var unavailableAfter = Duration.seconds(5)
        /// What every command is refused with where the log is only looked at; calls leave no record there either.
        public var refusal: KubeStatus?

        public init(serviceRange: AddressRange) { self.serviceRange = serviceRange }
    }

    public nonisolated let unownedExecutor: UnownedSerialExecutor
    private let executor: ThreadExecutor
    let log: any EventLog
    let configuration: Configuration
    let clock: any WallClock
    let logger: Logger
    nonisolated let inbox: SequencerInbox
    private let publish: @Sendable (PublishedBatch) -> Void

    /// The durable state; always indexed.
    var state: ClusterState
    var head: LogHead
    /// The server's clock as the log has seen it, which never goes back.
    var lastRecordedAt: Timestamp

    /// - Parameters:
    ///   - state: the fold of the log up to `head.position`.
    ///   - publish: called on the sequencer's thread, in the order of the log.
    public init(
        log: any EventLog, state: ClusterState, head: LogHead, lastRecordedAt: Timestamp, configuration: Configuration,
        clock: any WallClock, logger: Logger, publish: @escaping @Sendable (PublishedBatch) -> Void
    ) {
        executor = ThreadExecutor(name: "sequencer")
        unownedExecutor = executor.asUnownedSerialExecutor()
        self.log = log
        self.state = state
        self.state.buildIndexes()
        (self.head, self.lastRecordedAt) = (head, lastRecordedAt)
        (self.configuration, self.clock, self.logger, self.publish) = (configuration, clock, logger, publish)
        inbox = SequencerInbox(callLimit: configuration.callLimit)
    }

    deinit { executor.stop() }

    /// Decides a command at the head and waits until it is durable or refused.
    public nonisolated func submit(_ command: Command) async -> CommandOutcome {
        if let refusal = configuration.refusal { return .rejected(refusal) }
        return await withCheckedContinuation { waiter in
            inbox.put(SequencerInbox.PendingCommand(command: command, waiter: waiter, enqueuedAt: .now))
        }
    }

    /// Appends an event that expects nothing of the state (`revision` 0) and waits until it is durable.
    public nonisolated func submit(_ event: Event) async -> CommandOutcome {
        if let refusal = configuration.refusal { return .rejected(refusal) }
        return await withCheckedContinuation { waiter in
            inbox.put(SequencerInbox.PendingEvent(event: event, waiter: waiter, enqueuedAt: .now))
        }
    }

    /// Queues the record of a call that changed nothing. False if the queue is full: answer 503 then.
    public nonisolated func record(_ call: CallRecord) -> Bool {
        configuration.refusal != nil || inbox.put(call, wakeAt: configuration.batchLimit)
    }

    /// As `record`, but returns only when the record is durable.
    public nonisolated func recordDurably(_ call: CallRecord) async -> Bool {
        if configuration.refusal != nil { return true }
        if case .committed = await submit(call.event) { return true }
        return false
    }

    public func run() async throws {
        let inbox = inbox
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    await Self.ticks(inbox, every: self.configuration.callDelay)
                    return false
                }
                group.addTask {
                    await self.followHints()
                    return false
                }
                group.addTask {
                    await self.serve()
                    return true
                }
                // The ticks and hints are there for the serving, which ends when the inbox is closed and empty.
                while let hasServed = await group.next() { if hasServed { group.cancelAll() } }
            }
        } onGracefulShutdown: {
            inbox.close()
            inbox.wake()
        }
    }

    private static func ticks(_ inbox: SequencerInbox, every delay: Duration) async {
        while !Task.isCancelled, !(inbox.isClosed && inbox.isEmpty) {
            try? await Task.sleep(for: delay)
            inbox.wake()
        }
    }

    private nonisolated func followHints() async {
        for await _ in log.hints() {
            if inbox.isClosed { return }
            await lookForOthers()
        }
    }

    /// Another replica may have written: if the head is not ours, read on.
    private func lookForOthers() async {
        guard !isAppending else {
            wasHinted = true
            return
        }
        guard let durable = try? await log.head(), durable.position > head.position else { return }
        mustCatchUp = true
        inbox.wake()
    }

    private var isAppending = false
    private var wasHinted = false
    private var mustCatchUp = false

    private func serve() async {
        for await _ in inbox.signals {
            if mustCatchUp {
                mustCatchUp = false
                isAppending = true
                do { try await catchUp() } catch {
                    logger.warning("catching up failed", metadata: ["error": "\(error)"])
                }
                isAppending = false
            }
            while true {
                let batch = inbox.take(limit: configuration.batchLimit)
                if batch.isEmpty { break }
                isAppending = true
                await carryOut(batch)
                isAppending = false
            }
            if wasHinted {
                wasHinted = false
                await lookForOthers()
            }
            // What came between the last take and the closing is still to be done.
            if inbox.isClosed {
                if inbox.isEmpty { return }
                inbox.wake()
            }
        }
        inbox.close()
        var left = inbox.takeWaiters(since: .now)
        left.answerWaiters(.unavailable("the server is shutting down"))
    }

    /// Makes a batch durable and everybody's.
    func commit(_ events: [RecordedEvent], _ tentative: ClusterState, _ transitions: [ObjectTransition]) {
        state = tentative
        state.skip(to: events.last?.position ?? state.position)
        head.position = state.position
        publish(PublishedBatch(state: state, events: events, transitions: transitions))
    }
}
