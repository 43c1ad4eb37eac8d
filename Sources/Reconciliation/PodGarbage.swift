import Domain
import KubeModel

/// Removes pods whose node is gone, and the oldest ended pods once there are too many.
public struct PodGarbage: Reconciler {
    /// The key under which ended pods are counted.
    private static let endedKey = ObjectKey(.pods, name: "ended")
    /// One in so many endings is followed by a count, which walks over all pods.
    private static let sampling: UInt32 = 64

    public let name = "podgarbage"
    /// Ended pods beyond this many are deleted, oldest first.
    public let threshold: Int
    public init(threshold: Int = 12_500) { self.threshold = threshold }

    public func keys(old: KubeObject?, new: KubeObject?, resource: GroupResource, in view: any ClusterView)
        -> [ObjectKey]
    {
        switch resource {
        case .nodes:
            guard let old, new?.uid != old.uid else { return [] }
            return [old.key(.nodes)]
        case .pods:
            guard let pod = new else { return [] }
            if pod.hasEnded, old?.hasEnded != true, FNV1a.hash32(pod.uid.utf8) % Self.sampling == 0 {
                return [Self.endedKey]
            }
            let isNew = !pod.nodeName.isEmpty && pod.nodeName != (old?.nodeName ?? "")
            return isNew ? [ObjectKey(.nodes, name: pod.nodeName)] : []
        default: return []
        }
    }

    public func plan(_ view: any ClusterView, key: ObjectKey, now: Timestamp) -> Plan {
        if key == Self.endedKey { return trim(view) }
        guard view.object(key) == nil else { return Plan() }
        return Plan(
            view.pods(onNode: key.name).map { .delete($0.key(.pods), uid: $0.uid, graceSeconds: 0) })
    }

    private func trim(_ view: any ClusterView) -> Plan {
        let ended = view.list(.pods, namespace: nil).filter { $0.hasEnded && !$0.isBeingDeleted }
        guard ended.count > threshold else { return Plan() }
        let oldest = ended.sorted {
            ($0.creationTimestamp?.microseconds ?? 0, $0.namespace, $0.name)
                < ($1.creationTimestamp?.microseconds ?? 0, $1.namespace, $1.name)
        }
        return Plan(
            oldest.prefix(min(ended.count - threshold, ReplicaSetReconciler.burst))
                .map { .delete($0.key(.pods), uid: $0.uid, graceSeconds: 0) })
    }
}
