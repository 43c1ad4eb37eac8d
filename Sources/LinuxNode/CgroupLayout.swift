/// How control groups are mounted on the machine.
public enum CgroupLayout: Sendable, Hashable {
    /// Version 1: the mount point of each controller (`cpu`, `memory`, …), and `name=systemd` where it is mounted.
    case hierarchies([String: String])
    /// Version 2: the one tree's mount point.
    case unified(String)

    /// Reads the machine's mounts. Version 1 wins where both are mounted but version 1 has the memory controller.
    public static func detect() throws -> CgroupLayout {
        guard let text = try Files.text("/proc/self/mountinfo") else {
            throw NodeError(.notFound, "/proc/self/mountinfo is missing: mount /proc")
        }
        return try detect(mountinfo: text)
    }

    /// - Parameter mountinfo: the text of `/proc/<pid>/mountinfo`, see proc(5).
    public static func detect(mountinfo: String) throws -> CgroupLayout {
        var hierarchies: [String: String] = [:]
        var unified: String?
        for line in mountinfo.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 3 < fields.count else { continue }
            switch fields[dash + 1] {
            case "cgroup2": unified = unified ?? String(fields[4])
            case "cgroup":
                for option in fields[dash + 3].split(separator: ",") where controllers.contains(String(option)) {
                    hierarchies[String(option)] = String(fields[4])
                }
            default: continue
            }
        }
        if hierarchies["memory"] != nil { return .hierarchies(hierarchies) }
        if let unified { return .unified(unified) }
        throw NodeError(.notFound, "no control groups are mounted at /sys/fs/cgroup: mount cgroup2 there")
    }

    private static let controllers: Set<String> = [
        "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "net_cls", "net_prio", "perf_event", "blkio",
        "pids", "hugetlb", "rdma", "misc", "name=systemd",
    ]

    /// The pods' groups below a prefix that belongs to one node alone.
    /// - Parameter prefix: absolute and not the root, for instance `/purser/n1`: everything in it may be killed.
    public func pods(prefix: String) throws -> any PodCgroups {
        let parts = prefix.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 1, parts[0].isEmpty, !parts.dropFirst().contains(where: { ["", ".", ".."].contains($0) })
        else { throw NodeError(.invalid, "\(prefix) is no prefix for control groups: take one like /purser/n1") }
        return switch self {
        case .hierarchies(let mounts): PodCgroupsV1(hierarchies: mounts, prefix: prefix)
        case .unified(let root): PodCgroupsV2(root: root, prefix: prefix)
        }
    }
}
