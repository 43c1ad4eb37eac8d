/// One reading of a control group's counters, summed over everything that ever ran in it.
public struct CgroupSample: Sendable, Hashable {
    /// CPU time since the group was made.
    public var cpuNanoseconds: UInt64
    /// Memory charged to the group now, page cache included.
    public var memoryUsageBytes: UInt64
    /// Page cache that the kernel can take back at once.
    public var memoryInactiveFileBytes: UInt64
    /// The most that `memoryUsageBytes` ever was; 0 where the kernel does not tell (cgroup v2 before Linux 5.19).
    public var memoryPeakBytes: UInt64
    public var outOfMemoryKills: UInt64
    public var ioReadBytes: UInt64
    /// Bytes that its processes wrote to block devices. With cgroup v1 the kernel counts what its own flusher threads
    /// write back later, out of the page cache, for nobody: buffered writes without an fsync may be missing.
    public var ioWriteBytes: UInt64
    /// Processes and threads now.
    public var processes: UInt64

    public init(
        cpuNanoseconds: UInt64 = 0, memoryUsageBytes: UInt64 = 0, memoryInactiveFileBytes: UInt64 = 0,
        memoryPeakBytes: UInt64 = 0, outOfMemoryKills: UInt64 = 0, ioReadBytes: UInt64 = 0,
        ioWriteBytes: UInt64 = 0, processes: UInt64 = 0
    ) {
        self.cpuNanoseconds = cpuNanoseconds
        self.memoryUsageBytes = memoryUsageBytes
        self.memoryInactiveFileBytes = memoryInactiveFileBytes
        self.memoryPeakBytes = memoryPeakBytes
        self.outOfMemoryKills = outOfMemoryKills
        self.ioReadBytes = ioReadBytes
        self.ioWriteBytes = ioWriteBytes
        self.processes = processes
    }

    /// What cannot be taken back without swapping: usage without inactive page cache, as Kubernetes counts it.
    public var memoryWorkingSetBytes: UInt64 {
        memoryUsageBytes > memoryInactiveFileBytes ? memoryUsageBytes - memoryInactiveFileBytes : 0
    }
}
