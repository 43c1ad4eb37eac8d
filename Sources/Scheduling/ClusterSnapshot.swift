import KubeModel

/// What the scheduler knows of the cluster: nodes and what is bound to them. A value; changing one pod costs the same
/// in a cluster of any size.
public struct ClusterSnapshot: Sendable {
    /// In order of first mention. A node that is gone keeps its slot, so that indices stay valid.
    public private(set) var nodes: [NodeState] = []
    private var slots: [String: Int] = [:]
    private var bound: [String: (slot: Int, demand: PodDemand)] = [:]
    /// How many pods of one owner each node (by slot) holds.
    private var ownerCounts: [String: [Int: Int]] = [:]

    public init() {}

    public init(nodes: [KubeObject], pods: [KubeObject]) {
        for node in nodes { set(node: node) }
        for pod in pods { set(pod: pod) }
    }

    public subscript(name: String) -> NodeState? {
        guard let slot = slots[name], nodes[slot].isPresent else { return nil }
        return nodes[slot]
    }

    public var nodeCount: Int { nodes.count { $0.isPresent } }

    func ownerCounts(of owner: String) -> [Int: Int] { owner.isEmpty ? [:] : ownerCounts[owner] ?? [:] }

    private mutating func slot(of name: String) -> Int {
        if let slot = slots[name] { return slot }
        slots[name] = nodes.count
        nodes.append(NodeState(name: name))
        return nodes.count - 1
    }

    public mutating func set(node: KubeObject) {
        nodes[slot(of: node.name)].read(node)
    }

    public mutating func remove(node name: String) {
        if let slot = slots[name] { nodes[slot].isPresent = false }
    }

    /// Counts a pod where it is bound, or forgets it if it is unbound or has ended.
    public mutating func set(pod: KubeObject) {
        let node = pod.spec.string("nodeName") ?? ""
        let phase = pod.status.string("phase")
        guard !node.isEmpty, phase != "Succeeded", phase != "Failed" else { return unbind(uid: pod.uid) }
        if let existing = bound[pod.uid], nodes[existing.slot].name == node { return }
        bind(PodDemand(pod), to: node)
    }

    public mutating func bind(_ pod: PodDemand, to node: String) {
        unbind(uid: pod.uid)
        let slot = slot(of: node)
        nodes[slot].add(pod)
        bound[pod.uid] = (slot, pod)
        if !pod.owner.isEmpty { ownerCounts[pod.owner, default: [:]][slot, default: 0] += 1 }
    }

    public mutating func unbind(uid: String) {
        guard let (slot, pod) = bound.removeValue(forKey: uid) else { return }
        nodes[slot].remove(pod)
        guard !pod.owner.isEmpty else { return }
        let left = (ownerCounts[pod.owner]?[slot] ?? 0) - 1
        ownerCounts[pod.owner]?[slot] = left > 0 ? left : nil
        if ownerCounts[pod.owner]?.isEmpty == true { ownerCounts[pod.owner] = nil }
    }

    /// Follows one change of the cluster's state; changes of other resources than nodes and pods do nothing.
    /// A pod's requests do not change while it is bound, so its updates cost a look-up.
    public mutating func apply(old: KubeObject?, new: KubeObject?, resource: GroupResource) {
        switch (resource, new) {
        case (.nodes, let node?): set(node: node)
        case (.nodes, nil): if let old { remove(node: old.name) }
        case (.pods, let pod?):
            if let old, old.uid != pod.uid { unbind(uid: old.uid) }
            set(pod: pod)
        case (.pods, nil): if let old { unbind(uid: old.uid) }
        default: break
        }
    }
}
