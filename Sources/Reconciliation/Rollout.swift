import Domain
import KubeModel

/// One Deployment's planning: what there is, and the plan as it grows.
struct Rollout {
    let view: any ClusterView
    let now: Timestamp
    let deployment: KubeObject
    let selector: LabelSelector
    let strategy: DeploymentStrategy
    let hash: String
    /// All that the Deployment controls, oldest first.
    var replicaSets: [ReplicaSetDraft] = []
    /// The index of the one with the Deployment's template.
    var newIndex: Int?
    var creation: KubeObject?
    var status: JSON
    var plan = Plan()

    init?(of deployment: KubeObject, in view: any ClusterView, now: Timestamp) {
        guard let selector = LabelSelector(json: deployment.spec["selector"]), !selector.isEmpty,
            let template = deployment.spec["template"]
        else { return nil }
        (self.view, self.now, self.deployment, self.selector) = (view, now, deployment, selector)
        strategy = DeploymentStrategy(of: deployment)
        status = deployment.status
        hash = StableHash.podTemplate(template, collisionCount: deployment.status.int("collisionCount") ?? 0)
        claimReplicaSets()
        newIndex = replicaSets.firstIndex { Self.template(of: $0.object) == template }
    }

    var replicas: Int64 { deployment.replicas }
    var isPaused: Bool { deployment.spec.bool("paused") ?? false }
    var oldIndices: [Int] { replicaSets.indices.filter { $0 != newIndex } }
    var newReplicaSet: ReplicaSetDraft? { newIndex.map { replicaSets[$0] } }

    /// The template without the label that the ReplicaSet adds.
    private static func template(of replicaSet: KubeObject) -> JSON {
        var template = replicaSet.spec["template"] ?? [:]
        template[["metadata", "labels", DeploymentLabels.hash]] = nil
        return template
    }

    /// Lets go of what the selector no longer matches and takes in what nobody controls.
    private mutating func claimReplicaSets() {
        for replicaSet in view.owned(by: deployment.uid, .replicaSets)
        where replicaSet.controller?.uid == deployment.uid {
            if selector.matches(replicaSet.labels) {
                replicaSets.append(ReplicaSetDraft(replicaSet))
            } else {
                var released = replicaSet
                released.removeOwnerReferences { $0.uid == deployment.uid }
                plan.writes.append(.update(.replicaSets, released))
            }
        }
        for replicaSet in view.list(.replicaSets, namespace: deployment.namespace)
        where replicaSet.controller == nil && !replicaSet.isBeingDeleted && selector.matches(replicaSet.labels) {
            var draft = ReplicaSetDraft(replicaSet)
            draft.object.setOwnerReferences(replicaSet.ownerReferences + [deployment.controllerReference])
            replicaSets.append(draft)
        }
        replicaSets.sort {
            ($0.object.creationTimestamp?.microseconds ?? 0, $0.name)
                < ($1.object.creationTimestamp?.microseconds ?? 0, $1.name)
        }
    }

    func planned() -> Plan {
        var rollout = self
        rollout.advance()
        return rollout.finished()
    }

    private mutating func advance() {
        if isPaused || (isScaling && strategy.blueGreen == nil) {
            syncNewReplicaSet()
            if strategy.blueGreen == nil { scaleInProportion() } else { resizeLiveSide() }
            if isPaused { cleanUpHistory() }
            return
        }
        switch strategy {
        case .rollingUpdate: rollingUpdate()
        case .recreate: recreate()
        case .blueGreen(let parameters): blueGreen(parameters)
        }
        if isComplete { cleanUpHistory() }
    }

    /// Changed drafts become writes. The Deployment itself is written once a plan: its annotations first, its status
    /// when those stand, since each write needs the object's latest resourceVersion.
    private mutating func finished() -> Plan {
        if let creation { plan.writes.append(.create(.replicaSets, creation)) }
        for draft in replicaSets where draft.isChanged { plan.writes.append(.update(.replicaSets, draft.object)) }
        for draft in replicaSets where draft.isResized { noteScaling(draft) }
        var annotated = deployment
        if let revision = (creation ?? newReplicaSet?.object)?.annotations[DeploymentLabels.revision] {
            annotated.setAnnotation(DeploymentLabels.revision, revision)
        }
        if annotated != deployment {
            plan.writes.append(.update(.deployments, annotated))
        } else if creation == nil {
            writeStatus()
        }
        return plan
    }

    private mutating func noteScaling(_ draft: ReplicaSetDraft) {
        let direction = draft.replicas > draft.original.replicas ? "up" : "down"
        plan.notes.append(
            Note(
                about: deployment, reason: "ScalingReplicaSet",
                message:
                    "Scaled \(direction) replica set \(draft.name) from \(draft.original.replicas) to \(draft.replicas)"
            ))
    }

    mutating func resize(_ index: Int, to replicas: Int64) {
        replicaSets[index].replicas = max(0, replicas)
        setSizeAnnotations(&replicaSets[index].object)
    }

    func setSizeAnnotations(_ replicaSet: inout KubeObject) {
        replicaSet.setAnnotation(DeploymentLabels.desiredReplicas, String(replicas))
        replicaSet.setAnnotation(DeploymentLabels.maxReplicas, String(replicas + strategy.maxSurge))
    }
}
