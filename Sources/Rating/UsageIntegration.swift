import KubeModel

/// A half-open span of time, `from <= t < to`.
public struct BillingPeriod: Sendable, Hashable {
    public var from: Timestamp
    public var to: Timestamp
    public init(from: Timestamp, to: Timestamp) { (self.from, self.to) = (from, to) }
    public func contains(_ time: Timestamp) -> Bool { from <= time && time < to }
}

/// What one pod used within one span of the period.
public struct PodUsage: Sendable, Hashable {
    public var uid: String
    public var namespace: String
    public var name: String
    public var workload: String
    /// The span's index: 0 before the first boundary, and so on.
    public var span: Int
    public var used: UsageCounters

    public init(uid: String, namespace: String, name: String, workload: String, span: Int, used: UsageCounters) {
        (self.uid, self.namespace, self.name, self.workload) = (uid, namespace, name, workload)
        (self.span, self.used) = (span, used)
    }
}

/// One reading of a series of counters.
public struct UsageReading: Sendable, Hashable {
    public var observedAt: Timestamp
    public var counters: UsageCounters
    public init(observedAt: Timestamp, counters: UsageCounters) {
        (self.observedAt, self.counters) = (observedAt, counters)
    }

    /// What a record adds to this reading, or to none; nil for a repetition, which is not newer than it.
    public static func used(_ record: UsageRecord, since previous: UsageReading?) -> UsageCounters? {
        guard let previous else { return record.counters }
        guard record.observedAt > previous.observedAt else { return nil }
        return record.counters.since(previous.counters)
    }
}

/// Turns cumulative readings into what was used in a period.
///
/// What was used between two readings counts at the time of the later one, so that the usage of adjoining periods adds up
/// to that of both. A pod's first reading counts from zero: a pod that lived between two reports is counted whole.
public struct UsageIntegration: Sendable {
    private struct Bucket: Hashable {
        let uid: String
        let span: Int
    }

    public let period: BillingPeriod
    /// Times at which prices change, rising.
    private let boundaries: [Timestamp]
    private var last: [UsageRecord.Series: UsageReading] = [:]
    private var used: [Bucket: PodUsage] = [:]

    public init(period: BillingPeriod, boundaries: [Timestamp] = []) {
        (self.period, self.boundaries) = (period, boundaries.sorted())
    }

    /// Goes on where somebody else left off.
    /// - Parameters:
    ///   - usage: what was used in the period up to there.
    ///   - last: the last reading of each series that goes on.
    public init(
        period: BillingPeriod, boundaries: [Timestamp] = [], continuing usage: [PodUsage],
        after last: [UsageRecord.Series: UsageReading]
    ) {
        self.init(period: period, boundaries: boundaries)
        self.last = last
        for entry in usage { used[Bucket(uid: entry.uid, span: entry.span)] = entry }
    }

    /// Takes the next record. They must come in the order of the log and begin no later than the last one before the
    /// period, which the first difference is taken from. A record as old as one already taken is a repetition.
    public mutating func add(_ record: UsageRecord) {
        guard record.observedAt < period.to else { return }
        guard let difference = UsageReading.used(record, since: last[record.series]) else { return }
        last[record.series] = UsageReading(observedAt: record.observedAt, counters: record.counters)
        guard period.contains(record.observedAt) else { return }
        let span = boundaries.count { $0 <= record.observedAt }
        let empty = PodUsage(
            uid: record.uid, namespace: record.namespace, name: record.name, workload: record.workload, span: span,
            used: UsageCounters())
        used[Bucket(uid: record.uid, span: span), default: empty].used += difference
    }

    /// By namespace, workload, name, uid and span.
    public var usage: [PodUsage] {
        used.values.sorted {
            ($0.namespace, $0.workload, $0.name, $0.uid, $0.span) < (
                $1.namespace, $1.workload, $1.name, $1.uid, $1.span
            )
        }
    }
}
