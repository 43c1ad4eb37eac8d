import KubeModel

/// A ReplicaSet with the changes that a plan makes to it; all of them become one write.
struct ReplicaSetDraft {
    let original: KubeObject
    var object: KubeObject

    init(_ object: KubeObject) { (original, self.object) = (object, object) }

    var name: String { object.name }
    var hash: String { object.labels[DeploymentLabels.hash] ?? "" }
    var isChanged: Bool { object != original }
    var revision: Int64 { object.annotations[DeploymentLabels.revision].flatMap { Int64($0) } ?? 0 }

    /// Desired pods, with this plan's change.
    var replicas: Int64 {
        get { object.replicas }
        set { object.json[["spec", "replicas"]] = .int(newValue) }
    }

    var isResized: Bool { replicas != original.replicas }
    /// Observed pods.
    var observedReplicas: Int64 { original.status.int("replicas") ?? 0 }
    /// Pods that can be counted on: where fewer are desired than are available, the surplus is about to go.
    var available: Int64 { min(original.status.int("availableReplicas") ?? 0, original.replicas) }
    var isObserved: Bool { original.status.int("observedGeneration") ?? 0 >= original.generation }

    func count(_ member: String) -> Int64 { original.status.int(member) ?? 0 }
}

/// Labels and annotations that Deployments and their ReplicaSets carry.
enum DeploymentLabels {
    static let hash = "pod-template-hash"
    static let revision = "deployment.kubernetes.io/revision"
    static let revisionHistory = "deployment.kubernetes.io/revision-history"
    static let desiredReplicas = "deployment.kubernetes.io/desired-replicas"
    static let maxReplicas = "deployment.kubernetes.io/max-replicas"
    static let promote = "purser.dev/promote"
    static let abort = "purser.dev/abort"
    static let drainSeconds = "purser.dev/drain-seconds"

    /// Annotations of a Deployment that its ReplicaSets do not inherit.
    static let own: Set<String> = [
        "kubectl.kubernetes.io/last-applied-configuration", revision, revisionHistory, desiredReplicas, maxReplicas,
        "deprecated.deployment.rollback.to", promote, abort,
    ]
}
