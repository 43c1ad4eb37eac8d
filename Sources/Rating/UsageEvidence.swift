import KubeModel

/// The records that a bill rests on: with each pod's own alone it comes out the same, whatever else there is.
///
/// Readings are cumulative, so what lies between the first and the last one of a span cancels out. What counts is the last
/// reading before the period, the last one of each span, and both sides of every fall of a counter.
public struct UsageEvidence: Sendable {
    /// What one pod's use rests on.
    public struct Pod: Sendable, Hashable {
        public var uid: String
        public var namespace: String
        public var name: String
        public var workload: String
        /// Positions in the log, rising.
        public var positions: [Int64]
    }

    private struct Reading {
        var position: Int64
        var record: UsageRecord
    }

    private let period: BillingPeriod
    private let boundaries: [Timestamp]
    private var last: [UsageRecord.Series: Reading] = [:]
    private var kept: [String: Set<Int64>] = [:]
    private var pods: [String: UsageRecord] = [:]

    public init(period: BillingPeriod, boundaries: [Timestamp] = []) {
        (self.period, self.boundaries) = (period, boundaries.sorted())
    }

    /// Takes the next record, in the order of the log, by the rules of `UsageIntegration.add`.
    public mutating func add(_ record: UsageRecord, at position: Int64) {
        guard record.observedAt < period.to else { return }
        let previous = last[record.series]
        if let previous, record.observedAt <= previous.record.observedAt { return }
        last[record.series] = Reading(position: position, record: record)
        guard period.contains(record.observedAt) else { return }
        if pods[record.uid] == nil { pods[record.uid] = record }
        guard let previous else { return }
        let fell = UsageCounters.all.contains { record.counters[keyPath: $0] < previous.record.counters[keyPath: $0] }
        if fell || !period.contains(previous.record.observedAt) || span(previous.record) != span(record) {
            kept[record.uid, default: []].insert(previous.position)
        }
        if fell { kept[record.uid, default: []].insert(position) }
    }

    private func span(_ record: UsageRecord) -> Int { boundaries.count { $0 <= record.observedAt } }

    /// By namespace, workload, name and uid.
    public var evidence: [Pod] {
        var kept = kept
        for reading in last.values where period.contains(reading.record.observedAt) {
            kept[reading.record.uid, default: []].insert(reading.position)
        }
        return pods.values.map { record in
            Pod(
                uid: record.uid, namespace: record.namespace, name: record.name, workload: record.workload,
                positions: (kept[record.uid] ?? []).sorted())
        }.sorted { ($0.namespace, $0.workload, $0.name, $0.uid) < ($1.namespace, $1.workload, $1.name, $1.uid) }
    }
}
