import Domain
import HashTreeCollections
import KubeModel
import Synchronization

/// The newest usage reports of each node: what was used between the last two, for `purser top` and autoscalers.
public final class UsageBook: Sendable {
    public struct Report: Sendable {
        public let recordedAt: Timestamp
        public let report: JSON

        public init(recordedAt: Timestamp, report: JSON) { (self.recordedAt, self.report) = (recordedAt, report) }
    }

    private struct Contents {
        /// By node: the newest report and the one before.
        var reports: [String: (newest: Report, before: Report?)] = [:]
        var intervals: TreeDictionary<String, UsageInterval> = [:]
    }

    private let contents = Mutex(Contents())

    public init() {}

    /// Takes in what became durable.
    public func note(_ batch: PublishedBatch) { note(batch.events) }

    /// - Parameter events: any events, in the order of the log.
    public func note(_ events: [RecordedEvent]) {
        for recorded in events where recorded.event.type == EventCatalogue.usageMeasured {
            guard let node = ObjectKey(stream: recorded.event.stream)?.name,
                let json = try? JSON(parsing: recorded.event.payload), UsageInterval.isWhole(json)
            else { continue }
            let report = Report(recordedAt: recorded.recordedAt, report: json)
            let before = contents.withLock { $0.reports[node]?.newest }
            let interval = before.flatMap {
                UsageInterval(from: $0.report, to: json, position: recorded.position)
            }
            contents.withLock { contents in
                contents.reports[node] = (report, before)
                contents.intervals[node] = interval
            }
        }
    }

    public func newest() -> [String: (newest: Report, before: Report?)] { contents.withLock { $0.reports } }

    /// What each node's pods used between its last two reports; costs nothing.
    public var intervals: TreeDictionary<String, UsageInterval> { contents.withLock { $0.intervals } }
}
