import Domain
import EventLog
import KubeModel

/// A batch while it is decided: the events so far and what to tell whom.
private struct DecidedBatch {
    var events: [RecordedEvent] = []
    var transitions: [ObjectTransition] = []
    var state: ClusterState
    /// Commands that yielded events, with their transitions.
    var accepted: [(waiter: CheckedContinuation<CommandOutcome, Never>, transitions: [ObjectTransition])] = []
    /// Commands that yielded none. Their answer was found on tentative state, so it waits for the commit too.
    var declined: [(waiter: CheckedContinuation<CommandOutcome, Never>, outcome: CommandOutcome)] = []
}

extension Sequencer {
    /// Decides a batch at the head and appends it, again and again until the log took it or it has waited too long.
    func carryOut(_ batch: SequencerInbox.Batch) async {
        var batch = batch
        var attempt = 0
        while true {
            let decided = decide(batch)
            do {
                if try await append(decided.events) {
                    commit(decided.events, decided.state, decided.transitions)
                    return answer(decided)
                }
            } catch .outcomeUnknown(let reason) {
                logger.warning("the outcome of a commit is unknown", metadata: ["reason": "\(reason)"])
                if await settle(decided, &batch) { return }
            } catch .refused(let reason) {
                return await isolate(batch, reason)
            } catch {
                logger.warning(
                    "the log did not take a batch", metadata: ["error": "\(error)", "attempt": "\(attempt)"])
            }
            attempt += 1
            if await giveUp(&batch, attempt: attempt) { return }
        }
    }

    /// True if the events are durable; false if another replica was faster (its events are then folded in).
    private func append(_ events: [RecordedEvent]) async throws(EventLogError) -> Bool {
        guard !events.isEmpty else { return true }
        switch try await log.append(events, expected: head) {
        case .appended: return true
        case .stale(let now):
            head.term = max(head.term, now.term)
            try await catchUp()
            return false
        }
    }

    /// Folds what other replicas appended since.
    func catchUp() async throws(EventLogError) {
        while true {
            let events = try await log.read(after: head.position, limit: 1000, filter: .all)
            guard let last = events.last else { break }
            var tentative = state
            var transitions: [ObjectTransition] = []
            for event in events {
                do {
                    if let transition = try tentative.apply(event) { transitions.append(transition) }
                } catch { throw .corrupt("\(error)") }
            }
            lastRecordedAt = max(lastRecordedAt, last.recordedAt)
            commit(events, tentative, transitions)
        }
        head.term = max(head.term, try await log.head().term)
    }

    /// After a lost connection: waits for the log, asks whether the batch is in it, and folds what is there.
    /// Returns true if nothing of the batch is left to do. Callers wait meanwhile, but not for ever.
    private func settle(_ decided: DecidedBatch, _ batch: inout SequencerInbox.Batch) async -> Bool {
        guard let first = decided.events.first else { return false }
        while true {
            do {
                let found = try await log.lookUp(first.event.callID)
                try await catchUp()
                let isCommitted = found.contains { $0.position == first.position }
                if isCommitted, batch.hasWaiters { answer(decided) }
                return isCommitted || batch.isEmpty
            } catch {
                refuseOverdue()
                if batch.hasWaiters, Task.isCancelled || isOverdue(batch) {
                    batch.answerWaiters(
                        .unknown(
                            "the event log was lost while it took the call; whether it has it is not known yet: "
                                + "look before you send it again"))
                }
                if !batch.hasWaiters, inbox.isClosed || Task.isCancelled { return true }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// One event that the log can never take must not hold up those that it came with: finds it by halving the batch.
    private func isolate(_ batch: SequencerInbox.Batch, _ reason: String) async {
        if let (first, second) = batch.halves {
            await carryOut(first)
            await carryOut(second)
        } else {
            logger.error("the log refuses an event", metadata: ["reason": "\(reason)"])
            var batch = batch
            batch.answerWaiters(.rejected(.internalError("the event log refuses this call's event; it had no effect")))
        }
    }

    /// Refuses the writes that have waited too long; the reads' records are kept for the next attempt.
    private func giveUp(_ batch: inout SequencerInbox.Batch, attempt: Int) async -> Bool {
        refuseOverdue()
        // A cancelled task gets nothing into the log any more.
        if Task.isCancelled || isOverdue(batch) { batch.answerWaiters(Self.unreachable) }
        if batch.isEmpty { return true }
        if Task.isCancelled || (!batch.hasWaiters && inbox.isClosed && attempt > 20) { return true }
        try? await Task.sleep(for: .milliseconds(min(20 * attempt, 200)))
        return false
    }

    private static let unreachable = CommandOutcome.unavailable(
        "the event log cannot be reached; the call had no effect")

    private func isOverdue(_ batch: SequencerInbox.Batch) -> Bool {
        batch.oldest.map { $0.duration(to: .now) > configuration.unavailableAfter } ?? false
    }

    /// What queues up behind a batch that the log does not take is refused in time as well.
    private func refuseOverdue() {
        var overdue = inbox.takeWaiters(since: .now - configuration.unavailableAfter)
        overdue.answerWaiters(Self.unreachable)
    }

    private func answer(_ decided: DecidedBatch) {
        for (waiter, transitions) in decided.accepted { waiter.resume(returning: .committed(transitions)) }
        for (waiter, outcome) in decided.declined { waiter.resume(returning: outcome) }
    }

    private func decide(_ batch: SequencerInbox.Batch) -> DecidedBatch {
        lastRecordedAt = max(lastRecordedAt, clock.now)
        var decided = DecidedBatch(state: state)
        decided.events.reserveCapacity(batch.commands.count + batch.events.count + batch.calls.count)
        let context = DecisionContext(term: head.term, serviceRange: configuration.serviceRange)
        for pending in batch.commands { decide(pending, context, into: &decided) }
        for pending in batch.events {
            record(pending.event, into: &decided)
            decided.accepted.append((pending.waiter, []))
        }
        for call in batch.calls { record(call.event, into: &decided) }
        return decided
    }

    private func decide(
        _ pending: SequencerInbox.PendingCommand, _ context: DecisionContext, into decided: inout DecidedBatch
    ) {
        switch decided.state.decide(pending.command, context: context) {
        case .stale(let key): decided.declined.append((pending.waiter, .stale(key)))
        case .rejected(let status): decided.declined.append((pending.waiter, .rejected(status)))
        case .events(let events):
            let start = decided.events.count
            let before = decided.state
            var transitions: [ObjectTransition] = []
            do {
                for event in events {
                    let position = head.position + Int64(decided.events.count) + 1
                    let record = Envelope.record(
                        event.following(first: head.position + Int64(start) + 1), position: position,
                        recordedAt: lastRecordedAt)
                    if let transition = try decided.state.apply(record) { transitions.append(transition) }
                    decided.events.append(record)
                }
            } catch {
                logger.error("an event cannot be folded in", metadata: ["error": "\(error)"])
                decided.state = before
                decided.events.removeSubrange(start...)
                decided.declined.append((pending.waiter, .rejected(.internalError(error.description))))
                return
            }
            decided.transitions += transitions
            decided.accepted.append((pending.waiter, transitions))
        }
    }

    private func record(_ event: Event, into decided: inout DecidedBatch) {
        let position = head.position + Int64(decided.events.count) + 1
        decided.events.append(Envelope.record(event, position: position, recordedAt: lastRecordedAt))
    }

    /// Takes the next term if nobody took it since `head`; the new term, or nil if somebody else was faster.
    public func takeTerm(as caller: Caller, callID: CallID) async -> Int64? {
        guard let now = try? await log.advanceTerm(from: head.term) else {
            // Also after a lost answer: the term that may have been taken is passed over.
            if let standing = try? await log.head() { head.term = max(head.term, standing.term) }
            return nil
        }
        head.term = max(head.term, now.term)
        let payload = JSON.object(["term": .int(now.term)]).canonicalBytes
        let event = Event(
            stream: "terms.purser.dev/\(now.term)", revision: 0, type: EventCatalogue.termTaken, isKeyframe: false,
            payload: payload, caller: caller, callID: callID, ordinal: 0)
        guard case .committed = await submit(event) else { return nil }
        return now.term
    }
}
