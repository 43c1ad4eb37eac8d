import Glibc

/// Pods' groups in the separate hierarchies of cgroup version 1.
///
/// A pod's group has the same path in every hierarchy. What counts only (cpuacct, blkio) keeps, beside a container's
/// own group `<id>`, a group `acct-<id>` into which the accounting hook moved the container's first process: the
/// runtime removes `<id>` at exit, `acct-<id>` stays until the pod is removed.
struct PodCgroupsV1: PodCgroups {
    let hierarchies: [String: String]
    let prefix: String

    /// Where limits are set or counters read; the runtime makes the pod's group in the others.
    private static let needed = ["cpu", "cpuacct", "memory", "pids", "blkio"]

    func cgroupParent(pod uid: String) -> String { "\(prefix)/\(CgroupTree.podName(uid))" }

    private func path(_ controller: String, _ uid: String) -> String? {
        hierarchies[controller].map { "\($0)\(cgroupParent(pod: uid))" }
    }

    func prepare(pod uid: String, limits: PodLimits) throws {
        for controller in Self.needed {
            guard let path = path(controller, uid) else {
                throw NodeError(.unsupported, "the \(controller) controller is not mounted: enable it in the kernel")
            }
            if !Files.exists(path) { try Files.makeDirectory(path) }
        }
        try setCPU(uid, limits)
        try setMemory(uid, limits)
        if let path = path("pids", uid) {
            try Files.set(limits.processes.map(String.init) ?? "max", in: "\(path)/pids.max")
        }
        startCountingIO(uid)
    }

    private func setCPU(_ uid: String, _ limits: PodLimits) throws {
        guard let path = path("cpu", uid) else { return }
        if let shares = limits.cpuShares { try Files.set(String(shares), in: "\(path)/cpu.shares") }
        try Files.set(String(limits.cpuPeriodMicroseconds), in: "\(path)/cpu.cfs_period_us")
        try Files.set(limits.cpuQuotaMicroseconds.map(String.init) ?? "-1", in: "\(path)/cpu.cfs_quota_us")
    }

    private func setMemory(_ uid: String, _ limits: PodLimits) throws {
        guard let path = path("memory", uid) else { return }
        try Files.set(limits.memoryBytes.map(String.init) ?? "-1", in: "\(path)/memory.limit_in_bytes")
    }

    /// Recent kernels count a device's I/O only once any group has a limit for it: one that no device reaches.
    /// Where that fails (a device without limits, say), its I/O stays uncounted, which must not stop the pod.
    private func startCountingIO(_ uid: String) {
        guard let path = path("blkio", uid) else { return }
        for device in Files.list("/sys/block") {
            guard let number = try? Files.text("/sys/block/\(device)/dev") else { continue }
            let rule = "\(number.split(separator: "\n").first ?? "") 1000000000000000"
            try? Files.set(rule, in: "\(path)/blkio.throttle.read_bps_device")
        }
    }

    func sample(pod uid: String) throws -> CgroupSample? {
        guard let cpu = path("cpuacct", uid), Files.exists(cpu) else { return nil }
        var sample = CgroupSample()
        sample.cpuNanoseconds = try Files.number("\(cpu)/cpuacct.usage") ?? 0
        if let memory = path("memory", uid) {
            try readMemory(memory, into: &sample)
            // The kernel counts kills in the container's own group only.
            for name in Files.directories(memory) {
                sample.outOfMemoryKills += try outOfMemoryKills("\(memory)/\(name)")
            }
        }
        if let blkio = path("blkio", uid) {
            try readIO(blkio, into: &sample)
            for name in Files.directories(blkio) { try readIO("\(blkio)/\(name)", into: &sample) }
        }
        if let pids = path("pids", uid) { sample.processes = try Files.number("\(pids)/pids.current") ?? 0 }
        return sample
    }

    func sample(container id: String, pod uid: String) throws -> CgroupSample? {
        guard let cpu = path("cpuacct", uid), let blkio = path("blkio", uid), let memory = path("memory", uid)
        else { return nil }
        // What an exec started is in the container's own group, everything else in the accounting group.
        let groups = [id, "acct-\(id)"].filter { Files.exists("\(cpu)/\($0)") }
        guard !groups.isEmpty else { return nil }
        var sample = CgroupSample()
        for group in groups {
            sample.cpuNanoseconds += try Files.number("\(cpu)/\(group)/cpuacct.usage") ?? 0
            try readIO("\(blkio)/\(group)", into: &sample)
        }
        try readMemory("\(memory)/\(id)", into: &sample)
        if let pids = path("pids", uid) { sample.processes = try Files.number("\(pids)/\(id)/pids.current") ?? 0 }
        return sample
    }

    private func readMemory(_ path: String, into sample: inout CgroupSample) throws {
        sample.memoryUsageBytes = try Files.number("\(path)/memory.usage_in_bytes") ?? 0
        sample.memoryPeakBytes = try Files.number("\(path)/memory.max_usage_in_bytes") ?? 0
        let statistics = try Files.text("\(path)/memory.stat") ?? ""
        sample.memoryInactiveFileBytes = CgroupTree.value(of: "total_inactive_file", in: statistics) ?? 0
        sample.outOfMemoryKills = try outOfMemoryKills(path)
    }

    private func outOfMemoryKills(_ path: String) throws -> UInt64 {
        CgroupTree.value(of: "oom_kill", in: try Files.text("\(path)/memory.oom_control") ?? "") ?? 0
    }

    /// Adds the lines `major:minor Read bytes` of one group, without those in it.
    private func readIO(_ path: String, into sample: inout CgroupSample) throws {
        let text = try Files.text("\(path)/blkio.throttle.io_service_bytes") ?? ""
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count == 3, let bytes = UInt64(fields[2]) else { continue }
            if fields[1] == "Read" { sample.ioReadBytes += bytes }
            if fields[1] == "Write" { sample.ioWriteBytes += bytes }
        }
    }

    func pods() throws -> [String] {
        CgroupTree.pods(in: hierarchies.values.map { "\($0)\(prefix)" })
    }

    func remove(pod uid: String) async throws {
        try await CgroupTree.remove(hierarchies.values.map { "\($0)\(cgroupParent(pod: uid))" })
    }

    func removeAll() async throws {
        try await CgroupTree.remove(hierarchies.values.map { "\($0)\(prefix)" })
    }
}
