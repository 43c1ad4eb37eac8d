import Domain
import EventLog

/// The beginning of a log, put into an empty one: envelopes and payloads to the byte, so that the tree is the same too.
public struct LogCopy: Sendable {
    private let source: any EventLog
    private static let pageSize = 1000

    public init(of source: any EventLog) { self.source = source }

    /// Copies the events up to a position, each checked on its way.
    /// - Parameter progress: told after each page how many events of how many are there.
    /// - Throws: `BackupError` where the target holds events already, or the source contradicts itself.
    public func write(
        through end: Position, into target: any EventLog, progress: @Sendable (Position, Position) -> Void = { _, _ in }
    ) async throws {
        var filling = try await LogFilling(target)
        var check = ChainCheck()
        while check.tree.size < end {
            let limit = min(Position(Self.pageSize), end - check.tree.size)
            let page = try await source.stored(after: check.tree.size, limit: Int(limit))
            guard !page.isEmpty else { throw BackupError("position \(check.tree.size + 1): the event is missing") }
            var events: [RecordedEvent] = []
            for event in page { events.append(try check.take(event)) }
            try await filling.append(events)
            progress(check.tree.size, end)
        }
        try await filling.finish()
    }
}

/// Writes the events of another log into an empty one, in their order.
struct LogFilling {
    private let log: any EventLog
    private var head: LogHead
    private var lastTerm: Int64
    private static let batchSize = 1000

    /// - Throws: `BackupError` where the log is not empty.
    init(_ log: any EventLog) async throws {
        head = try await log.head()
        guard head.position == 0 else {
            throw BackupError("the log there holds \(head.position) events already: name an empty one")
        }
        (self.log, lastTerm) = (log, head.term)
    }

    var position: Position { head.position }

    mutating func append(_ events: [RecordedEvent]) async throws {
        for start in stride(from: 0, to: events.count, by: Self.batchSize) {
            let batch = Array(events[start..<min(start + Self.batchSize, events.count)])
            guard try await log.append(batch, expected: head) == .appended, let last = batch.last else {
                throw BackupError("somebody else writes to the log that is being filled")
            }
            head.position = last.position
            for event in batch where event.event.type == EventCatalogue.termTaken {
                lastTerm = event.event.stream.split(separator: "/").last.flatMap { Int64($0) } ?? lastTerm
            }
        }
    }

    /// Whoever leads next takes a term that was never taken.
    mutating func finish() async throws {
        while head.term < lastTerm, let next = try await log.advanceTerm(from: head.term) { head = next }
    }
}
