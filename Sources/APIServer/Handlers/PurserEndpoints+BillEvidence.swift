import ControlPlane
import Domain
import EventLog
import KubeModel
import Rating

extension PurserEndpoints {
    /// A bill with the positions of the events that it rests on: usage reports, each pod's own, and the price plan.
    func billEvidence(_ query: Query) async throws(KubeStatus) -> JSON {
        let period = try period(query)
        guard let grouping = BillReport.Grouping(rawValue: query["by"] ?? BillReport.Grouping.workload.rawValue) else {
            throw .badRequest("by=\(query["by"] ?? "") is none of namespace, workload and pod")
        }
        let plan = try pricePlan(in: cluster.state)
        let namespace = query["namespace"].flatMap { $0.isEmpty ? nil : $0 }
        let through = cluster.state.position
        var integration = UsageIntegration(period: period, boundaries: plan.boundaries)
        var evidence = UsageEvidence(period: period, boundaries: plan.boundaries)
        var after: Position = 0
        while after < through {
            let start = after
            let events = try await log {
                try await cluster.log.readStreams(
                    prefix: "usage/", after: start, through: through, limit: 1000, filter: .all)
            }
            guard let last = events.last else { break }
            for event in events where event.event.type == EventCatalogue.usageMeasured {
                for record in UsageRecord.all(inReport: (try? JSON(parsing: event.event.payload)) ?? .null)
                where namespace == nil || record.namespace == namespace {
                    integration.add(record)
                    evidence.add(record, at: event.position)
                }
            }
            after = last.position
        }
        let report = BillReport(integration.usage, period: period, plan: plan, by: grouping)
        var answer: JSON = [
            "report": report.json, "pods": .array(evidence.evidence.map(\.json)),
            "prices": .array(try await pricePlanPositions(through).map { .int($0) }),
        ]
        answer["namespace"] = namespace.map { .string($0) }
        return answer
    }

    /// The events that make up the price plan of the moment; none for the standard one.
    private func pricePlanPositions(_ through: Position) async throws(KubeStatus) -> [Position] {
        guard cluster.state[Self.pricePlanKey] != nil else { return [] }
        return try await log {
            try await cluster.log.forms([StreamMoment(Self.pricePlanKey.description, at: through)]).joined().map(
                \.position)
        }
    }
}

extension UsageEvidence.Pod {
    fileprivate var json: JSON {
        [
            "uid": .string(uid), "namespace": .string(namespace), "workload": .string(workload), "pod": .string(name),
            "events": .array(positions.map { .int($0) }),
        ]
    }
}
