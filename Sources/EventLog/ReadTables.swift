import Domain
import KubeModel
import Rating

/// How far a projection has come.
public struct ProjectionProgress: Sendable, Hashable {
    public var name: String
    /// Everything up to here is in its table.
    public var checkpoint: Position
    /// How often it was begun afresh.
    public var rebuilds: Int64

    public init(name: String, checkpoint: Position, rebuilds: Int64) {
        (self.name, self.checkpoint, self.rebuilds) = (name, checkpoint, rebuilds)
    }
}

/// What the usage table holds of a period.
public struct UsageTotals: Sendable, Hashable {
    /// What was used, by pod and span, as `UsageIntegration` gives it.
    public var usage: [PodUsage]
    /// The usage projection when it was read: `usage` is complete up to its checkpoint, no further.
    public var progress: ProjectionProgress

    public init(usage: [PodUsage], progress: ProjectionProgress) { (self.usage, self.progress) = (usage, progress) }
}

/// The tables that are written behind the log, for those who read them. All can be rebuilt from the log.
public protocol ReadTables: Sendable {
    func progress() async throws(EventLogError) -> [ProjectionProgress]

    /// Empties a projection's table, so that it is written again from the log; false if there is none of that name.
    func rebuild(_ name: String) async throws(EventLogError) -> Bool

    /// What was used in a period, out of records recorded up to a position, or as far as the table is.
    /// - Parameter namespace: nil for all.
    func usage(in period: BillingPeriod, boundaries: [Timestamp], namespace: String?, through: Position)
        async throws(EventLogError) -> UsageTotals

    /// The last reading of each series recorded up to a position; a series without one is left out.
    func lastReadings(of series: [UsageRecord.Series], through: Position)
        async throws(EventLogError) -> [UsageRecord.Series: UsageReading]
}
