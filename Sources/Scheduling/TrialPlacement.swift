import KubeModel

/// Whether pods would find room, without binding any.
public struct Fit: Sendable, Hashable {
    public var pods: Int
    /// How many of them found a node.
    public var placed: Int
    /// What all of them ask for together beyond what is free on the nodes that admit them. All zero although
    /// pods found no node: the room is there in sum, but not on any one node.
    public var shortfall: ResourceAmounts
    /// What the scheduler says of the first pod that found no node; empty if all did.
    public var firstRefusal: String

    public var fits: Bool { placed == pods }

    /// One sentence for people: what is missing, to the millicore and byte.
    public var message: String {
        if fits { return "room for \(pods) pod\(pods == 1 ? "" : "s")" }
        let missing =
            shortfall.isZero ? "no single node has room for one more of them" : "short of \(shortfall.words)"
        return "\(pods - placed) of \(pods) pods find no node: \(missing) (\(firstRefusal))"
    }
}

public enum TrialPlacement {
    /// Places the pods one after another in a copy of the snapshot. `waiting` are pods that already wait for a node;
    /// they take their room first.
    public static func fits(
        pods: [KubeObject], in snapshot: ClusterSnapshot, after waiting: [KubeObject] = []
    ) -> Fit {
        var trial = snapshot
        let scheduler = Scheduler()
        for (ordinal, pod) in waiting.enumerated() {
            place(pod, as: "waiting/\(ordinal)", in: &trial, by: scheduler)
        }
        var fit = Fit(pods: pods.count, placed: 0, shortfall: ResourceAmounts(), firstRefusal: "")
        let before = trial
        for (ordinal, pod) in pods.enumerated() {
            if let refusal = place(pod, as: "trial/\(ordinal)", in: &trial, by: scheduler) {
                if fit.firstRefusal.isEmpty { fit.firstRefusal = refusal }
            } else {
                fit.placed += 1
            }
        }
        if !fit.fits { fit.shortfall = shortfall(of: pods.map(PodDemand.init), in: before) }
        return fit
    }

    /// Returns why the pod found no node, or nil.
    @discardableResult
    private static func place(
        _ pod: KubeObject, as uid: String, in trial: inout ClusterSnapshot, by scheduler: Scheduler
    ) -> String? {
        var pod = pod
        pod.json[["metadata", "uid"]] = .string(uid)
        let demand = PodDemand(pod)
        switch scheduler.place(demand, in: trial) {
        case .node(let name, _):
            trial.bind(demand, to: name)
            return nil
        case .unschedulable(let message, _): return message
        }
    }

    private static func shortfall(of pods: [PodDemand], in snapshot: ClusterSnapshot) -> ResourceAmounts {
        var wanted = ResourceAmounts()
        for pod in pods { wanted += pod.requests }
        var free = ResourceAmounts()
        for node in snapshot.nodes where node.isPresent {
            let admits = pods.contains { node.refusal(of: $0).subtracting(.resources).isEmpty }
            if admits { free += node.free.atLeastZero }
        }
        return (wanted - free).atLeastZero
    }
}

extension ResourceAmounts {
    public var atLeastZero: ResourceAmounts {
        ResourceAmounts(
            milliCPU: max(0, milliCPU), memory: max(0, memory), ephemeralStorage: max(0, ephemeralStorage),
            pods: max(0, pods), extended: extended.filter { $0.value > 0 })
    }

    public var isZero: Bool { self == ResourceAmounts() }

    /// What is not zero, to the millicore and byte: `cpu 500m, memory 1024 bytes`.
    public var words: String {
        var parts: [String] = []
        if milliCPU > 0 { parts.append("cpu \(milliCPU)m") }
        if memory > 0 { parts.append("memory \(memory) bytes") }
        if ephemeralStorage > 0 { parts.append("ephemeral-storage \(ephemeralStorage) bytes") }
        if pods > 0 { parts.append("pods \(pods)") }
        for (name, amount) in extended.sorted(by: { $0.key < $1.key }) { parts.append("\(name) \(amount)") }
        return parts.joined(separator: ", ")
    }
}
