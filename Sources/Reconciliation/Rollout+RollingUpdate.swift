import KubeModel

extension Rollout {
    /// Grows the new ReplicaSet while that stays within `maxSurge`; otherwise shrinks the old ones as far as
    /// `maxUnavailable` lets them.
    mutating func rollingUpdate() {
        guard ensureNewReplicaSet(replicas: initialSize), let newIndex else { return }
        let wanted = newSize(current: replicaSets[newIndex].replicas)
        if wanted != replicaSets[newIndex].replicas { return resize(newIndex, to: wanted) }
        shrinkOld()
    }

    /// Old pods are gone before a new one starts.
    mutating func recreate() {
        if newIndex != nil { syncNewReplicaSet() }
        let running = oldIndices.filter { replicaSets[$0].replicas > 0 }
        for index in running { resize(index, to: 0) }
        guard running.isEmpty else { return }
        let isOldRunning = oldIndices.contains { index in
            view.owned(by: replicaSets[index].original.uid, .pods).contains { !$0.hasEnded }
        }
        guard !isOldRunning, ensureNewReplicaSet(replicas: replicas), let newIndex else { return }
        if replicaSets[newIndex].replicas != replicas { resize(newIndex, to: replicas) }
    }

    private var total: Int64 { replicaSets.reduce(0) { $0 + $1.replicas } }
    private var initialSize: Int64 { newSize(current: 0) }

    private func newSize(current: Int64) -> Int64 {
        if current >= replicas { return replicas }
        // Old pods that a smaller size has not removed yet still take their room.
        let present = replicaSets.reduce(0) { $0 + max($1.replicas, $1.observedReplicas) }
        let room = replicas + strategy.maxSurge - present
        return room > 0 ? current + min(room, replicas - current) : current
    }

    private mutating func shrinkOld() {
        guard let newIndex, oldIndices.contains(where: { replicaSets[$0].replicas > 0 }) else { return }
        let least = replicas - strategy.maxUnavailable
        let unavailableNew = max(0, replicaSets[newIndex].replicas - replicaSets[newIndex].available)
        var removable = total - least - unavailableNew
        guard removable > 0 else { return }
        // Pods that serve nobody go first.
        for index in oldIndices {
            let unhealthy = max(0, replicaSets[index].replicas - replicaSets[index].available)
            let step = min(removable, unhealthy)
            guard step > 0 else { continue }
            resize(index, to: replicaSets[index].replicas - step)
            removable -= step
        }
        var spare = replicaSets.reduce(0) { $0 + min($1.available, $1.replicas) } - least
        for index in oldIndices where spare > 0 {
            let step = min(spare, replicaSets[index].replicas)
            guard step > 0 else { continue }
            resize(index, to: replicaSets[index].replicas - step)
            spare -= step
        }
    }
}
