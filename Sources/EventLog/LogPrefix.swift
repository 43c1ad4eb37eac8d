import Domain
import KubeModel

/// The first events of a log as a log of its own, to look at: what came later is not there, and nothing can be written.
public struct LogPrefix: EventLog {
    private let log: any EventLog
    private let end: LogHead

    /// - Throws: `refused` where the log is shorter.
    public init(_ log: any EventLog, through end: Position) async throws(EventLogError) {
        let head = try await log.head()
        guard (0...head.position).contains(end) else {
            throw .refused("the log ends at position \(head.position); there is no position \(end)")
        }
        self.log = log
        self.end = LogHead(position: end, term: head.term)
    }

    private func bounded(_ position: Position) -> Position { min(position, end.position) }
    /// How many of `limit` events behind a position there are here, at most.
    private func bounded(limit: Int, after: Position) -> Int { min(limit, Int(max(0, end.position - after))) }
    private static let readOnly = EventLogError.refused("a part of a log is only read")

    public func head() async throws(EventLogError) -> LogHead { end }
    public func hints() -> AsyncStream<Void> { AsyncStream { _ in } }

    public func segments() async throws(EventLogError) -> [LogSegment] {
        try await log.segments().filter { $0.first <= end.position }
    }
}

// Events.
extension LogPrefix {
    public func read(after: Position, limit: Int, filter: EventFilter) async throws(EventLogError) -> [RecordedEvent] {
        let limit = bounded(limit: limit, after: after)
        guard limit > 0 else { return [] }
        return try await log.read(after: after, limit: limit, filter: filter).filter { $0.position <= end.position }
    }

    public func stored(after: Position, limit: Int) async throws(EventLogError) -> [StoredEvent] {
        let limit = bounded(limit: limit, after: after)
        return limit > 0 ? try await log.stored(after: after, limit: limit) : []
    }

    public func readStream(
        _ stream: String, after: Position, through: Position, limit: Int, newestFirst: Bool, filter: EventFilter
    ) async throws(EventLogError) -> [RecordedEvent] {
        try await log.readStream(
            stream, after: after, through: bounded(through), limit: limit, newestFirst: newestFirst, filter: filter)
    }

    public func readStreams(prefix: String, after: Position, through: Position, limit: Int, filter: EventFilter)
        async throws(EventLogError) -> [RecordedEvent]
    {
        try await log.readStreams(
            prefix: prefix, after: after, through: bounded(through), limit: limit, filter: filter)
    }

    public func find(_ query: EventQuery, after: Position, through: Position, limit: Int, newestFirst: Bool)
        async throws(EventLogError) -> EventPage
    {
        try await log.find(query, after: after, through: bounded(through), limit: limit, newestFirst: newestFirst)
    }

    public func streams(prefix: String, through: Position) async throws(EventLogError) -> [String] {
        try await log.streams(prefix: prefix, through: bounded(through))
    }

    public func liveStreams(prefix: String, at position: Position) async throws(EventLogError) -> [String] {
        try await log.liveStreams(prefix: prefix, at: bounded(position))
    }

    public func changedStreams(prefixes: [String], after: Position, through: Position) async throws(EventLogError)
        -> [String]
    {
        try await log.changedStreams(prefixes: prefixes, after: after, through: bounded(through))
    }

    public func forms(_ moments: [StreamMoment]) async throws(EventLogError) -> [[ReplayRow]] {
        try await log.forms(moments.map { StreamMoment($0.stream, at: bounded($0.position)) })
    }

    public func replay(after: Position, through: Position, _ body: @Sendable ([ReplayRow]) async throws -> Void)
        async throws
    {
        try await log.replay(after: after, through: bounded(through), body)
    }

    public func position(at time: Timestamp) async throws(EventLogError) -> Position {
        bounded(try await log.position(at: time))
    }

    public func lookUp(_ call: CallID) async throws(EventLogError) -> [RecordedEvent] {
        try await log.lookUp(call).filter { $0.position <= end.position }
    }
}

// The tree, its heads, and snapshots.
extension LogPrefix {
    public func leaves(_ range: ClosedRange<Position>) async throws(EventLogError) -> [[UInt8]] {
        guard range.lowerBound <= end.position else { return [] }
        return try await log.leaves(range.lowerBound...bounded(range.upperBound))
    }

    public func tile(level: Int, index: Int64) async throws(EventLogError) -> [UInt8]? {
        let isFull = (index + 1) << Int64(8 * (level + 1)) <= end.position
        return isFull ? try await log.tile(level: level, index: index) : nil
    }

    public func latestCheckpoint() async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        inside(try await log.latestCheckpoint())
    }

    public func checkpoint(from size: Position) async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        inside(try await log.checkpoint(from: size))
    }

    public func latestCosignedCheckpoint() async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        inside(try await log.latestCosignedCheckpoint())
    }

    public func cosignatures(size: Position) async throws(EventLogError) -> [String] {
        size <= end.position ? try await log.cosignatures(size: size) : []
    }

    public func latestSnapshot(through: Position) async throws(EventLogError) -> (position: Position, bytes: [UInt8])? {
        try await log.latestSnapshot(through: bounded(through))
    }

    private func inside(_ head: (size: Position, note: [UInt8])?) -> (size: Position, note: [UInt8])? {
        head.flatMap { $0.size <= end.position ? $0 : nil }
    }
}

// What would be written.
extension LogPrefix {
    public func append(_ events: [RecordedEvent], expected: LogHead) async throws(EventLogError) -> AppendOutcome {
        throw Self.readOnly
    }

    public func advanceTerm(from current: Int64) async throws(EventLogError) -> LogHead? { throw Self.readOnly }
    public func store(tile: [UInt8], level: Int, index: Int64) async throws(EventLogError) { throw Self.readOnly }
    public func store(checkpoint note: [UInt8], size: Position, at: Timestamp) async throws(EventLogError) {
        throw Self.readOnly
    }
    public func store(cosignature line: String, of witness: String, size: Position) async throws(EventLogError) {
        throw Self.readOnly
    }
    public func store(snapshot: [UInt8], position: Position) async throws(EventLogError) { throw Self.readOnly }
}
