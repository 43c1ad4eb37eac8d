import Domain
import KubeModel

/// Brings a Deployment's pods to its template: by rolling update, by recreation, or blue-green.
public struct DeploymentReconciler: Reconciler {
    public let name = "deployment"
    public init() {}

    public func plan(_ view: any ClusterView, key: ObjectKey, now: Timestamp) -> Plan {
        guard let deployment = view.object(key), !deployment.isBeingDeleted,
            !view.isTerminating(namespace: key.namespace), let rollout = Rollout(of: deployment, in: view, now: now)
        else { return Plan() }
        return rollout.planned()
    }

    public func keys(old: KubeObject?, new: KubeObject?, resource: GroupResource, in view: any ClusterView)
        -> [ObjectKey]
    {
        switch resource {
        case .deployments: return (new ?? old).map { [$0.key(.deployments)] } ?? []
        case .replicaSets: return keys(ofReplicaSet: old, new, in: view)
        case .pods: return keys(ofPod: old, new, in: view)
        case .nodes: return Self.offersMore(old, new) ? deployments(in: nil, phase: "Refused", of: view) : []
        case .endpointSlices:
            return (new ?? old).map { deployments(in: $0.namespace, phase: "Draining", of: view) } ?? []
        default: return []
        }
    }

    private func keys(ofReplicaSet old: KubeObject?, _ new: KubeObject?, in view: any ClusterView) -> [ObjectKey] {
        var keys: Set<ObjectKey> = []
        for replicaSet in [old, new].compactMap(\.self) {
            if let owner = replicaSet.controller {
                if owner.kind == "Deployment" {
                    keys.insert(ObjectKey(.deployments, namespace: replicaSet.namespace, name: owner.name))
                }
            } else if replicaSet == new {
                let labels = replicaSet.labels
                for deployment in view.list(.deployments, namespace: replicaSet.namespace)
                where LabelSelector(json: deployment.spec["selector"]).map({ !$0.isEmpty && $0.matches(labels) })
                    ?? false
                {
                    keys.insert(deployment.key(.deployments))
                }
            }
        }
        return keys.sorted()
    }

    /// Pods matter where old pods must be gone first (Recreate), where blue is drained, and where room was missing.
    private func keys(ofPod old: KubeObject?, _ new: KubeObject?, in view: any ClusterView) -> [ObjectKey] {
        let isGone = new?.hasEnded ?? true
        let isMarked = old != nil && old?.json["metadata"]?["annotations"] != new?.json["metadata"]?["annotations"]
        guard isGone || isMarked, let pod = new ?? old else { return [] }
        var keys: [ObjectKey] = isGone ? deployments(in: nil, phase: "Refused", of: view) : []
        if let owner = pod.controller, owner.kind == "ReplicaSet",
            let replicaSet = view.object(ObjectKey(.replicaSets, namespace: pod.namespace, name: owner.name)),
            let deployment = replicaSet.controller
        {
            let key = ObjectKey(.deployments, namespace: pod.namespace, name: deployment.name)
            let strategy = view.object(key).map(DeploymentStrategy.init(of:))
            if strategy?.isRollingUpdate == false { keys.append(key) }
        }
        return keys
    }

    private func deployments(in namespace: String?, phase: String, of view: any ClusterView) -> [ObjectKey] {
        view.list(.deployments, namespace: namespace)
            .filter { $0.json.string("status", "blueGreen", "phase") == phase }
            .map { $0.key(.deployments) }
    }

    private static func offersMore(_ old: KubeObject?, _ new: KubeObject?) -> Bool {
        guard let old, let new else { return new != nil }
        return old.status["allocatable"] != new.status["allocatable"]
            || old.condition("Ready")?["status"] != new.condition("Ready")?["status"]
            || old.spec["taints"] != new.spec["taints"] || old.spec["unschedulable"] != new.spec["unschedulable"]
            || old.json["metadata"]?["labels"] != new.json["metadata"]?["labels"]
    }
}
