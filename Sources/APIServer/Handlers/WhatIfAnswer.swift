import ControlPlane
import CommandHandling
import Domain
import KubeMachinery
import KubeModel
import Rating
import Scheduling

/// A simulation's report as the API answers it, priced.
struct WhatIfAnswer {
    /// Hours of a month on a bill of estimates: a year's 8760 by twelve.
    private static let hoursPerMonth: Int64 = 730

    private let report: WhatIfReport
    private let prices: PricePlan

    init(_ report: WhatIfReport, prices: PricePlan) { (self.report, self.prices) = (report, prices) }

    var json: JSON {
        [
            "position": .int(report.position), "time": .string(report.time.rfc3339), "runs": .bool(report.runs),
            "settledAfterSeconds": Self.seconds(report.settledAfter),
            "moving": .array(report.moving.map { .string($0.description) }),
            "changes": .array(report.changes.map(Self.change)),
            "workloads": .array(report.workloads.map(workload)),
            "unchangedWorkloads": .int(Int64(report.unchangedWorkloads)),
            "placements": .array(report.placements.map(Self.placement)),
            "waiting": .array(report.waiting.map(Self.waiting)),
            "switches": .array(
                report.switches.map {
                    [
                        "object": .string($0.deployment.description), "side": .string($0.side),
                        "afterSeconds": Self.seconds($0.seconds),
                    ]
                }),
            "refusals": .array(
                report.refusals.map { ["object": .string($0.key.description), "reason": .string($0.reason)] }),
            "requests": [
                "before": Self.amounts(report.requests.before), "after": Self.amounts(report.requests.after),
                "peak": Self.amounts(report.peak.requests), "peakAfterSeconds": Self.seconds(report.peak.seconds),
                "allocatable": Self.amounts(report.allocatable),
            ],
            "cost": cost(report.requests),
        ]
    }

    private static func seconds(_ seconds: Double) -> JSON { .int(Int64(seconds.rounded(.up))) }

    private static func amounts(_ amounts: ResourceAmounts) -> JSON {
        var json: JSON = [
            "cpu": .string("\(amounts.milliCPU)m"), "memory": .string("\(amounts.memory)"), "pods": .int(amounts.pods),
        ]
        for (name, amount) in amounts.extended { json[name] = .int(amount) }
        return json
    }

    private static func change(_ change: WhatIfChange) -> JSON {
        var json: JSON = [
            "action": .string(change.action.rawValue), "object": .string(change.key.description),
            "origin": .string(change.origin), "changes": .array(differences(change).map(\.json)),
        ]
        if !change.warnings.isEmpty { json["warnings"] = .array(change.warnings.map { .string($0) }) }
        if let refusal = change.refusal {
            json["code"] = .int(Int64(refusal.code))
            json["reason"] = .string(refusal.message)
        }
        return json
    }

    /// Field by field for what is updated; of a Secret only the names of what changes.
    private static func differences(_ change: WhatIfChange) -> [FieldDiff.Change] {
        guard change.action == .updated else { return [] }
        func asked(_ object: JSON) -> JSON {
            var object = Restoration.lasting(object)
            // Apply's own note says what the fields say.
            object[["metadata", "annotations", DeclarativeApply.annotation]] = nil
            if object.object("metadata", "annotations").isEmpty { object[["metadata", "annotations"]] = nil }
            return object
        }
        let changes = HistoryItem.changes(asked(change.before), asked(change.after))
        return change.key.resource == .secrets ? SecretMask.hiding(changes) : changes
    }

    private func workload(_ workload: WhatIfReport.Workload) -> JSON {
        var json: JSON = [
            "object": .string(workload.key.description), "inTrouble": .bool(workload.isInTrouble),
            "cost": cost(workload.requests),
        ]
        for (name, count) in [("before", workload.before), ("after", workload.after)] {
            guard let count else { continue }
            json[name] = [
                "desired": .int(count.desired), "ready": .int(count.ready), "runs": .bool(count.runs),
                "message": .string(count.message),
            ]
        }
        var nodes: JSON = [:]
        for name in Set(workload.nodes.before.keys).union(workload.nodes.after.keys) {
            nodes[name] = [
                "before": .int(Int64(workload.nodes.before[name] ?? 0)),
                "after": .int(Int64(workload.nodes.after[name] ?? 0)),
            ]
        }
        json["nodes"] = nodes
        return json
    }

    private static func placement(_ placement: WhatIfReport.Placement) -> JSON {
        [
            "namespace": .string(placement.pod.namespace), "pod": .string(placement.pod.name),
            "node": .string(placement.node), "workload": .string(placement.workload.description),
        ]
    }

    private static func waiting(_ waiting: WhatIfReport.Waiting) -> JSON {
        [
            "workload": .string(waiting.workload.description), "pods": .array(waiting.pods.map { .string($0) }),
            "waitedBefore": .int(Int64(waiting.waitedBefore)), "message": .string(waiting.message),
            "shortfall": .string(waiting.shortfall.words),
            "nodes": .array(
                waiting.nodes.map {
                    [
                        "node": .string($0.node), "reasons": .array($0.reasons.map { .string($0) }),
                        "lacks": .string($0.lacks.words),
                    ]
                }),
        ]
    }

    private func cost(_ requests: (before: ResourceAmounts, after: ResourceAmounts)) -> JSON {
        func month(_ amounts: ResourceAmounts) -> ExactDecimal {
            prices.hourlyCost(milliCPU: amounts.milliCPU, memory: amounts.memory, at: report.time)
                * ExactDecimal(Self.hoursPerMonth)
        }
        let (before, after) = (month(requests.before), month(requests.after))
        return [
            "currency": .string(prices.currency), "perMonthBefore": .string(before.formatted(digits: 2)),
            "perMonthAfter": .string(after.formatted(digits: 2)),
            "perMonthDifference": .string((after - before).formatted(digits: 2)),
        ]
    }
}
