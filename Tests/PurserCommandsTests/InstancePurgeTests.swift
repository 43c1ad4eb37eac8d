import Foundation
import KubeModel
import Testing

@testable import PurserCommands

/// Purging, on the real machine: what these tests make is called after this process.
@Suite(.serialized) struct InstancePurgeTests {
    private func instance(_ suffix: String) -> Instance {
        let name = "pt\(getpid())\(suffix)"
        return Instance(
            name: name, directory: NSTemporaryDirectory() + "purser-" + name, nodeName: "n1", apiPort: 1,
            registryPort: 2, nodePort: 3, serviceCIDR: "10.252.0.0/24", clusterCIDR: "10.252.\(suffix.utf8.count).0/24")
    }

    private func traces(_ instance: Instance) -> InstanceTraces {
        InstanceTraces(directory: instance.directory, instance: instance)
    }

    /// A directory with two mounts on one another that a process uses, a bridge, a table, and a group with a process.
    private func make(_ instance: Instance) async throws {
        try await shell(
            """
            mkdir -p \(instance.directory)/run/namespaces \(instance.directory)/config
            echo broken > \(instance.directory)/config/units.json
            for i in 1 2; do mount -t tmpfs none \(instance.directory)/run/namespaces; done
            (cd \(instance.directory)/run/namespaces && exec setsid sleep 300 > /dev/null 2>&1 < /dev/null) &
            busy=$!
            ip link add \(instance.bridge) type bridge
            nft add table ip \(instance.nftTable)
            for root in /sys/fs/cgroup/cpu /sys/fs/cgroup; do [ ! -e $root/cgroup.procs ] || break; done
            group=$root\(instance.cgroupParent)
            mkdir -p $group/pod1/main
            echo $busy > $group/pod1/main/cgroup.procs
            """)
    }

    private func shell(_ script: String) async throws { try await Program.run(["/bin/bash", "-euc", script]) }

    @Test("everything of an instance goes, whatever state it is in, and its neighbour stays")
    func purge() async throws {
        let (first, second) = (instance("a"), instance("bb"))
        defer { for instance in [first, second] { try? FileManager.default.removeItem(atPath: instance.directory) } }
        try await make(first)
        try await make(second)
        let neighbour = await traces(second).descriptions()
        #expect(
            neighbour.map { $0.split(separator: " ")[0] } == [
                "process", "mount", "network", "nftables", "control", "directory",
            ], "\(neighbour)")
        #expect(await InstanceRemoval(traces: traces(first)).remove() == [])
        #expect(await traces(first).descriptions() == [])
        #expect(await traces(second).descriptions() == neighbour)
        #expect(await InstanceRemoval(traces: traces(first)).remove() == [])
        #expect(await InstanceRemoval(traces: traces(second)).remove() == [])
        #expect(await traces(second).descriptions() == [])
    }

    @Test("what cannot be removed is named, and the rest goes")
    func stuck() async throws {
        let instance = instance("c")
        let directory = instance.directory
        try await shell(
            "mkdir -p \(directory)/logs; touch \(directory)/logs/a \(directory)/logs/b; chattr +i \(directory)/logs/a")
        let left = await InstanceRemoval(traces: traces(instance)).remove()
        #expect(left == ["directory \(directory)", "cannot remove \(directory)/logs/a: Operation not permitted"])
        #expect(!Paths.exists("\(directory)/logs/b"))
        try await shell("chattr -i \(directory)/logs/a")
        #expect(await InstanceRemoval(traces: traces(instance)).remove() == [])
    }

    @Test("a word of a command line means the directory only as a whole path")
    func words() {
        let traces = InstanceTraces(directory: "/srv/x", instance: nil)
        for word in ["/srv/x", "/srv/x/logs/a", "--mount=/srv/x/y"] { #expect(traces.names(word), "\(word)") }
        for word in ["/srv/xy", "/var/srv/x/a", "--mount=/var/srv/x/a", "x"] { #expect(!traces.names(word), "\(word)") }
    }

    @Test("purging takes away the instance's own interface, table and routes")
    func networkCommands() {
        let blue = Instance(
            name: "blue", directory: "/srv/x", nodeName: "n1", apiPort: 1, registryPort: 2, nodePort: 3,
            serviceCIDR: "10.96.0.0/16", clusterCIDR: "10.244.0.0/16")
        #expect(
            InstanceRemoval(traces: traces(blue)).networkCommands.map { $0.joined(separator: " ") } == [
                "ip link delete blue-0", "ip route delete unreachable 10.244.0.0/16 metric 16777216",
                "nft delete table ip purser-blue",
            ])
    }

    @Test("the register knows each instance by directory, refuses a name twice, and vanishes with its last")
    func register() async throws {
        let register = InstanceRegister(directory: NSTemporaryDirectory() + "purser-register-\(getpid())")
        defer { try? FileManager.default.removeItem(atPath: register.directory) }
        let first = instance("d")
        var second = first
        second.directory += "-other"
        try await register.exclusively { try register.add(first) }
        try await register.exclusively { try register.add(first) }
        #expect(register.instance(in: first.directory) == first)
        #expect(register.instance(in: second.directory) == nil)
        let fault = await #expect(throws: CommandError.self) {
            try await register.exclusively { try register.add(second) }
        }
        #expect(fault?.status == .conflict)
        #expect(fault?.next?.contains("--data \(first.directory)") == true)
        try await register.exclusively { register.remove(first) }
        #expect(!Paths.exists(register.directory))
    }

    @Test("the system user goes only where `up` made it and nothing runs as it")
    func systemUser() async throws {
        let user = SystemUser(name: "pt\(getpid())")
        let owner = try await user.make()
        #expect(try await user.make() == owner)
        let runner = Process()
        runner.executableURL = URL(filePath: "/usr/bin/setpriv")
        runner.arguments = Array(owner.prefix.dropFirst()) + ["sleep", "300"]
        try runner.run()
        // Until the program has changed its user.
        try await shell(
            "until [ $(stat -c %u /proc/\(runner.processIdentifier)) = \(owner.user) ]; do sleep 0.01; done")
        #expect(await !user.removeIfUnused())
        kill(runner.processIdentifier, SIGKILL)
        runner.waitUntilExit()
        #expect(await user.removeIfUnused())
        #expect(Owner.named(user.name) == nil)
        try await shell("useradd --system --no-create-home \(user.name)")
        #expect(await !user.removeIfUnused())
        try await shell("userdel \(user.name)")
    }

    @Test("what a node's object said before the start is not the new agent's word")
    func staleReadiness() {
        func node(_ status: String, _ heartbeat: String) -> KubeObject {
            KubeObject([
                "status": [
                    "conditions": [
                        [
                            "type": "Ready", "status": .string(status), "lastHeartbeatTime": .string(heartbeat),
                            "message": "as told",
                        ]
                    ]
                ]
            ])
        }
        let start = Timestamp(rfc3339: "2026-01-02T03:04:05.6Z")
        #expect(
            NodeWaiting.trouble(node("True", "2026-01-02T03:04:04Z"), since: start) == "the node has not reported yet")
        #expect(NodeWaiting.trouble(node("True", "2026-01-02T03:04:04Z"), since: nil) == nil)
        #expect(NodeWaiting.trouble(node("True", "2026-01-02T03:04:05Z"), since: start) == nil)
        #expect(NodeWaiting.trouble(node("False", "2026-01-02T03:04:06Z"), since: start) == "as told")
        #expect(NodeWaiting.trouble(KubeObject([:]), since: nil) == "the node has not reported yet")
    }

    @Test("PostgreSQL's own processes are those that call themselves so and work in the instance's directory")
    func databaseProcesses() async throws {
        let directory = Paths.absolute(NSTemporaryDirectory()) + "/purser-pg-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for part in ["own", "other"] {
            try await shell(
                """
                mkdir -p \(directory)/\(part)/postgres && cd \(directory)/\(part)/postgres
                (exec -a 'postgres: startup' sleep 300 > /dev/null 2>&1 < /dev/null) & echo $! > pid
                (exec sleep 300 > /dev/null 2>&1 < /dev/null) & echo $! > bystander
                until grep -q '^postgres:' /proc/$(cat pid)/cmdline; do sleep 0.01; done
                """)
        }
        let traces = InstanceTraces(directory: "\(directory)/own", instance: nil)
        let own = try String(contentsOfFile: "\(directory)/own/postgres/pid", encoding: .utf8)
        #expect(traces.databaseProcesses().map(\.pid) == [pid_t(own.dropLast())])
        #expect(traces.processes().map(\.pid) == [pid_t(own.dropLast())])
        try await shell("kill -9 $(cat \(directory)/*/postgres/pid \(directory)/*/postgres/bystander)")
    }

    @Test("an instance's directory is the one path that the kernel knows")
    func directories() throws {
        let directory = Paths.absolute(NSTemporaryDirectory()) + "/purser-paths-\(getpid())"
        try FileManager.default.createDirectory(atPath: "\(directory)/real", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createSymbolicLink(atPath: "\(directory)/link", withDestinationPath: "real")
        for path in ["/real/new", "/link/new", "//real/./new/", "/link/../link/new", "/other/../real/new"] {
            #expect(Paths.absolute(directory + path) == "\(directory)/real/new")
        }
        #expect(Paths.absolute("/") == "/" && Paths.absolute("/..") == "/")
        #expect(Paths.absolute("x") == Paths.absolute(FileManager.default.currentDirectoryPath) + "/x")
    }

    @Test("mount points with blanks in their names are read right")
    func escapedMounts() {
        #expect(MountNamespace.unescaped(#"/srv/a\040b\134c"#) == #"/srv/a b\c"#)
    }
}
