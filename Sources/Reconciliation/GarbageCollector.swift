import Domain
import KubeModel

/// Deletes what lost all its owners, and carries out foreground deletion and orphaning.
/// Source of the rules: Kubernetes' page "Garbage Collection", sections on cascading deletion.
public struct GarbageCollector: Reconciler {
    public static let foreground = "foregroundDeletion"
    public static let orphan = "orphan"

    public let name = "garbagecollector"
    public init() {}

    public func keys(old: KubeObject?, new: KubeObject?, resource: GroupResource, in view: any ClusterView)
        -> [ObjectKey]
    {
        var keys: Set<ObjectKey> = []
        if let new {
            let isDependent = new.json["metadata"]?["ownerReferences"] != old?.json["metadata"]?["ownerReferences"]
            if isDependent || Self.isWaiting(new) { keys.insert(new.key(resource)) }
        }
        // Dependents learn that their owner is gone (or another one has its name), owners that a dependent is.
        if let old, new?.uid != old.uid { keys.formUnion(view.dependents(of: old.uid)) }
        if let old, new == nil || new?.json["metadata"]?["ownerReferences"] != old.json["metadata"]?["ownerReferences"]
        {
            for owner in old.ownerReferences {
                guard let key = view.key(of: owner, namespace: old.namespace), let object = view.object(key),
                    object.uid == owner.uid, Self.isWaiting(object)
                else { continue }
                keys.insert(key)
            }
        }
        return keys.sorted()
    }

    private static func isWaiting(_ object: KubeObject) -> Bool {
        object.isBeingDeleted && object.finalizers.contains { $0 == foreground || $0 == orphan }
    }

    public func plan(_ view: any ClusterView, key: ObjectKey, now: Timestamp) -> Plan {
        guard let object = view.object(key) else { return Plan() }
        if object.isBeingDeleted {
            if object.finalizers.contains(Self.orphan) { return orphanDependents(of: object, key, in: view) }
            if object.finalizers.contains(Self.foreground) { return deleteDependents(of: object, key, in: view) }
            return Plan()
        }
        return collect(object, key, in: view)
    }

    private func orphanDependents(of owner: KubeObject, _ key: ObjectKey, in view: any ClusterView) -> Plan {
        var plan = Plan()
        for (dependentKey, dependent) in dependents(of: owner, in: view) {
            var freed = dependent
            freed.removeOwnerReferences { $0.uid == owner.uid }
            plan.writes.append(.update(dependentKey.resource, freed))
        }
        if plan.writes.isEmpty { plan.writes = [.removeFinalizer(key, uid: owner.uid, finalizer: Self.orphan)] }
        return plan
    }

    private func deleteDependents(of owner: KubeObject, _ key: ObjectKey, in view: any ClusterView) -> Plan {
        var plan = Plan()
        var isBlocked = false
        for (dependentKey, dependent) in dependents(of: owner, in: view) {
            let references = dependent.ownerReferences
            guard !references.contains(where: { $0.uid != owner.uid && isPresent($0, for: dependent, in: view) }) else {
                continue
            }
            if references.contains(where: { $0.uid == owner.uid && $0.blocksOwnerDeletion }) { isBlocked = true }
            if !dependent.isBeingDeleted {
                plan.writes.append(.delete(dependentKey, uid: dependent.uid, graceSeconds: nil))
            }
        }
        if !isBlocked { plan.writes.append(.removeFinalizer(key, uid: owner.uid, finalizer: Self.foreground)) }
        return plan
    }

    private func dependents(of owner: KubeObject, in view: any ClusterView) -> [(ObjectKey, KubeObject)] {
        view.dependents(of: owner.uid).compactMap { key in view.object(key).map { (key, $0) } }
    }

    /// Whether an owner exists and stays. An owner of a kind unknown here is taken to.
    private func isPresent(_ owner: OwnerReference, for dependent: KubeObject, in view: any ClusterView) -> Bool {
        guard let key = view.key(of: owner, namespace: dependent.namespace) else { return true }
        return view.object(key)?.uid == owner.uid
    }

    private func collect(_ object: KubeObject, _ key: ObjectKey, in view: any ClusterView) -> Plan {
        let owners = object.ownerReferences
        guard !owners.isEmpty else { return Plan() }
        let absent = Set(owners.filter { !isPresent($0, for: object, in: view) }.map(\.uid))
        if absent.isEmpty { return Plan() }
        if owners.allSatisfy({ absent.contains($0.uid) }) {
            return Plan([.delete(key, uid: object.uid, graceSeconds: nil)])
        }
        var kept = object
        kept.removeOwnerReferences { absent.contains($0.uid) }
        return Plan([.update(key.resource, kept)])
    }
}
