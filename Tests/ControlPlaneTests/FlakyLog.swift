import Domain
import EventLog
import KubeModel
import PropertyTesting
import Synchronization

/// A log in memory that fails as a database fails: it goes away, loses its connection before or after a commit, and
/// has another writer. What it does is drawn from a seed, or said beforehand.
final class FlakyLog: EventLog {
    enum Fault {
        case unavailable, lostBeforeCommit, lostAfterCommit, otherWriter
        /// The commit is made, and nobody can ask about it until the test lets the log come back.
        case downAfterCommit

        static let drawn: [Fault] = [.unavailable, .lostBeforeCommit, .lostAfterCommit, .otherWriter]
    }

    private struct Mood {
        var random: SeededRandom
        /// The chance of a fault at an append, in per cent.
        var rate = 0
        var isDown = false
        var next: [Fault] = []
        var strangers: UInt64 = 0
    }

    let inner: any EventLog
    private let mood: Mutex<Mood>

    init(_ inner: any EventLog = InMemoryEventLog(), seed: UInt64 = 1, rate: Int = 0) {
        self.inner = inner
        mood = Mutex(Mood(random: SeededRandom(seed: seed), rate: rate))
    }

    var isDown: Bool {
        get { mood.withLock { $0.isDown } }
        set { mood.withLock { $0.isDown = newValue } }
    }

    func failNext(_ fault: Fault) { mood.withLock { $0.next.append(fault) } }
    func calmDown() { mood.withLock { $0.rate = 0 } }

    private func check() throws(EventLogError) { if isDown { throw .unavailable("the log is down") } }

    private func fault() -> Fault? {
        mood.withLock { mood in
            if !mood.next.isEmpty { return mood.next.removeFirst() }
            guard Int.random(in: 0..<100, using: &mood.random) < mood.rate else { return nil }
            return Fault.drawn.randomElement(using: &mood.random)
        }
    }

    func append(_ events: [RecordedEvent], expected: LogHead) async throws(EventLogError) -> AppendOutcome {
        try check()
        switch fault() {
        case .unavailable: throw .unavailable("a fault of the test")
        case .lostBeforeCommit: throw .outcomeUnknown("a fault of the test")
        case .lostAfterCommit:
            _ = try await inner.append(events, expected: expected)
            throw .outcomeUnknown("a fault of the test")
        case .downAfterCommit:
            _ = try await inner.append(events, expected: expected)
            isDown = true
            throw .outcomeUnknown("a fault of the test")
        case .otherWriter: try await appendStranger()
        case nil: break
        }
        return try await inner.append(events, expected: expected)
    }

    /// What another replica writes: an event that changes nothing.
    private func appendStranger() async throws(EventLogError) {
        let head = try await inner.head()
        let last = try await inner.read(after: max(head.position - 1, 0), limit: 1, filter: .all).first
        let number = mood.withLock { mood in
            mood.strangers += 1
            return mood.strangers
        }
        let event = Event(
            stream: "pods/default", revision: 0, type: EventCatalogue.callServed, isKeyframe: false,
            payload: Array("{}".utf8), caller: Caller(subject: "stranger"), callID: CallID(high: 7, low: number),
            ordinal: 0)
        let record = Envelope.record(
            event, position: head.position + 1, recordedAt: last?.recordedAt ?? Timestamp(microseconds: 0))
        _ = try await inner.append([record], expected: head)
    }

    func head() async throws(EventLogError) -> LogHead {
        try check()
        return try await inner.head()
    }

    func advanceTerm(from current: Int64) async throws(EventLogError) -> LogHead? {
        try check()
        return try await inner.advanceTerm(from: current)
    }

    func read(after: Position, limit: Int, filter: EventFilter) async throws(EventLogError) -> [RecordedEvent] {
        try check()
        return try await inner.read(after: after, limit: limit, filter: filter)
    }

    func lookUp(_ call: CallID) async throws(EventLogError) -> [RecordedEvent] {
        try check()
        return try await inner.lookUp(call)
    }

    func stored(after: Position, limit: Int) async throws(EventLogError) -> [StoredEvent] {
        try await inner.stored(after: after, limit: limit)
    }

    func readStream(
        _ stream: String, after: Position, through: Position, limit: Int, newestFirst: Bool, filter: EventFilter
    ) async throws(EventLogError) -> [RecordedEvent] {
        try await inner.readStream(
            stream, after: after, through: through, limit: limit, newestFirst: newestFirst, filter: filter)
    }

    func readStreams(prefix: String, after: Position, through: Position, limit: Int, filter: EventFilter)
        async throws(EventLogError) -> [RecordedEvent]
    { try await inner.readStreams(prefix: prefix, after: after, through: through, limit: limit, filter: filter) }

    func find(_ query: EventQuery, after: Position, through: Position, limit: Int, newestFirst: Bool)
        async throws(EventLogError) -> EventPage
    { try await inner.find(query, after: after, through: through, limit: limit, newestFirst: newestFirst) }

    func liveStreams(prefix: String, at position: Position) async throws(EventLogError) -> [String] {
        try await inner.liveStreams(prefix: prefix, at: position)
    }

    func changedStreams(prefixes: [String], after: Position, through: Position) async throws(EventLogError)
        -> [String]
    { try await inner.changedStreams(prefixes: prefixes, after: after, through: through) }

    func forms(_ moments: [StreamMoment]) async throws(EventLogError) -> [[ReplayRow]] {
        try await inner.forms(moments)
    }

    func streams(prefix: String, through: Position) async throws(EventLogError) -> [String] {
        try await inner.streams(prefix: prefix, through: through)
    }

    func replay(after: Position, through: Position, _ body: @Sendable ([ReplayRow]) async throws -> Void) async throws {
        try await inner.replay(after: after, through: through, body)
    }

    func position(at time: Timestamp) async throws(EventLogError) -> Position { try await inner.position(at: time) }
    func hints() -> AsyncStream<Void> { inner.hints() }

    func leaves(_ range: ClosedRange<Position>) async throws(EventLogError) -> [[UInt8]] {
        try await inner.leaves(range)
    }

    func tile(level: Int, index: Int64) async throws(EventLogError) -> [UInt8]? {
        try await inner.tile(level: level, index: index)
    }

    func store(tile: [UInt8], level: Int, index: Int64) async throws(EventLogError) {
        try await inner.store(tile: tile, level: level, index: index)
    }

    func store(checkpoint note: [UInt8], size: Position, at time: Timestamp) async throws(EventLogError) {
        try await inner.store(checkpoint: note, size: size, at: time)
    }

    func latestCheckpoint() async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        try await inner.latestCheckpoint()
    }

    func checkpoint(from size: Position) async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        try await inner.checkpoint(from: size)
    }

    func store(cosignature line: String, of witness: String, size: Position) async throws(EventLogError) {
        try await inner.store(cosignature: line, of: witness, size: size)
    }

    func cosignatures(size: Position) async throws(EventLogError) -> [String] {
        try await inner.cosignatures(size: size)
    }

    func latestCosignedCheckpoint() async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        try await inner.latestCosignedCheckpoint()
    }

    func store(snapshot: [UInt8], position: Position) async throws(EventLogError) {
        try await inner.store(snapshot: snapshot, position: position)
    }

    func latestSnapshot(through: Position) async throws(EventLogError) -> (position: Position, bytes: [UInt8])? {
        try await inner.latestSnapshot(through: through)
    }
}
