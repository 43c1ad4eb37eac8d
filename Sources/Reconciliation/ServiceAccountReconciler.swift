import Domain
import KubeModel

/// Gives every namespace its `default` ServiceAccount.
public struct ServiceAccountReconciler: Reconciler {
    public let name = "serviceaccount"
    public init() {}

    public func keys(old: KubeObject?, new: KubeObject?, resource: GroupResource, in view: any ClusterView)
        -> [ObjectKey]
    {
        switch resource {
        case .namespaces: return new.map { [$0.key(.namespaces)] } ?? []
        case .serviceAccounts:
            guard new == nil, let old, old.name == "default" else { return [] }
            return [ObjectKey(.namespaces, name: old.namespace)]
        default: return []
        }
    }

    public func plan(_ view: any ClusterView, key: ObjectKey, now: Timestamp) -> Plan {
        guard let namespace = view.object(key), !namespace.isBeingDeleted,
            view.object(ObjectKey(.serviceAccounts, namespace: key.name, name: "default")) == nil
        else { return Plan() }
        return Plan([
            .create(
                .serviceAccounts,
                KubeObject([
                    "apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": ["name": "default", "namespace": .string(key.name)],
                ]))
        ])
    }
}
