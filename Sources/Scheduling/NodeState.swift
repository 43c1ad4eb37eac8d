import KubeModel

/// A node as the scheduler counts it.
public struct NodeState: Sendable {
    public let name: String
    /// False for a node that is gone, or that pods name before it has registered.
    public internal(set) var isPresent = false
    public internal(set) var allocatable = ResourceAmounts()
    /// What the pods bound to it ask for, together.
    public internal(set) var requested = ResourceAmounts()
    var scored: (milliCPU: Int64, memory: Int64) = (0, 0)
    public internal(set) var labels: [String: String] = [:]
    public internal(set) var taints: [Taint] = []
    public internal(set) var isReady = false
    public internal(set) var isUnschedulable = false
    var hostPorts: [HostPort] = []

    init(name: String) { self.name = name }

    /// What is left. Negative where more is bound than the node offers.
    public var free: ResourceAmounts { allocatable - requested }

    mutating func read(_ node: KubeObject) {
        isPresent = true
        let status = node.status
        allocatable = ResourceAmounts(
            quantities: status["allocatable"]?.objectValue ?? status.object("capacity"))
        labels = node.labels
        taints = node.spec.array("taints").compactMap(Taint.init(json:))
        isReady = node.condition("Ready")?.string("status") == "True"
        isUnschedulable = node.spec.bool("unschedulable") ?? false
    }

    mutating func add(_ pod: PodDemand) {
        requested += pod.requests
        scored.milliCPU += pod.scored.milliCPU
        scored.memory += pod.scored.memory
        hostPorts.append(contentsOf: pod.hostPorts)
    }

    mutating func remove(_ pod: PodDemand) {
        requested -= pod.requests
        scored.milliCPU -= pod.scored.milliCPU
        scored.memory -= pod.scored.memory
        for port in pod.hostPorts {
            if let index = hostPorts.firstIndex(of: port) { hostPorts.remove(at: index) }
        }
    }
}
