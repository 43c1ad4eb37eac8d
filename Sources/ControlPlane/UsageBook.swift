import Domain
import KubeModel
import Synchronization

/// The newest usage reports of each node, for `purser top`: what was used between the last two.
public final class UsageBook: Sendable {
    public struct Report: Sendable {
        public let recordedAt: Timestamp
        public let report: JSON

        public init(recordedAt: Timestamp, report: JSON) { (self.recordedAt, self.report) = (recordedAt, report) }
    }

    /// By node: the newest report and the one before.
    private let reports = Mutex<[String: (newest: Report, before: Report?)]>([:])

    public init() {}

    /// Takes in what became durable.
    public func note(_ batch: PublishedBatch) {
        for recorded in batch.events where recorded.event.type == EventCatalogue.usageMeasured {
            guard let node = ObjectKey(stream: recorded.event.stream)?.name,
                let json = try? JSON(parsing: recorded.event.payload)
            else { continue }
            let report = Report(recordedAt: recorded.recordedAt, report: json)
            reports.withLock { $0[node] = (report, $0[node]?.newest) }
        }
    }

    public func newest() -> [String: (newest: Report, before: Report?)] { reports.withLock { $0 } }
}
