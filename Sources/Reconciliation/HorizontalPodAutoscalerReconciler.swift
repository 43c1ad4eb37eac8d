import Domain
import KubeModel

/// Sets the count of a workload's pods by what they use (`autoscaling/v2`).
///
/// The algorithm and its figures are those of
/// https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/. What it must remember between
/// two plans (recommendations, scalings) stands in the autoscaler's annotations, see `AutoscalingRecord`.
public struct HorizontalPodAutoscalerReconciler: Reconciler {
    /// Seconds between two looks (`--horizontal-pod-autoscaler-sync-period`).
    public static let period = 15.0

    public let name = "horizontal-pod-autoscaler"
    public init() {}

    public func keys(old: KubeObject?, new: KubeObject?, resource: GroupResource, in view: any ClusterView)
        -> [ObjectKey]
    {
        switch resource {
        case .horizontalPodAutoscalers:
            // Its own statuses do not wake it.
            if let old, let new, old.spec == new.spec, old.uid == new.uid { return [] }
            return new.map { [$0.key(.horizontalPodAutoscalers)] } ?? []
        case .deployments, .replicaSets:
            guard old?.uid != new?.uid || old?.replicas != new?.replicas, let workload = new ?? old else { return [] }
            let key = workload.key(resource)
            return view.list(.horizontalPodAutoscalers, namespace: workload.namespace)
                .filter { ScaleTarget(of: $0)?.key == key }.map { $0.key(.horizontalPodAutoscalers) }
        default: return []
        }
    }

    public func plan(_ view: any ClusterView, key: ObjectKey, now: Timestamp) -> Plan {
        guard let autoscaler = view.object(key), !autoscaler.isBeingDeleted,
            !view.isTerminating(namespace: key.namespace)
        else { return Plan() }
        var run = AutoscalerRun(autoscaler, in: view, now: now)
        run.scale()
        return run.finished()
    }
}

/// What an autoscaler scales.
struct ScaleTarget: Equatable {
    var key: ObjectKey
    var kind: String

    /// Nil for what has no count that could be set.
    init?(of autoscaler: KubeObject) {
        let reference = autoscaler.spec["scaleTargetRef"] ?? [:]
        let kind = reference.string("kind") ?? ""
        let group = (reference.string("apiVersion") ?? "").split(separator: "/").first ?? ""
        let resources: [String: GroupResource] = ["Deployment": .deployments, "ReplicaSet": .replicaSets]
        guard group == "apps", let resource = resources[kind] else { return nil }
        key = ObjectKey(resource, namespace: autoscaler.namespace, name: reference.string("name") ?? "")
        self.kind = kind
    }
}
