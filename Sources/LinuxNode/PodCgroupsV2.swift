import Glibc

/// Pods' groups in the one tree of cgroup version 2.
///
/// A group's counters include those of groups in it that are gone, so a pod's are exact to the end. A container's
/// own are lost at its exit, as the runtime removes its group then; no accounting group can stand beside it, because
/// here a process cannot be counted in one place and limited in another.
struct PodCgroupsV2: PodCgroups {
    let root: String
    let prefix: String

    private static let needed = ["cpu", "memory", "io", "pids"]

    func cgroupParent(pod uid: String) -> String { "\(prefix)/\(CgroupTree.podName(uid))" }

    private func path(_ uid: String) -> String { "\(root)\(cgroupParent(pod: uid))" }

    func prepare(pod uid: String, limits: PodLimits) throws {
        var directory = root
        for part in cgroupParent(pod: uid).split(separator: "/") {
            try enableControllers(directory)
            directory += "/\(part)"
            if !Files.exists(directory) { try Files.makeDirectory(directory) }
        }
        try enableControllers(directory)
        if let shares = limits.cpuShares { try Files.set(String(Self.weight(shares)), in: "\(directory)/cpu.weight") }
        let quota = limits.cpuQuotaMicroseconds.map(String.init) ?? "max"
        try Files.set("\(quota) \(limits.cpuPeriodMicroseconds)", in: "\(directory)/cpu.max")
        try Files.set(limits.memoryBytes.map(String.init) ?? "max", in: "\(directory)/memory.max")
        try Files.set(limits.processes.map(String.init) ?? "max", in: "\(directory)/pids.max")
    }

    /// Hands the controllers that are missing in the groups below on to them.
    private func enableControllers(_ directory: String) throws {
        let file = "\(directory)/cgroup.subtree_control"
        let enabled = Set((try Files.text(file) ?? "").split(whereSeparator: \.isWhitespace).map(String.init))
        let missing = Self.needed.filter { !enabled.contains($0) }
        guard !missing.isEmpty else { return }
        try Files.set(missing.map { "+\($0)" }.joined(separator: " "), in: file)
    }

    /// Shares of version 1 (2 to 262144) as a weight of version 2 (1 to 10000), mapped as runc and crun do.
    static func weight(_ shares: UInt64) -> UInt64 {
        1 + (min(max(shares, 2), 262_144) - 2) * 9999 / 262_142
    }

    func sample(pod uid: String) throws -> CgroupSample? { try sample(path: path(uid)) }

    func sample(container id: String, pod uid: String) throws -> CgroupSample? {
        try sample(path: "\(path(uid))/\(id)")
    }

    private func sample(path: String) throws -> CgroupSample? {
        guard let cpu = try Files.text("\(path)/cpu.stat") else { return nil }
        let memory = try Files.text("\(path)/memory.stat") ?? ""
        let events = try Files.text("\(path)/memory.events") ?? ""
        var sample = CgroupSample(
            cpuNanoseconds: (CgroupTree.value(of: "usage_usec", in: cpu) ?? 0) * 1000,
            memoryUsageBytes: try Files.number("\(path)/memory.current") ?? 0,
            memoryInactiveFileBytes: CgroupTree.value(of: "inactive_file", in: memory) ?? 0,
            memoryPeakBytes: try Files.number("\(path)/memory.peak") ?? 0,
            outOfMemoryKills: CgroupTree.value(of: "oom_kill", in: events) ?? 0,
            processes: try Files.number("\(path)/pids.current") ?? 0)
        try readIO(path, into: &sample)
        return sample
    }

    /// Adds the lines `major:minor rbytes=N wbytes=N …`.
    private func readIO(_ path: String, into sample: inout CgroupSample) throws {
        for field in (try Files.text("\(path)/io.stat") ?? "").split(whereSeparator: \.isWhitespace) {
            let pair = field.split(separator: "=")
            guard pair.count == 2, let bytes = UInt64(pair[1]) else { continue }
            if pair[0] == "rbytes" { sample.ioReadBytes += bytes }
            if pair[0] == "wbytes" { sample.ioWriteBytes += bytes }
        }
    }

    func pods() throws -> [String] { CgroupTree.pods(in: ["\(root)\(prefix)"]) }

    func remove(pod uid: String) async throws { try await CgroupTree.remove([path(uid)]) }

    func removeAll() async throws { try await CgroupTree.remove(["\(root)\(prefix)"]) }
}
