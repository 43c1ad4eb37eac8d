import FoundationEssentials
import Glibc
import KubeModel

/// Removes what an instance made on the machine, after its processes have ended.
struct InstanceRemoval {
    let instance: Instance

    /// What ends with the machine: mounts, interfaces, rules, routes, control groups.
    func removeRuntime() async {
        MountNamespace(instance: instance).remove()
        let inside = MountNamespace.mountPoints().filter { $0.hasPrefix(instance.directory + "/") }
        for path in inside.sorted(by: >) { umount2(path, Int32(MNT_DETACH)) }
        for command in networkCommands { _ = await Program.succeeds(command) }
        for path in controlGroups() { Self.removeControlGroup(path) }
    }

    func removeFiles() throws {
        try Paths.remove(instance.directory)
    }

    /// What the agent made: the bridge (the services' route goes with it), the route of last resort for pods, and the
    /// packet filter's table.
    var networkCommands: [[String]] {
        [
            ["ip", "link", "delete", instance.bridge],
            ["ip", "route", "delete", "unreachable", instance.clusterCIDR, "metric", "16777216"],
            ["nft", "delete", "table", "ip", instance.nftTable],
        ]
    }

    /// The instance's group in every hierarchy that is mounted.
    private func controlGroups() -> [String] {
        let roots = MountNamespace.mountPoints().filter { $0 == "/sys/fs/cgroup" || $0.hasPrefix("/sys/fs/cgroup/") }
        return roots.map { $0 + instance.cgroupParent }.filter(Paths.exists)
    }

    /// A control group can only go after those below it.
    private static func removeControlGroup(_ path: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names {
            var isDirectory = false
            let child = "\(path)/\(name)"
            if FileManager.default.fileExists(atPath: child, isDirectory: &isDirectory), isDirectory {
                removeControlGroup(child)
            }
        }
        rmdir(path)
    }
}
