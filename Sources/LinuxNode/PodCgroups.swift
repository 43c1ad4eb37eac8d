/// The limits of a whole pod. Nil is no limit.
public struct PodLimits: Sendable, Hashable {
    /// The relative weight, 2 to 262144; 1024 is one core.
    public var cpuShares: UInt64?
    /// Microseconds of CPU time in each `cpuPeriodMicroseconds`.
    public var cpuQuotaMicroseconds: UInt64?
    public var cpuPeriodMicroseconds: UInt64
    public var memoryBytes: UInt64?
    public var processes: UInt64?

    public init(
        cpuShares: UInt64? = nil, cpuQuotaMicroseconds: UInt64? = nil, cpuPeriodMicroseconds: UInt64 = 100_000,
        memoryBytes: UInt64? = nil, processes: UInt64? = nil
    ) {
        self.cpuShares = cpuShares
        self.cpuQuotaMicroseconds = cpuQuotaMicroseconds
        self.cpuPeriodMicroseconds = cpuPeriodMicroseconds
        self.memoryBytes = memoryBytes
        self.processes = processes
    }
}

/// The control groups of a node's pods: limits, counters, removal.
///
/// The groups of a pod outlive its containers, so that counters can be read to the end; the agent removes them
/// once the final reading is durable. Every call throws ``NodeError``.
public protocol PodCgroups: Sendable {
    /// The parent to give to the container runtime, for instance `/purser-n1/pod<uid>`.
    func cgroupParent(pod uid: String) -> String
    /// Makes the pod's groups, or sets the limits of those that exist.
    func prepare(pod uid: String, limits: PodLimits) throws
    /// Counters of the whole pod, nil where it has no group.
    func sample(pod uid: String) throws -> CgroupSample?
    /// Counters of one container, still exact in CPU and I/O after it has exited where the accounting hook ran.
    func sample(container id: String, pod uid: String) throws -> CgroupSample?
    /// The uids of all pods that have groups, for finding orphans after a restart.
    func pods() throws -> [String]
    /// Kills what still runs in the pod's groups and removes them. Removing what is gone is allowed.
    func remove(pod uid: String) async throws
    /// The same for all pods and the node's own group above them: when a node is taken down.
    func removeAll() async throws
}
