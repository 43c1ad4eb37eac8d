import Domain
import KubeModel

/// Which ReplicaSet of a blue-green Deployment serves; a Deployment of another kind, or without a live side yet, has none.
struct LiveSide: Equatable {
    let activeHash: String?

    init(of deployment: KubeObject) {
        guard deployment.spec.string("strategy", "type") == "BlueGreen",
            let hash = deployment.status.string("blueGreen", "activeHash"), !hash.isEmpty
        else {
            activeHash = nil
            return
        }
        activeHash = hash
    }
}

/// Answers for many pods whether they are on their Deployment's live side.
struct LiveSides {
    let view: any ClusterView
    private var byReplicaSet: [String: LiveSide?] = [:]

    init(view: any ClusterView) { self.view = view }

    mutating func serves(_ pod: KubeObject) -> Bool {
        guard let owner = pod.controller, owner.kind == "ReplicaSet" else { return true }
        let side: LiveSide?
        if let known = byReplicaSet[owner.uid] {
            side = known
        } else {
            side = liveSide(ofReplicaSet: owner, namespace: pod.namespace)
            byReplicaSet[owner.uid] = side
        }
        guard let active = side?.activeHash else { return true }
        return pod.labels[DeploymentLabels.hash] == active
    }

    private func liveSide(ofReplicaSet owner: OwnerReference, namespace: String) -> LiveSide? {
        guard let replicaSet = view.object(ObjectKey(.replicaSets, namespace: namespace, name: owner.name)),
            let deployment = replicaSet.controller, deployment.kind == "Deployment"
        else { return nil }
        return view.object(ObjectKey(.deployments, namespace: namespace, name: deployment.name)).map(LiveSide.init(of:))
    }
}
