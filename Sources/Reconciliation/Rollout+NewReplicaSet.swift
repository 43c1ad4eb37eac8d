import KubeModel

extension Rollout {
    private var nextRevision: Int64 { (oldIndices.map { replicaSets[$0].revision }.max() ?? 0) + 1 }

    /// Plans the ReplicaSet of the present template, or brings the annotations of the existing one up to date.
    /// False if nothing more can be planned before that is done.
    mutating func ensureNewReplicaSet(replicas: Int64) -> Bool {
        if newIndex != nil {
            syncNewReplicaSet()
            return true
        }
        let replicaSet = makeReplicaSet(replicas: replicas)
        if view.object(replicaSet.key(.replicaSets)) != nil {
            // Another template has this hash: count the collision, which salts the hash of the next plan.
            status["collisionCount"] = .int((status.int("collisionCount") ?? 0) + 1)
            return false
        }
        creation = replicaSet
        plan.notes.append(
            Note(
                about: deployment, reason: "ScalingReplicaSet",
                message: "Scaled up replica set \(replicaSet.name) from 0 to \(replicas)"))
        return false
    }

    private func makeReplicaSet(replicas: Int64) -> KubeObject {
        var template = deployment.spec["template"] ?? [:]
        template[["metadata", "labels", DeploymentLabels.hash]] = .string(hash)
        var selector = deployment.spec["selector"] ?? [:]
        selector[["matchLabels", DeploymentLabels.hash]] = .string(hash)
        var spec: JSON = ["replicas": .int(replicas), "selector": selector, "template": template]
        if let seconds = deployment.spec.int("minReadySeconds"), seconds > 0 { spec["minReadySeconds"] = .int(seconds) }
        var replicaSet = KubeObject([
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": [
                "name": .string("\(deployment.name)-\(hash)"), "namespace": .string(deployment.namespace),
                "labels": template["metadata"]?["labels"] ?? [:],
                "ownerReferences": [deployment.controllerReference.json],
            ],
            "spec": spec,
        ])
        copyAnnotations(to: &replicaSet)
        replicaSet.setAnnotation(DeploymentLabels.revision, String(nextRevision))
        setSizeAnnotations(&replicaSet)
        return replicaSet
    }

    private func copyAnnotations(to replicaSet: inout KubeObject) {
        for (name, value) in deployment.annotations where !DeploymentLabels.own.contains(name) {
            replicaSet.setAnnotation(name, value)
        }
    }

    /// A template that comes back (a rollback) makes its old ReplicaSet the newest revision.
    mutating func syncNewReplicaSet() {
        guard let newIndex else { return }
        var replicaSet = replicaSets[newIndex].object
        copyAnnotations(to: &replicaSet)
        let revision = replicaSets[newIndex].revision
        if revision < nextRevision {
            if revision > 0 {
                let earlier = replicaSet.annotations[DeploymentLabels.revisionHistory].map { $0 + "," } ?? ""
                replicaSet.setAnnotation(DeploymentLabels.revisionHistory, "\(earlier)\(revision)")
            }
            replicaSet.setAnnotation(DeploymentLabels.revision, String(nextRevision))
        }
        let seconds = deployment.spec.int("minReadySeconds") ?? 0
        if replicaSet.spec.int("minReadySeconds") ?? 0 != seconds {
            replicaSet.json[["spec", "minReadySeconds"]] = seconds > 0 ? .int(seconds) : JSON?.none
        }
        replicaSets[newIndex].object = replicaSet
    }

    /// Deletes the oldest empty ReplicaSets beyond `revisionHistoryLimit` (10 if it is not stated).
    mutating func cleanUpHistory() {
        let limit = Int(clamping: deployment.spec.int("revisionHistoryLimit") ?? 10)
        let idle = oldIndices.map { replicaSets[$0] }.filter { !$0.object.isBeingDeleted }
        let surplus = idle.count - max(0, limit)
        guard surplus > 0 else { return }
        for draft in idle.sorted(by: { $0.revision < $1.revision }).prefix(surplus)
        where draft.replicas == 0 && draft.observedReplicas == 0 && draft.isObserved && !draft.isChanged {
            plan.writes.append(
                .delete(draft.original.key(.replicaSets), uid: draft.original.uid, graceSeconds: nil))
        }
    }
}
