import KubeModel

extension Rollout {
    /// True if `spec.replicas` changed since the running ReplicaSets were last sized.
    var isScaling: Bool {
        replicaSets.contains {
            guard $0.original.replicas > 0, let text = $0.original.annotations[DeploymentLabels.desiredReplicas],
                let desired = Int64(text)
            else { return false }
            return desired != replicas
        }
    }

    /// Shares a change of `spec.replicas` among the ReplicaSets of an unfinished rollout in proportion to their sizes,
    /// so that the share of old and new stays. Source: Kubernetes' page on Deployments, "Proportional scaling".
    mutating func scaleInProportion() {
        let running = replicaSets.indices.filter { replicaSets[$0].replicas > 0 }
        if running.count <= 1 {
            guard let index = running.first ?? newIndex ?? replicaSets.indices.last else { return }
            resizeIfNeeded(index, to: replicas)
            return
        }
        if let newIndex, isSaturated(replicaSets[newIndex]) {
            for index in running where index != newIndex { resize(index, to: 0) }
            return
        }
        guard isScaling, strategy.isRollingUpdate else { return }
        let total = running.reduce(0) { $0 + replicaSets[$1].replicas }
        let difference = (replicas > 0 ? replicas + strategy.maxSurge : 0) - total
        var left = difference
        var sizes: [(index: Int, size: Int64)] = []
        for index in largestFirst(running, newestFirst: difference > 0) {
            let share = difference == 0 ? 0 : proportion(of: replicaSets[index])
            let step = difference > 0 ? max(0, min(share, left)) : min(0, max(share, left))
            sizes.append((index, replicaSets[index].replicas + step))
            left -= step
        }
        for (ordinal, (index, size)) in sizes.enumerated() {
            resizeIfNeeded(index, to: ordinal == 0 ? max(0, size + left) : size)
        }
    }

    func isSaturated(_ draft: ReplicaSetDraft) -> Bool {
        draft.replicas == replicas && draft.available == replicas
            && draft.original.annotations[DeploymentLabels.desiredReplicas] == String(replicas)
    }

    mutating func resizeIfNeeded(_ index: Int, to size: Int64) {
        let annotations = replicaSets[index].object.annotations
        if size != replicaSets[index].replicas || annotations[DeploymentLabels.desiredReplicas] != String(replicas) {
            resize(index, to: size)
        }
    }

    private func largestFirst(_ indices: [Int], newestFirst: Bool) -> [Int] {
        indices.sorted { left, right in
            if replicaSets[left].replicas != replicaSets[right].replicas {
                return replicaSets[left].replicas > replicaSets[right].replicas
            }
            return newestFirst ? left > right : left < right
        }
    }

    /// The change of one ReplicaSet that keeps its share, rounded to the nearest pod.
    private func proportion(of draft: ReplicaSetDraft) -> Int64 {
        guard replicas > 0 else { return -draft.replicas }
        let before =
            draft.original.annotations[DeploymentLabels.maxReplicas].flatMap { Int64($0) }
            ?? deployment.status.int("replicas") ?? draft.replicas
        guard before > 0 else { return 0 }
        let share = Double(draft.replicas) * Double(replicas + strategy.maxSurge) / Double(before)
        return Int64(share.rounded()) - draft.replicas
    }
}
