import Containerd
import Foundation
import KubeModel
import LinuxNode
import Logging

@testable import NodeAgent

/// A node with a containerd, control groups, a bridge and a packet filter table of its own; only the API is a fake.
final class RealNode: Sendable {
    struct Failure: Error, CustomStringConvertible { var description: String }

    let directory: String
    let tag: String
    let api = FakeAPI()
    let configuration: NodeAgentConfiguration
    private let containerd: ContainerdConfiguration

    /// The package's directory, links resolved.
    private static let repository = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private init() {
        tag = String(UInt32.random(in: 0...UInt32.max), radix: 36)
        directory = NSTemporaryDirectory() + "purser-node-\(tag)"
        containerd = ContainerdConfiguration(
            root: "\(directory)/root", state: "\(directory)/state", socket: "\(directory)/containerd.sock",
            configurationDirectory: "\(directory)/etc", cniConfigurationDirectory: "\(directory)/cni", runtime: .runc,
            mirrors: [],
            accountingHook: nil, sharedDirectories: ["\(directory)/agent"])
        var configuration = NodeAgentConfiguration(
            nodeName: "n1", kubeconfig: "", containerdSocket: containerd.socket, rootDirectory: "\(directory)/agent",
            nodeAddress: "127.0.0.1")
        configuration.logDirectory = "\(directory)/logs"
        configuration.cgroupPrefix = "/purser-node-\(tag)"
        configuration.podCIDR = "10.253.78.0/24"
        configuration.clusterCIDR = "10.253.78.0/24"
        configuration.serviceCIDR = "10.253.79.0/24"
        configuration.bridge = "pn\(tag)"
        configuration.cniConfigDirectory = "\(directory)/cni"
        configuration.nftTable = "purser-\(tag)"
        configuration.reportInterval = 1
        self.configuration = configuration
    }

    @discardableResult
    static func shell(_ command: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(command.joined(separator: " ")): \(text)")
        }
        return text
    }

    /// Runs the body with a working runtime, and takes everything away afterwards.
    static func run(_ body: @escaping @Sendable (RealNode, NodeMachine) async throws -> Void) async throws {
        let node = RealNode()
        let process = try node.start()
        let runtime = try CRIRuntime(socket: node.containerd.socket)
        let outcome = await Swift.Result<Void, any Error>.capturing {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await runtime.run() }
                try await node.awaitRuntime(runtime)
                try node.importImages()
                let machine = try node.machine(runtime)
                let outcome = await Swift.Result<Void, any Error>.capturing { try await body(node, machine) }
                await node.removePods(machine)
                runtime.shutDown()
                group.cancelAll()
                try outcome.get()
            }
        }
        node.remove(process)
        try outcome.get()
    }

    private func machine(_ runtime: CRIRuntime) throws -> NodeMachine {
        NodeMachine(
            runtime: runtime, cgroups: try CgroupLayout.detect().pods(prefix: configuration.cgroupPrefix),
            network: BridgeNetwork(
                BridgeNetwork.Configuration(
                    bridge: configuration.bridge, podRange: try IPPrefix(configuration.podCIDR),
                    serviceRange: try IPPrefix(configuration.serviceCIDR),
                    cniConfigurationDirectory: configuration.cniConfigDirectory,
                    addressDirectory: "\(directory)/addresses")),
            packetFilter: Nftables(),
            volumes: NodeVolumes(root: configuration.rootDirectory, logs: configuration.logDirectory), api: api)
    }

    private func start() throws -> Process {
        for path in containerd.directories + ["\(directory)/logs", "\(directory)/agent", "\(directory)/cni"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        for file in containerd.files {
            let url = URL(fileURLWithPath: file.path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(file.text.utf8).write(to: url)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: containerd.startCommand[0])
        process.arguments = Array(containerd.startCommand.dropFirst())
        try Data().write(to: URL(fileURLWithPath: "\(directory)/containerd.log"))
        let log = FileHandle(forWritingAtPath: "\(directory)/containerd.log")
        process.standardOutput = log
        process.standardError = log
        try process.run()
        return process
    }

    /// A machine that is busy with other tests takes its time to start a containerd.
    private func awaitRuntime(_ runtime: CRIRuntime) async throws {
        for attempt in 1... {
            do {
                _ = try await runtime.version()
                return
            } catch {
                let log = (try? String(contentsOfFile: "\(directory)/containerd.log", encoding: .utf8)) ?? ""
                guard attempt < 3 else { throw Failure(description: "\(error); containerd says: \(log.suffix(2000))") }
            }
        }
    }

    private func importImages() throws {
        let images = "\(directory)/images"
        try Self.shell("\(Self.repository)/tools/images/build", images)
        try Self.shell("\(Self.repository)/tools/images/import", images, containerd.socket)
    }

    private func removePods(_ machine: NodeMachine) async {
        for sandbox in (try? await machine.runtime.sandboxes(SandboxFilter())) ?? [] {
            try? await machine.runtime.stopSandbox(sandbox.id)
            try? await machine.runtime.removeSandbox(sandbox.id)
        }
        for uid in (try? machine.cgroups.pods()) ?? [] { try? await machine.cgroups.remove(pod: uid) }
        try? machine.network.teardown()
        try? machine.packetFilter.delete(table: configuration.nftTable, family: "ip")
    }

    private func remove(_ process: Process) {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        endShims()
        _ = try? Self.shell(containerd.cleanUpCommand[0], containerd.cleanUpCommand[1], containerd.cleanUpCommand[2])
        _ = try? Self.shell(
            "find", "/sys/fs/cgroup", "-depth", "-type", "d", "-path", "*\(configuration.cgroupPrefix)*", "-delete")
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Shims that outlived their containers are this daemon's alone: they name its socket.
    private func endShims() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let id = pid_t(name), let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"),
                String(decoding: line, as: UTF8.self).contains("-address\0\(containerd.socket)\0")
            else { continue }
            kill(id, SIGKILL)
        }
    }

    /// Runs an agent of this node while the body runs.
    func withAgent(_ machine: NodeMachine, _ body: @escaping @Sendable () async throws -> Void) async throws {
        let agent = NodeAgent(configuration, machine: machine, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await agent.run()
                return false
            }
            group.addTask {
                try await body()
                return true
            }
            defer { group.cancelAll() }
            while let isDone = try await group.next(), !isDone {}
        }
    }
}

extension Result where Failure == any Error, Success: Sendable {
    static func capturing(_ body: () async throws -> Success) async -> Result {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
