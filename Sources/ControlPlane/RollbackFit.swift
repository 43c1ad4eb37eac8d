import CommandHandling
import Domain
import KubeModel
import Scheduling

/// Places the pods that a rollback leads to on the nodes, without those that it ends.
struct RollbackFit {
    let plan: Restoration
    let before: ClusterState

    var fit: Fit {
        let wanted = pods
        // Nothing is asked of the nodes: no picture of the cluster is needed.
        guard !wanted.isEmpty else { return TrialPlacement.fits(pods: [], in: ClusterSnapshot()) }
        let view = StateView(state: before)
        let replaced = replacedOwners
        let standing = view.list(.pods, namespace: nil).filter { pod in
            !replaced.contains(pod.uid) && !replaced.contains(pod.controller?.uid ?? "")
        }
        let waiting = standing.filter {
            ($0.spec.string("nodeName") ?? "").isEmpty && $0.status.string("phase") == "Pending"
        }
        let snapshot = ClusterSnapshot(nodes: view.list(.nodes, namespace: nil), pods: standing)
        return TrialPlacement.fits(pods: wanted, in: snapshot, after: waiting)
    }

    private var pods: [KubeObject] {
        plan.steps.flatMap { step -> [KubeObject] in
            guard let (template, count) = Restoration.pods(of: step.after) else { return [] }
            var pod = template
            pod[["metadata", "ownerReferences"]] = [
                OwnerReference(
                    apiVersion: "v1", kind: step.key.resource.description, name: step.key.name,
                    uid: step.key.description
                ).json
            ]
            pod["spec"]?["nodeName"] = nil
            return Array(repeating: KubeObject(pod), count: Int(count))
        }
    }

    /// The uids of what changes, and of the ReplicaSets below it.
    private var replacedOwners: Set<String> {
        var owners = Set(plan.steps.compactMap { $0.before.string("metadata", "uid") })
        for owner in owners {
            for key in before.indexes?.byOwner[owner] ?? [] where key.resource == .replicaSets {
                if let uid = before[key]?.uid { owners.insert(uid) }
            }
        }
        return owners
    }
}
