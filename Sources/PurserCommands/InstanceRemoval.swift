import FoundationEssentials
import Glibc
import KubeClient

/// Removes what an instance made on the machine. Every step goes on from whatever it finds: what is gone already is
/// no fault, what cannot be removed does not keep the rest.
struct InstanceRemoval {
    let traces: InstanceTraces

    /// - Returns: what is still there, a line each; empty where every trace is gone.
    func remove() async -> [String] {
        await endProcesses()
        detachMounts()
        await removeNetwork()
        await removeControlGroups()
        let faults = Paths.exists(traces.directory) ? Paths.removeTree(traces.directory) : []
        return await traces.descriptions() + faults.prefix(20).map(\.description)
    }

    /// Kills what runs, again and again: what dies may have had something started meanwhile.
    func endProcesses(seconds: Double = 10) async {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while case let processes = traces.processes(), !processes.isEmpty, ContinuousClock.now < deadline {
            for process in processes where process.isRunning { kill(process.pid, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Detached mounts leave the tree at once, however busy they are, and end with their last user. Several may lie
    /// on one another.
    private func detachMounts() {
        for _ in 0..<64 {
            let mounts = traces.mounts()
            guard mounts.reduce(false, { umount2($1, Int32(MNT_DETACH)) == 0 || $0 }) else { return }
        }
    }

    func removeNetwork() async { for command in networkCommands { _ = await Program.succeeds(command) } }

    /// What the agent made: the bridge (the services' route goes with it), the route of last resort for pods, and the
    /// packet filter's table.
    var networkCommands: [[String]] {
        guard let instance = traces.instance else { return [] }
        return [
            ["ip", "link", "delete", instance.bridge],
            ["ip", "route", "delete", "unreachable", instance.clusterCIDR, "metric", "16777216"],
            ["nft", "delete", "table", "ip", instance.nftTable],
        ]
    }

    /// The kernel empties a group some time after its last process has ended.
    private func removeControlGroups(seconds: Double = 5) async {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while case let groups = traces.controlGroups(), !groups.isEmpty, ContinuousClock.now < deadline {
            for group in groups { Self.removeControlGroup(group) }
            if !traces.controlGroups().isEmpty { try? await Task.sleep(for: .milliseconds(20)) }
        }
    }

    /// A control group can only go after those below it.
    private static func removeControlGroup(_ path: String) {
        for child in InstanceTraces.children(path) { removeControlGroup(child) }
        rmdir(path)
    }
}
