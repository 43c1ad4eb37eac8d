import Domain
import KubeModel
import Scheduling

/// Finds nodes for waiting pods, many at a time, each seeing the room that those before it took.
public struct BindingPlanner: Sendable {
    public static let schedulerName = "default-scheduler"
    private let scheduler = Scheduler()
    public init() {}

    /// Whether this scheduler is to place the pod (a gated pod too: its condition says that it waits).
    public static func isWaiting(_ pod: KubeObject) -> Bool {
        pod.nodeName.isEmpty && pod.isActivePod
            && (pod.spec.string("schedulerName") ?? schedulerName) == schedulerName
    }

    /// Plans the pods in the order given: a binding each, or a condition that says why not. The snapshot holds the
    /// planned bindings afterwards; whoever cannot apply the plan drops that snapshot (it is a value).
    /// `rotation` should differ from plan to plan, so that equal nodes are taken in turn.
    public func plan(_ pods: [KubeObject], in snapshot: inout ClusterSnapshot, rotation: Int, now: Timestamp) -> Plan {
        var plan = Plan()
        var refusals: [RequestKey: Placement] = [:]
        for (ordinal, pod) in pods.enumerated() where Self.isWaiting(pod) {
            let gates = pod.spec.array("schedulingGates").compactMap { $0.string("name") }
            if !gates.isEmpty {
                wait(
                    pod, "SchedulingGated", "waits for its scheduling gates: \(gates.joined(separator: ", "))", now,
                    &plan)
                continue
            }
            let demand = PodDemand(pod)
            let request = RequestKey(owner: demand.owner, spec: pod.spec)
            let known = refusals.isEmpty ? nil : refusals[request]
            // Within one plan room only shrinks, so a twin of a pod that found no node finds none either.
            let placement = known ?? scheduler.place(demand, in: snapshot, rotation: rotation &+ ordinal)
            switch placement {
            case .node(let node, let verdict):
                snapshot.bind(demand, to: node)
                plan.writes.append(.bind(pod: pod.key(.pods), uid: pod.uid, node: node, verdict: verdict))
                plan.notes.append(
                    Note(
                        about: pod, reason: "Scheduled",
                        message: "Successfully assigned \(pod.namespace)/\(pod.name) to \(node)"))
            case .unschedulable(let message, let verdict):
                if !demand.owner.isEmpty { refusals[request] = placement }
                wait(pod, "Unschedulable", message, verdict: verdict, now, &plan)
            }
        }
        return plan
    }

    private struct RequestKey: Hashable {
        let owner: String
        let spec: JSON
    }

    private func wait(
        _ pod: KubeObject, _ reason: String, _ message: String, verdict: JSON? = nil, _ now: Timestamp,
        _ plan: inout Plan
    ) {
        var status = pod.status
        status.setCondition("PodScheduled", "False", reason: reason, message: message, now: now)
        guard status != pod.status else { return }
        var changed = pod
        changed.json["status"] = status
        plan.writes.append(verdict.map { .postpone(changed, verdict: $0) } ?? .updateStatus(.pods, changed))
        if reason == "Unschedulable" {
            plan.notes.append(Note(about: pod, level: .warning, reason: "FailedScheduling", message: message))
        }
    }
}
