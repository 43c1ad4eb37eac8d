import Domain
import KubeModel

/// Empties a namespace that is being deleted, then lets it go.
public struct NamespaceReconciler: Reconciler {
    public static let finalizer = "kubernetes"
    /// The most deletions of one plan.
    public static let burst = 500
    /// What lives in namespaces and is served today, owners before what they own, so that nothing is made anew. Custom
    /// resources come before all of them.
    public static let contents: [GroupResource] = [
        .horizontalPodAutoscalers, .deployments, .replicaSets, .services, .endpointSlices, .pods, .configMaps, .secrets,
        .serviceAccounts, .leases,
        .events,
    ]

    public let name = "namespace"
    private let resources: [GroupResource]

    /// `resources` are all namespaced resources that are served; owners first.
    public init(resources: [GroupResource] = Self.contents) { self.resources = resources }

    public func keys(old: KubeObject?, new: KubeObject?, resource: GroupResource, in view: any ClusterView)
        -> [ObjectKey]
    {
        if resource == .namespaces { return new.map { [$0.key(.namespaces)] } ?? [] }
        guard let object = new ?? old, new == nil || old == nil, !object.namespace.isEmpty,
            view.isTerminating(namespace: object.namespace)
        else { return [] }
        return [ObjectKey(.namespaces, name: object.namespace)]
    }

    public func plan(_ view: any ClusterView, key: ObjectKey, now: Timestamp) -> Plan {
        guard let namespace = view.object(key), namespace.isBeingDeleted else { return Plan() }
        var plan = Plan()
        var counts: [(resource: GroupResource, count: Int)] = []
        var finalizers: [String: Int] = [:]
        for resource in view.resources.filter({ !resources.contains($0) }) + resources {
            let objects = view.list(resource, namespace: namespace.name)
            if !objects.isEmpty { counts.append((resource, objects.count)) }
            for object in objects {
                for finalizer in object.finalizers { finalizers[finalizer, default: 0] += 1 }
                guard !object.isBeingDeleted, plan.writes.count < Self.burst else { continue }
                plan.writes.append(.delete(object.key(resource), uid: object.uid, graceSeconds: nil))
            }
        }
        if counts.isEmpty {
            return Plan([.removeFinalizer(key, uid: namespace.uid, finalizer: Self.finalizer)])
        }
        let status = Self.status(of: namespace, counts: counts, finalizers: finalizers, now: now)
        if status != namespace.status {
            var changed = namespace
            changed.json["status"] = status
            plan.writes.append(.updateStatus(.namespaces, changed))
        }
        return plan
    }

    private static func status(
        of namespace: KubeObject, counts: [(resource: GroupResource, count: Int)], finalizers: [String: Int],
        now: Timestamp
    ) -> JSON {
        var status = namespace.status
        status["phase"] = "Terminating"
        // Resources without counts: a count in the message would change, and be recorded, with every object that goes.
        let remaining = counts.map(\.resource.description).joined(separator: ", ")
        status.setCondition(
            "NamespaceContentRemaining", "True", reason: "SomeResourcesRemain", message: "Still there: \(remaining)",
            now: now)
        let names = finalizers.keys.sorted().joined(separator: ", ")
        status.setCondition(
            "NamespaceFinalizersRemaining", finalizers.isEmpty ? "False" : "True",
            reason: finalizers.isEmpty ? "ContentHasNoFinalizers" : "SomeFinalizersRemain",
            message: finalizers.isEmpty ? "No finalizer holds the content." : "Waiting for finalizers: \(names)",
            now: now)
        return status
    }
}
