import Domain
import KubeModel
import Synchronization

/// The log in memory, with all its rules: for tests and simulations.
public final class InMemoryEventLog: EventLog {
    struct Storage {
        var head = LogHead(position: 0, term: 1)
        var events: [RecordedEvent] = []
        /// Positions of the events of a stream, reads too, rising.
        var streams: [String: [Position]] = [:]
        var revisions: [String: Revision] = [:]
        var calls: [CallID: [Position]] = [:]
        var tiles: [TileKey: [UInt8]] = [:]
        var checkpoints: [(size: Position, note: [UInt8])] = []
        /// By size and witness.
        var cosignatures: [Position: [String: String]] = [:]
        var snapshots: [(position: Position, bytes: [UInt8])] = []
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextListener = 0
    }

    struct TileKey: Hashable {
        var level: Int
        var index: Int64
    }

    let storage = Mutex(Storage())
    let upcaster: Upcaster
    private let segmentSize: Position?

    /// - Parameters:
    ///   - upcaster: what brings events of earlier versions into their present form.
    ///   - segmentSize: how many events a segment has; nil keeps the log as one.
    public init(upcaster: Upcaster = .released, segmentSize: Position? = nil) {
        (self.upcaster, self.segmentSize) = (upcaster, segmentSize)
    }

    public func segments() async throws(EventLogError) -> [LogSegment] {
        guard let segmentSize else { return [] }
        let end = storage.withLock { $0.head.position }
        return stride(from: 0, through: end, by: Position.Stride(segmentSize)).map {
            LogSegment($0 + 1...$0 + segmentSize)
        }
    }

    public func head() async throws(EventLogError) -> LogHead { storage.withLock { $0.head } }

    public func append(_ events: [RecordedEvent], expected: LogHead) async throws(EventLogError) -> AppendOutcome {
        let result = storage.withLock { storage -> Result<AppendOutcome, EventLogError> in
            guard storage.head == expected else { return .success(.stale(storage.head)) }
            if let reason = storage.objection(to: events) { return .failure(.refused(reason)) }
            for event in events { storage.insert(event) }
            for listener in storage.listeners.values { listener.yield() }
            return .success(.appended)
        }
        return try result.get()
    }

    public func advanceTerm(from current: Int64) async throws(EventLogError) -> LogHead? {
        storage.withLock { storage in
            guard storage.head.term == current else { return nil }
            storage.head.term += 1
            return storage.head
        }
    }

    public func lookUp(_ call: CallID) async throws(EventLogError) -> [RecordedEvent] {
        try upcaster.present(
            storage.withLock { storage in (storage.calls[call] ?? []).map { storage.events[Int($0) - 1] } })
    }

    public func hints() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = storage.withLock { storage in
            storage.nextListener += 1
            storage.listeners[storage.nextListener] = continuation
            return storage.nextListener
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.storage.withLock { $0.listeners.removeValue(forKey: id) }
        }
        return stream
    }
}

extension InMemoryEventLog.Storage {
    /// Why a batch may not be appended, nil if it may.
    func objection(to batch: [RecordedEvent]) -> String? {
        var last = (position: head.position, time: events.last?.recordedAt ?? Timestamp(microseconds: .min))
        var revisions: [String: Revision] = [:]
        var ordinals: Set<CallOrdinal> = []
        for recorded in batch {
            let event = recorded.event
            guard recorded.position == last.position + 1 else { return "position \(recorded.position) leaves a gap" }
            guard recorded.recordedAt >= last.time else { return "position \(recorded.position): its time goes back" }
            guard recorded.leaf.count == 32 else { return "position \(recorded.position): a leaf has 32 bytes" }
            if event.changesState {
                let before = revisions[event.stream] ?? self.revisions[event.stream] ?? 0
                guard event.revision == before + 1 else {
                    return "\(event.stream): revision \(event.revision) is not next"
                }
                revisions[event.stream] = event.revision
            }
            let isKnown = calls[event.callID]?.contains { events[Int($0) - 1].event.ordinal == event.ordinal } ?? false
            guard !isKnown, ordinals.insert(CallOrdinal(call: event.callID, ordinal: event.ordinal)).inserted else {
                return "call \(event.callID) has its event \(event.ordinal) already"
            }
            last = (recorded.position, recorded.recordedAt)
        }
        return nil
    }

    mutating func insert(_ recorded: RecordedEvent) {
        let event = recorded.event
        events.append(recorded)
        head.position = recorded.position
        streams[event.stream, default: []].append(recorded.position)
        calls[event.callID, default: []].append(recorded.position)
        if event.changesState { revisions[event.stream] = event.revision }
    }

    private struct CallOrdinal: Hashable {
        var call: CallID
        var ordinal: Int
    }
}
