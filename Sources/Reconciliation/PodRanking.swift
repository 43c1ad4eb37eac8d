import KubeModel

/// Which pods of a set are the cheapest to lose. Source of the order: Kubernetes' page on ReplicaSet, "Scaling a
/// ReplicaSet", and KEP-2255 (pod deletion cost).
enum PodRanking {
    private struct Rank {
        let pod: KubeObject
        /// Smaller goes first; compared member by member.
        let order: [Int64]
    }

    static func victims(among pods: [KubeObject], count: Int) -> [KubeObject] {
        guard count < pods.count else { return pods }
        var neighbours: [String: Int64] = [:]
        for pod in pods where !pod.nodeName.isEmpty { neighbours[pod.nodeName, default: 0] += 1 }
        let ranks = pods.map { Rank(pod: $0, order: order($0, neighbours: neighbours[$0.nodeName] ?? 0)) }
        return ranks.sorted { left, right in
            for (a, b) in zip(left.order, right.order) where a != b { return a < b }
            return left.pod.name < right.pod.name
        }.prefix(count).map(\.pod)
    }

    /// Unassigned before assigned, pending before unknown before running, not ready before ready, low deletion cost
    /// before high, crowded nodes first, shortly ready before long ready, much restarted first, young before old.
    private static func order(_ pod: KubeObject, neighbours: Int64) -> [Int64] {
        let phase = pod.status.string("phase")
        let restarts = pod.status.array("containerStatuses").map { $0.int("restartCount") ?? 0 }.max() ?? 0
        return [
            pod.nodeName.isEmpty ? 0 : 1,
            phase == "Running" ? 2 : phase == "Unknown" ? 1 : 0,
            pod.isReadyPod ? 1 : 0,
            pod.annotations["controller.kubernetes.io/pod-deletion-cost"].flatMap { Int64($0) } ?? 0,
            -neighbours,
            -(pod.readySince?.microseconds ?? 0),
            -restarts,
            -(pod.creationTimestamp?.microseconds ?? 0),
        ]
    }
}
