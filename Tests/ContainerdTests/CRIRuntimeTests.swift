import Containerd
import Foundation
import Testing

/// Against a real containerd with crun, as root.
@Suite(.serialized, .enabled(if: getuid() == 0))
struct CRIRuntimeTests {
    @Test("a container runs from creation to its exit code, and its output is in the log file")
    func lifecycle() async throws {
        try await PrivateContainerd.run { daemon, runtime in
            #expect(try await runtime.conditions().allSatisfy(\.status))
            let config = try daemon.sandbox("web", hostNetwork: false)
            let sandbox = try await runtime.runSandbox(config)
            let status = try await runtime.sandboxStatus(sandbox)
            #expect(status.summary.state == .ready && status.summary.uid == "uid-web")
            #expect(status.addresses.count == 1 && status.addresses[0].hasPrefix("10.253.77."))
            #expect(status.nodeInterfaces.contains { $0.hasPrefix("veth") } && status.processID != nil)

            let id = try await runtime.createContainer(
                daemon.container("main", "echo hello; echo oops >&2; exit 3"), in: sandbox, sandboxConfig: config)
            #expect(try await runtime.containerStatus(id).state == .created)
            try await runtime.startContainer(id)
            try await Machine.waitUntil("exit") { try await runtime.containerStatus(id).state == .exited }
            let ended = try await runtime.containerStatus(id)
            #expect(ended.exitCode == 3 && ended.reason == "Error" && ended.finishedAt != nil)
            let log = try String(contentsOfFile: "\(config.logDirectory)/main_0.log", encoding: .utf8)
            #expect(log.contains("stdout F hello") && log.contains("stderr F oops"))

            #expect(try await runtime.containers(ContainerFilter(sandbox: sandbox)).map(\.name) == ["main"])
            try await runtime.removeContainer(id)
            try await runtime.removeContainer(id)
            try await runtime.stopSandbox(sandbox)
            #expect(try await runtime.sandboxes(SandboxFilter(labels: ["app": "web"])).map(\.state) == [.notReady])
            try await runtime.removeSandbox(sandbox)
            #expect(try await runtime.sandboxes(SandboxFilter()).isEmpty)
        }
    }

    @Test("a command in a container answers with its output and exit code, and one that takes too long is ended")
    func exec() async throws {
        try await PrivateContainerd.run { daemon, runtime in
            let config = try daemon.sandbox("exec")
            let sandbox = try await runtime.runSandbox(config)
            let id = try await runtime.createContainer(
                daemon.container("main", "exec sleep 1000"), in: sandbox, sandboxConfig: config)
            try await runtime.startContainer(id)
            let result = try await runtime.execSync(
                ["sh", "-c", "echo out; echo err >&2; exit 7"], in: id, timeoutSeconds: 20)
            #expect(result == ExecResult(stdout: Array("out\n".utf8), stderr: Array("err\n".utf8), exitCode: 7))
            await #expect {
                try await runtime.execSync(["sleep", "100"], in: id, timeoutSeconds: 1)
            } throws: { ($0 as? RuntimeError)?.code == .deadlineExceeded }
            #expect(try await runtime.exec(["sh"], in: id, streams: StreamOptions()).hasPrefix("http://127.0.0.1:"))
            try await runtime.stopContainer(id, graceSeconds: 0)
            #expect(try await runtime.containerStatus(id).exitCode == 137)
        }
    }

    @Test("hundreds of calls go over one connection")
    func manyCalls() async throws {
        try await PrivateContainerd.run { _, runtime in
            for _ in 0..<600 { _ = try await runtime.version() }
        }
    }

    @Test("images are found by name and removed; what is unknown is nil, and pulling it fails with the reason")
    func images() async throws {
        try await PrivateContainerd.run(mirrors: [
            RegistryMirror(host: "nowhere.test", endpoint: "http://127.0.0.1:1")
        ]) { _, runtime in
            let nginx = try #require(try await runtime.image("nginx:1.14.2"))
            #expect(nginx.tags.contains("docker.io/library/nginx:1.14.2") && nginx.sizeBytes > 1_000_000)
            #expect(try await runtime.images().count == 4)
            #expect(try await runtime.image("nowhere.test/nothing:1") == nil)
            await #expect {
                try await runtime.pullImage("nowhere.test/nothing:1", credentials: nil)
            } throws: { ($0 as? RuntimeError)?.message.contains("nowhere.test/nothing:1") == true }
            try await runtime.removeImage("nginx:1.16.1")
            #expect(try await runtime.image("nginx:1.16.1") == nil)
            await #expect {
                try await runtime.containerStatus("none")
            } throws: { ($0 as? RuntimeError)?.code == .notFound }
        }
    }

    @Test("a container outlives containerd, its exit code is known afterwards, and events flow again")
    func restart() async throws {
        try await PrivateContainerd.run { daemon, runtime in
            let seen = Seen<RuntimeEvent>()
            try await withThrowingTaskGroup { group in
                group.addTask { try await runtime.watchEvents { await seen.add($0) } }
                try await Machine.waitUntil("subscription") { await seen.values.contains(.subscribed) }
                let config = try daemon.sandbox("restart")
                let sandbox = try await runtime.runSandbox(config)
                let id = try await runtime.createContainer(
                    daemon.container("main", "while [ ! -e /tmp/go ]; do sleep 0.1; done; exit 5"), in: sandbox,
                    sandboxConfig: config)
                try await runtime.startContainer(id)
                try await Machine.waitUntil("start event") { await seen.values.contains(.started(container: id)) }

                daemon.kill()
                try daemon.start()
                #expect(try await runtime.containerStatus(id).state == .running)
                try await Machine.waitUntil("new subscription") {
                    await seen.values.filter { $0 == .subscribed }.count >= 2
                }
                _ = try await runtime.execSync(["touch", "/tmp/go"], in: id, timeoutSeconds: 20)
                try await Machine.waitUntil("exit event") {
                    await seen.values.contains(.exited(container: id, exitCode: 5))
                }
                try await Machine.waitUntil("exit") { try await runtime.containerStatus(id).state == .exited }
                #expect(try await runtime.containerStatus(id).exitCode == 5)
                group.cancelAll()
            }
        }
    }

    @Test("a watch that ends before the runtime has answered never says that it is subscribed")
    func unanswered() async throws {
        for _ in 0..<50 {
            let runtime = try CRIRuntime(socket: NSTemporaryDirectory() + "purser-nowhere.sock")
            let seen = Seen<RuntimeEvent>()
            await withThrowingTaskGroup { group in
                group.addTask { try await runtime.run() }
                group.addTask { try await runtime.watchEvents { await seen.add($0) } }
                try? await Task.sleep(for: .milliseconds(5))
                group.cancelAll()
            }
            #expect(await seen.values.isEmpty)
        }
    }

    @Test("a volume that is mounted after containerd started is seen in a container")
    func volumes() async throws {
        try await PrivateContainerd.run { daemon, runtime in
            let volume = "\(daemon.directory)/volumes/late"
            try Machine.run("mkdir", volume)
            try Machine.run("mount", "-t", "tmpfs", "tmpfs", volume)
            try Data("secret".utf8).write(to: URL(fileURLWithPath: "\(volume)/file"))
            let config = try daemon.sandbox("volumes")
            let sandbox = try await runtime.runSandbox(config)
            var container = daemon.container("main", "cat /late/file && ! touch /late/file")
            container.mounts = [ContainerMount(containerPath: "/late", hostPath: volume, readOnly: true)]
            let id = try await runtime.createContainer(container, in: sandbox, sandboxConfig: config)
            try await runtime.startContainer(id)
            try await Machine.waitUntil("exit") { try await runtime.containerStatus(id).state == .exited }
            #expect(try await runtime.containerStatus(id).exitCode == 0)
            let log = try String(contentsOfFile: "\(config.logDirectory)/main_0.log", encoding: .utf8)
            #expect(log.contains("secret"))
        }
    }
}
