import Domain
import KubeModel
import Scheduling

/// Notices nodes that fell silent, taints what is not fit for pods, and evicts what does not tolerate it.
public struct NodeLifecycleReconciler: Reconciler {
    /// Seconds without a report after which a node counts as lost.
    public static let grace: Double = 40
    private static let unknownReason = "NodeStatusUnknown"
    private static let prefix = "node.kubernetes.io/"

    public let name = "nodelifecycle"
    /// Stands in for the last report of nodes that have not reported since the server started.
    public let startedAt: Timestamp
    public init(startedAt: Timestamp) { self.startedAt = startedAt }

    public func keys(old: KubeObject?, new: KubeObject?, resource: GroupResource, in view: any ClusterView)
        -> [ObjectKey]
    {
        switch resource {
        case .nodes: return new.map { [$0.key(.nodes)] } ?? []
        case .pods:
            guard let pod = new, pod.nodeName != (old?.nodeName ?? "") else { return [] }
            return [ObjectKey(.nodes, name: pod.nodeName)]
        default: return []
        }
    }

    public func plan(_ view: any ClusterView, key: ObjectKey, now: Timestamp) -> Plan {
        guard let node = view.object(key), !node.isBeingDeleted else { return Plan() }
        let seen = max(view.lastReport(ofNode: node.name) ?? startedAt, node.creationTimestamp ?? startedAt)
        let silence = now.seconds(since: seen)
        var plan = Plan()
        plan.requeueAfter = silence > Self.grace ? nil : Self.grace - silence + 0.5
        if let status = Self.status(
            of: node, silence: silence, hasReported: view.lastReport(ofNode: node.name) != nil, now: now)
        {
            var changed = node
            changed.json["status"] = status
            plan.writes.append(.updateStatus(.nodes, changed))
            if silence > Self.grace {
                plan.notes.append(
                    Note(
                        about: node, level: .warning, reason: "NodeNotReady",
                        message: "Node \(node.name) has not reported for \(Int(silence)) seconds."))
            }
            return plan
        }
        if let tainted = Self.tainted(node, now: now) {
            plan.writes.append(.update(.nodes, tainted))
            return plan
        }
        let pods = view.pods(onNode: node.name)
        // Of a node that speaks, whatever it lacks, each pod's own status is the better word.
        if silence > Self.grace { Self.markNotReady(pods, now: now, into: &plan) }
        Self.evict(pods, from: node, now: now, into: &plan)
        return plan
    }

    /// The status with its conditions unknown after too long a silence, and known again once the node reports;
    /// nil if it can stay as it is.
    private static func status(of node: KubeObject, silence: Double, hasReported: Bool, now: Timestamp) -> JSON? {
        var status = node.status
        if silence > grace {
            for type in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
                guard type == "Ready" || node.condition(type) != nil else { continue }
                status.setCondition(
                    type, "Unknown", reason: unknownReason, message: "The node agent stopped reporting.", now: now)
            }
        } else if hasReported, let ready = node.condition("Ready"), ready.string("status") == "Unknown",
            ready.string("reason") == unknownReason
        {
            status.setCondition("Ready", "True", reason: "NodeReporting", message: "The node reports again.", now: now)
        }
        return status == node.status ? JSON?.none : status
    }

    /// The node with the taints that its conditions call for; nil if it has exactly those.
    private static func tainted(_ node: KubeObject, now: Timestamp) -> KubeObject? {
        var wanted: [Taint] = []
        switch node.condition("Ready")?.string("status") {
        case "True": break
        case "Unknown": wanted += both("unreachable")
        default: wanted += both("not-ready")
        }
        for (condition, key) in [
            ("MemoryPressure", "memory-pressure"), ("DiskPressure", "disk-pressure"), ("PIDPressure", "pid-pressure"),
        ] where node.condition(condition)?.string("status") == "True" {
            wanted.append(Taint(key: prefix + key, effect: .noSchedule))
        }
        if node.spec.bool("unschedulable") ?? false {
            wanted.append(Taint(key: prefix + "unschedulable", effect: .noSchedule))
        }
        let present = node.spec.array("taints")
        var kept = present.filter { json in
            guard let taint = Taint(json: json), isOurs(taint) else { return true }
            return wanted.contains { $0.key == taint.key && $0.effect == taint.effect }
        }
        for taint in wanted
        where !kept.contains(where: { $0.string("key") == taint.key && $0.string("effect") == taint.effect.rawValue }) {
            var json: JSON = ["key": .string(taint.key), "effect": .string(taint.effect.rawValue)]
            if taint.effect == .noExecute { json["timeAdded"] = .string(now.rfc3339) }
            kept.append(json)
        }
        guard kept != present else { return nil }
        var tainted = node
        tainted.json[["spec", "taints"]] = kept.isEmpty ? JSON?.none : .array(kept)
        return tainted
    }

    private static func both(_ name: String) -> [Taint] {
        [Taint(key: prefix + name, effect: .noSchedule), Taint(key: prefix + name, effect: .noExecute)]
    }

    private static func isOurs(_ taint: Taint) -> Bool {
        ["unreachable", "not-ready", "memory-pressure", "disk-pressure", "pid-pressure", "unschedulable"]
            .contains { taint.key == prefix + $0 }
    }

    /// Pods of a node that fell silent serve nobody, whatever they last said.
    private static func markNotReady(_ pods: [KubeObject], now: Timestamp, into plan: inout Plan) {
        for pod in pods where pod.isReadyPod && !pod.hasEnded {
            var status = pod.status
            status.setCondition(
                "Ready", "False", reason: "NodeNotReady", message: "The pod's node is not ready.", now: now)
            var changed = pod
            changed.json["status"] = status
            plan.writes.append(.updateStatus(.pods, changed))
        }
    }

    /// Deletes pods whose tolerations of the node's NoExecute taints have run out.
    private static func evict(_ pods: [KubeObject], from node: KubeObject, now: Timestamp, into plan: inout Plan) {
        let taints: [(taint: Taint, since: Timestamp)] = node.spec.array("taints").compactMap { json in
            guard let taint = Taint(json: json), taint.effect == .noExecute else { return nil }
            return (taint, json.string("timeAdded").flatMap(Timestamp.init(rfc3339:)) ?? now)
        }
        guard !taints.isEmpty else { return }
        for pod in pods where pod.isActivePod {
            let tolerations = pod.spec.array("tolerations").map(Toleration.init(json:))
            guard
                let stay = taints.compactMap({ remaining(tolerations, of: $0.taint, since: $0.since, now: now) }).min()
            else { continue }
            if stay <= 0 {
                plan.writes.append(.delete(pod.key(.pods), uid: pod.uid, graceSeconds: nil))
                plan.notes.append(
                    Note(
                        about: pod, level: .warning, reason: "TaintManagerEviction",
                        message: "Evicted from node \(node.name), whose taint the pod does not tolerate any longer."))
            } else {
                plan.requeueAfter = min(plan.requeueAfter ?? stay, stay)
            }
        }
    }

    /// Seconds that a pod may stay beside a taint: 0 or less if it must go, nil if it may stay for ever.
    private static func remaining(_ tolerations: [Toleration], of taint: Taint, since: Timestamp, now: Timestamp)
        -> Double?
    {
        let matching = tolerations.filter { $0.tolerates(taint) }
        if matching.isEmpty { return 0 }
        guard let least = matching.compactMap(\.seconds).min() else { return nil }
        return Double(least) - now.seconds(since: since)
    }
}
