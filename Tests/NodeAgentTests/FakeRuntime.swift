import Containerd
import KubeModel

@testable import NodeAgent

/// A container runtime of the mind: keeps sandboxes and containers, records calls, and never fails unless told.
actor FakeRuntime: ContainerRuntime {
    struct Sandbox {
        var config: SandboxConfig
        var isReady = true
    }

    struct Container {
        var config: ContainerConfig
        var sandbox: String
        var status: ContainerStatus
    }

    private(set) var calls: [String] = []
    private(set) var sandboxes: [String: Sandbox] = [:]
    private(set) var containers: [String: Container] = [:]
    var imageNames: Set<String> = ["busybox:1"]
    /// What every call throws while it is set.
    var failure: RuntimeError?
    private var nextID = 0
    private var listeners: [AsyncStream<RuntimeEvent>.Continuation] = []
    private let clock = Timestamp(seconds: 1_700_000_000)

    /// Whether calls for the runtime's own state stand still until they are cancelled.
    private var standsStill = false

    private var refusesReopening = false

    func refuseReopening(_ refuses: Bool) { refusesReopening = refuses }
    func standStill(_ stands: Bool) { standsStill = stands }
    func fail(with failure: RuntimeError?) { self.failure = failure }
    func container(named name: String) -> Container? {
        containers.values.filter { $0.config.name == name }.max { $0.config.attempt < $1.config.attempt }
    }

    /// A container's process ends by itself.
    func end(_ name: String, exitCode: Int32) {
        guard let id = container(named: name)?.status.id else { return }
        exit(id, exitCode)
        for listener in listeners { listener.yield(.exited(container: id, exitCode: exitCode)) }
    }

    private func exit(_ id: String, _ code: Int32) {
        guard containers[id]?.status.state == .running else { return }
        containers[id]?.status.state = .exited
        containers[id]?.status.exitCode = code
        containers[id]?.status.finishedAt = clock
    }

    private func note(_ call: String) throws {
        if let failure { throw failure }
        calls.append(call)
    }

    func version() throws -> RuntimeVersion {
        if let failure { throw failure }
        return RuntimeVersion(name: "containerd", version: "1.6.20")
    }

    func conditions() async throws -> [RuntimeCondition] {
        if standsStill { try await Task.sleep(for: .seconds(3600)) }
        if let failure { throw failure }
        return [RuntimeCondition(type: "RuntimeReady", status: true)]
    }

    func runSandbox(_ config: SandboxConfig) throws -> String {
        try note("runSandbox \(config.name)")
        nextID += 1
        sandboxes["sandbox\(nextID)"] = Sandbox(config: config)
        return "sandbox\(nextID)"
    }

    func stopSandbox(_ id: String) throws {
        try note("stopSandbox")
        sandboxes[id]?.isReady = false
        for container in containers.values where container.sandbox == id { exit(container.status.id, 137) }
    }

    func removeSandbox(_ id: String) throws {
        try note("removeSandbox")
        sandboxes[id] = nil
        containers = containers.filter { $0.value.sandbox != id }
    }

    private func summary(_ id: String, _ sandbox: Sandbox) -> SandboxSummary {
        SandboxSummary(
            id: id, name: sandbox.config.name, namespace: sandbox.config.namespace, uid: sandbox.config.uid,
            attempt: sandbox.config.attempt, state: sandbox.isReady ? .ready : .notReady, createdAt: clock,
            labels: sandbox.config.labels)
    }

    func sandboxStatus(_ id: String) throws -> SandboxStatus {
        guard let sandbox = sandboxes[id] else {
            throw RuntimeError(code: .notFound, call: "PodSandboxStatus", message: "no such sandbox")
        }
        return SandboxStatus(
            summary: summary(id, sandbox), addresses: ["10.244.0.7"], nodeInterfaces: ["veth1", "purser0"])
    }

    func sandboxes(_ filter: SandboxFilter) throws -> [SandboxSummary] {
        if let failure { throw failure }
        return sandboxes.map { summary($0.key, $0.value) }.filter { summary in
            filter.labels.allSatisfy { summary.labels[$0.key] == $0.value }
        }
    }

    func createContainer(_ config: ContainerConfig, in sandbox: String, sandboxConfig: SandboxConfig) throws -> String {
        try note("createContainer \(config.name)")
        nextID += 1
        let id = "container\(nextID)"
        containers[id] = Container(
            config: config, sandbox: sandbox,
            status: ContainerStatus(
                id: id, name: config.name, attempt: config.attempt, state: .created, createdAt: clock,
                image: config.image, imageReference: "busybox@sha256:1", labels: config.labels,
                annotations: config.annotations))
        return id
    }

    func startContainer(_ id: String) throws {
        try note("startContainer")
        containers[id]?.status.state = .running
        containers[id]?.status.startedAt = clock
    }

    func stopContainer(_ id: String, graceSeconds: Int64) throws {
        try note("stopContainer \(graceSeconds)")
        exit(id, 143)
    }

    func removeContainer(_ id: String) throws {
        try note("removeContainer")
        containers[id] = nil
    }

    func containerStatus(_ id: String) throws -> ContainerStatus {
        guard let status = containers[id]?.status else {
            throw RuntimeError(code: .notFound, call: "ContainerStatus", message: "no such container")
        }
        return status
    }

    func containers(_ filter: ContainerFilter) throws -> [ContainerSummary] {
        if let failure { throw failure }
        return containers.values.filter { container in
            filter.labels.allSatisfy { container.config.labels[$0.key] == $0.value }
        }.map {
            ContainerSummary(
                id: $0.status.id, sandbox: $0.sandbox, name: $0.config.name, attempt: $0.config.attempt,
                image: $0.config.image, state: $0.status.state, createdAt: clock, labels: $0.config.labels)
        }
    }

    func updateResources(of id: String, to resources: ContainerResources) {}
    func reopenLog(of id: String) throws {
        try note("reopenLog \(id)")
        if refusesReopening { throw RuntimeError(code: .other, call: "ReopenContainerLog", message: "no") }
        guard let container = containers[id], let sandbox = sandboxes[container.sandbox] else { return }
        // What the runtime would open anew.
        let path = "\(sandbox.config.logDirectory)/\(container.config.logPath)"
        try DurableFile.makeDirectory(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)))
        try DurableFile.write([], to: path)
    }

    func execSync(_ command: [String], in id: String, timeoutSeconds: Int64) throws -> ExecResult {
        try note("execSync \(command.joined(separator: " "))")
        return ExecResult(stdout: Array("out".utf8), exitCode: 0)
    }

    func exec(_ command: [String], in id: String, streams: StreamOptions) -> String { "" }
    func attach(to id: String, streams: StreamOptions) -> String { "" }
    func portForward(to sandbox: String, ports: [Int32]) -> String { "" }
    func images() -> [ImageSummary] { [] }
    func image(_ reference: String) -> ImageSummary? {
        imageNames.contains(reference) ? ImageSummary(id: "sha256:1", tags: [reference]) : nil
    }

    func pullImage(_ reference: String, credentials: RegistryCredentials?) throws -> String {
        throw RuntimeError(code: .notFound, call: "PullImage", message: "\(reference): not found")
    }

    func removeImage(_ reference: String) {}

    func watchEvents(_ handle: @escaping @Sendable (RuntimeEvent) async -> Void) async throws {
        let (events, inlet) = AsyncStream<RuntimeEvent>.makeStream()
        listeners.append(inlet)
        await handle(.subscribed)
        for await event in events { await handle(event) }
        throw CancellationError()
    }
}
