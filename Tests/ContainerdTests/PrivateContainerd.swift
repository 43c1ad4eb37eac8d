import Containerd
import Foundation

/// A containerd of the test's own: in a temporary directory, with its own bridge and control groups.
final class PrivateContainerd {
    let directory: String
    let tag: String
    let configuration: ContainerdConfiguration
    private var process: pid_t?

    var cgroupPrefix: String { "/purser-test-\(tag)" }
    private var bridge: String { "pt\(tag)" }

    private init(mirrors: [RegistryMirror], hook: String?) {
        tag = String(UInt32.random(in: 0...UInt32.max), radix: 36)
        directory = NSTemporaryDirectory() + "purser-containerd-\(tag)"
        configuration = ContainerdConfiguration(
            root: "\(directory)/root", state: "\(directory)/state", socket: "\(directory)/containerd.sock",
            configurationDirectory: "\(directory)/etc", cniConfigurationDirectory: "\(directory)/cni",
            mirrors: mirrors, accountingHook: hook, sharedDirectories: ["\(directory)/volumes"])
    }

    /// Runs the body with a containerd that has the demonstration images, and takes everything away afterwards.
    static func run(
        mirrors: [RegistryMirror] = [], hook: String? = nil,
        _ body: (PrivateContainerd, CRIRuntime) async throws -> Void
    ) async throws {
        let daemon = PrivateContainerd(mirrors: mirrors, hook: hook)
        let runtime = try CRIRuntime(socket: daemon.configuration.socket)
        do {
            try daemon.prepare()
            try daemon.start()
            try await withThrowingTaskGroup { group in
                group.addTask { try await runtime.run() }
                _ = try await runtime.version()
                try Machine.run(
                    "\(Machine.repository)/tools/images/import", Machine.images.get(), daemon.configuration.socket)
                do {
                    try await body(daemon, runtime)
                } catch {
                    await daemon.removePods(runtime)
                    throw error
                }
                await daemon.removePods(runtime)
                runtime.shutDown()
                group.cancelAll()
            }
        } catch {
            daemon.remove()
            throw error
        }
        daemon.remove()
    }

    private func prepare() throws {
        for path in configuration.directories + ["\(directory)/logs"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        for file in configuration.files {
            let url = URL(fileURLWithPath: file.path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(file.text.utf8).write(to: url)
        }
        let network = """
            {"cniVersion":"0.4.0","name":"test","plugins":[{"type":"bridge","bridge":"\(bridge)","isGateway":true,
            "ipam":{"type":"host-local","dataDir":"\(directory)/ipam","ranges":[[{"subnet":"10.253.77.0/24"}]]}}]}
            """
        try Data(network.utf8).write(to: URL(fileURLWithPath: "\(directory)/cni/10-test.conflist"))
    }

    /// Not by Foundation's `Process`: that takes a daemon for running as long as any of its children does.
    func start() throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let log = "\(directory)/containerd.log"
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let arguments = configuration.startCommand.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var id: pid_t = 0
        guard posix_spawn(&id, configuration.startCommand[0], &actions, nil, arguments, environ) == 0 else {
            throw Machine.Failure(description: "cannot start containerd")
        }
        process = id
    }

    /// Ends the daemon alone; containers go on.
    func kill() {
        guard let process else { return }
        self.process = nil
        Foundation.kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    private func removePods(_ runtime: CRIRuntime) async {
        for sandbox in (try? await runtime.sandboxes(SandboxFilter())) ?? [] {
            try? await runtime.stopSandbox(sandbox.id)
            try? await runtime.removeSandbox(sandbox.id)
        }
    }

    private func remove() {
        kill()
        endShims()
        let cleanUp = configuration.cleanUpCommand
        _ = try? Machine.run(cleanUp[0], cleanUp[1], cleanUp[2])
        _ = try? Machine.run("ip", "link", "delete", bridge)
        _ = try? Machine.run("find", "/sys/fs/cgroup", "-depth", "-type", "d", "-path", "*\(cgroupPrefix)*", "-delete")
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Shims that outlived their containers are this daemon's alone: they name its socket.
    private func endShims() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let id = pid_t(name), let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"),
                String(decoding: line, as: UTF8.self).contains("-address\0\(configuration.socket)\0")
            else { continue }
            Foundation.kill(id, SIGKILL)
        }
    }

    func sandbox(_ name: String, hostNetwork: Bool = true) throws -> SandboxConfig {
        let logs = "\(directory)/logs/\(name)"
        try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
        return SandboxConfig(
            name: name, namespace: "shop", uid: "uid-\(name)", hostname: hostNetwork ? "" : name,
            logDirectory: logs, labels: ["app": name], cgroupParent: "\(cgroupPrefix)/poduid-\(name)",
            namespaces: NamespaceOptions(network: hostNetwork ? .node : .pod))
    }

    func container(_ name: String, _ script: String, attempt: UInt32 = 0) -> ContainerConfig {
        ContainerConfig(
            name: name, attempt: attempt, image: "docker.io/library/busybox:1.36",
            command: ["sh", "-c", script], logPath: "\(name)_\(attempt).log",
            namespaces: NamespaceOptions(network: .node))
    }
}

/// Collects what was seen, from any task.
actor Seen<Value: Sendable> {
    private(set) var values: [Value] = []
    func add(_ value: Value) { values.append(value) }
}
