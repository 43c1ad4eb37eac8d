import CommandHandling
import ControlPlane
import Domain
import EventLog
import Foundation
import KubeModel
import Rating

extension PurserEndpoints {
    static let pricePlanKey = ObjectKey(GroupResource("priceplans.purser.dev"), name: "default")

    /// What was used in a period and what it costs, out of the nodes' reports in the log.
    func bill(_ query: Query) async throws(KubeStatus) -> JSON {
        let past = try await handler.reads.position(try query.asOf())
        var now: Timestamp?
        if let past { now = try await handler.reads.recordedAt(past) }
        let period = try period(query, now: now)
        guard let grouping = BillReport.Grouping(rawValue: query["by"] ?? BillReport.Grouping.workload.rawValue) else {
            throw .badRequest("by=\(query["by"] ?? "") is none of namespace, workload and pod")
        }
        let plan = try await pricePlan(at: past)
        let namespace = query["namespace"].flatMap { $0.isEmpty ? nil : $0 }
        let usage = try await used(
            UsageIntegration(period: period, boundaries: plan.boundaries), period, plan.boundaries, namespace,
            through: past ?? cluster.state.position)
        return BillReport(usage, period: period, plan: plan, by: grouping).json
    }

    /// What was used in a period, by what is recorded up to a position: the sums of the usage table as far as it is,
    /// and the rest from the log. All of it from the log where the table is being rebuilt or cannot be read.
    private func used(
        _ fromLog: UsageIntegration, _ period: BillingPeriod, _ boundaries: [Timestamp], _ namespace: String?,
        through: Position
    ) async throws(KubeStatus) -> [PodUsage] {
        if let tables = handler.tables,
            let totals = try? await tables.usage(
                in: period, boundaries: boundaries, namespace: namespace, through: through),
            let usage = try await adding(
                through, to: totals, tables, period: period, boundaries: boundaries, namespace: namespace)
        {
            return usage
        }
        var integration = fromLog
        try await forEachUsageRecord(after: 0, through: through) { record in
            if namespace == nil || record.namespace == namespace { integration.add(record) }
        }
        return integration.usage
    }

    /// The table's sums with what the log has beyond its checkpoint; nil if the table was begun afresh meanwhile.
    private func adding(
        _ through: Position, to totals: UsageTotals, _ tables: any ReadTables, period: BillingPeriod,
        boundaries: [Timestamp], namespace: String?
    ) async throws(KubeStatus) -> [PodUsage]? {
        let checkpoint = totals.progress.checkpoint
        var rest: [UsageRecord] = []
        try await forEachUsageRecord(after: checkpoint, through: through) { record in
            if namespace == nil || record.namespace == namespace { rest.append(record) }
        }
        guard !rest.isEmpty else { return totals.usage }
        guard let last = try? await tables.lastReadings(of: Array(Set(rest.map(\.series))), through: checkpoint),
            let progress = try? await tables.progress().first(where: { $0.name == totals.progress.name }),
            progress.rebuilds == totals.progress.rebuilds
        else { return nil }
        var integration = UsageIntegration(
            period: period, boundaries: boundaries, continuing: totals.usage, after: last)
        for record in rest { integration.add(record) }
        return integration.usage
    }

    /// From the beginning of the month unless stated, to now unless stated.
    func period(_ query: Query, now: Timestamp? = nil) throws(KubeStatus) -> BillingPeriod {
        let now = now ?? cluster.clock.now
        let from = try time(query, "from") ?? Timestamp(rfc3339: String(now.rfc3339.prefix(8)) + "01T00:00:00Z") ?? now
        let to = try time(query, "to") ?? now
        guard from < to else {
            throw .badRequest("the period is empty: from=\(from.rfc3339) is not before to=\(to.rfc3339)")
        }
        return BillingPeriod(from: from, to: to)
    }

    private func time(_ query: Query, _ name: String) throws(KubeStatus) -> Timestamp? {
        guard let text = query[name], !text.isEmpty else { return nil }
        switch try AsOf(text) {
        case .time(let time): return time
        case .ago(let microseconds): return Timestamp(microseconds: cluster.clock.now.microseconds - microseconds)
        case .position:
            throw .badRequest(
                "\(name)=\(text): a billing period is stated in times, such as 2026-01-31T08:00:00Z or 2h")
        }
    }

    private func forEachUsageRecord(
        after start: Position, through: Position, _ body: (UsageRecord) -> Void
    ) async throws(KubeStatus) {
        var after = start
        while after < through {
            let events = try await log {
                try await cluster.log.readStreams(
                    prefix: "usage/", after: after, through: through, limit: 1000, filter: .all)
            }
            guard let last = events.last else { return }
            for event in events where event.event.type == EventCatalogue.usageMeasured {
                guard let report = try? JSON(parsing: event.event.payload) else { continue }
                for record in UsageRecord.all(inReport: report) { body(record) }
            }
            after = last.position
        }
    }

    /// The plan that was in force at a position.
    private func pricePlan(at past: Position?) async throws(KubeStatus) -> PricePlan {
        guard let past else { return try pricePlan(in: cluster.state) }
        return try pricePlan(try await log { try await cluster.history.object(Self.pricePlanKey, at: past) })
    }

    func pricePlan(in state: ClusterState) throws(KubeStatus) -> PricePlan {
        try pricePlan(state[Self.pricePlanKey])
    }

    /// The standard one for as long as nobody has set another.
    private func pricePlan(_ stored: StoredObject?) throws(KubeStatus) -> PricePlan {
        guard let stored else { return .standard }
        return try PricePlan(json: stored.object().json)
    }

    /// Replaces the price plan, as an event like any other change.
    func setPrices(_ call: APICall) async throws(KubeStatus) -> JSON {
        let plan = try PricePlan(json: try handler.body(call, nil))
        for _ in 0..<8 {
            let live = cluster.state[Self.pricePlanKey]
            var object = plan.json
            object["metadata"] =
                live?.member("metadata")
                ?? [
                    "name": .string(Self.pricePlanKey.name), "uid": .string(UUID().uuidString.lowercased()),
                    "creationTimestamp": .string(cluster.clock.now.rfc3339),
                ]
            let type = EventCatalogue.name("PricePlan", live == nil ? .created : .updated)
            let change = ObjectChange(
                Self.pricePlanKey, type: type, expected: live?.revision, content: .members(object.canonicalBytes))
            let command = Command(caller: call.caller, callID: call.callID, changes: [change])
            switch await cluster.sequencer.submit(command) {
            case .committed: return plan.json
            case .rejected(let status): throw status
            case .unavailable(let reason): throw .serviceUnavailable(reason)
            case .unknown(let reason): throw .timeout(reason)
            case .stale: continue
            }
        }
        throw .staleResourceVersion(Self.pricePlanKey.resource, name: Self.pricePlanKey.name)
    }
}
