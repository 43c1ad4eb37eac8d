import Foundation
import KubeModel
import LinuxNode
import Logging
import Synchronization

@testable import NodeAgent

/// Control groups whose counters a test sets.
final class FakeCgroups: PodCgroups {
    private let samples = Mutex<[String: CgroupSample]>([:])

    func set(_ uid: String, _ sample: CgroupSample) { samples.withLock { $0[uid] = sample } }
    func cgroupParent(pod uid: String) -> String { "/test/pod\(uid)" }
    func prepare(pod uid: String, limits: PodLimits) { samples.withLock { $0[uid] = $0[uid] ?? CgroupSample() } }
    func sample(pod uid: String) -> CgroupSample? { samples.withLock { $0[uid] } }
    func sample(container id: String, pod uid: String) -> CgroupSample? { nil }
    func pods() -> [String] { samples.withLock { Array($0.keys) } }
    func remove(pod uid: String) async { samples.withLock { $0[uid] = nil } }
    func removeAll() async { samples.withLock { $0 = [:] } }
}

final class FakeNetwork: PodNetwork {
    private let state = Mutex<[String: NetworkCounters]>([:])

    func set(_ interface: String, _ counters: NetworkCounters) { state.withLock { $0[interface] = counters } }
    func prepare() {}
    func counters() -> [String: NetworkCounters] { state.withLock { $0 } }
    func trackedConnections(to address: String) -> Int { 0 }
    func addRoute(to range: IPPrefix, through node: IPPrefix) {}
    func removeRoute(to range: IPPrefix, through node: IPPrefix) {}
    func teardown() {}
}

final class FakePacketFilter: PacketFilter {
    private let state = Mutex<[String]>([])
    var scripts: [String] { state.withLock { $0 } }
    func apply(_ script: String) { state.withLock { $0.append(script) } }
    func list(table: String, family: String) -> String? { nil }
    func delete(table: String, family: String) {}
}

/// Volumes that exist by their names only; the log directory is real.
final class FakeVolumes: VolumeMounter {
    let root: String
    private let state = Mutex<[String: PodVolume]>([:])
    var provided: [String: PodVolume] { state.withLock { $0 } }

    init(root: String) { self.root = root }
    func provide(_ volume: PodVolume, name: String, pod uid: String, group: UInt32?) -> String {
        state.withLock { $0[name] = volume }
        return "/volumes/\(uid)/\(name)"
    }
    func usedBytes(name: String, pod uid: String) -> UInt64? { nil }
    func subPath(_ path: String, in volumePath: String) -> String { "\(volumePath)/\(path)" }
    func logDirectory(pod uid: String, namespace: String, name: String) throws -> String {
        let path = "\(root)/logs/\(namespace)_\(name)_\(uid)"
        try DurableFile.makeDirectory(path)
        return path
    }
    func remove(pod uid: String) {}
    func removeLogs(pod uid: String, namespace: String, name: String) {}
    func pods() -> [String] { [] }
}

/// A node of fakes in a directory of its own.
struct FakeNode {
    let runtime = FakeRuntime()
    let api = FakeAPI()
    let cgroups = FakeCgroups()
    let network = FakeNetwork()
    let packetFilter = FakePacketFilter()
    let volumes: FakeVolumes
    var configuration: NodeAgentConfiguration

    init() {
        let root = FileManager.default.temporaryDirectory.path + "/purser-agent-\(UUID().uuidString)"
        volumes = FakeVolumes(root: root)
        configuration = NodeAgentConfiguration(
            nodeName: "n1", kubeconfig: "", containerdSocket: "/none", rootDirectory: root, nodeAddress: "10.0.0.1")
        configuration.reportInterval = 0.05
    }

    var machine: NodeMachine {
        NodeMachine(
            runtime: runtime, cgroups: cgroups, network: network, packetFilter: packetFilter, volumes: volumes, api: api
        )
    }

    func removeFiles() { try? FileManager.default.removeItem(atPath: configuration.rootDirectory) }

    /// Runs the agent while the body runs.
    func withAgent<Result: Sendable>(_ body: @escaping @Sendable (FakeNode) async throws -> Result) async throws
        -> Result
    {
        let agent = NodeAgent(configuration, machine: machine, logger: Logger(label: "test"))
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try? await agent.run()
                return nil
            }
            group.addTask { try await body(self) }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}

/// Waits for a condition; false if it did not come true within 20 s.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<2000 {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}

func testPod(_ container: JSON = [:], spec: JSON = [:], name: String = "web") -> JSON {
    var app: JSON = ["name": "app", "image": "busybox:1"]
    for (key, value) in container.objectValue ?? [:] { app[key] = value }
    var full: JSON = ["nodeName": "n1", "containers": [app]]
    for (key, value) in spec.objectValue ?? [:] { full[key] = value }
    return [
        "apiVersion": "v1", "kind": "Pod",
        "metadata": [
            "name": .string(name), "namespace": "shop", "uid": .string("uid-\(name)"), "labels": ["app": "web"],
        ],
        "spec": full,
    ]
}
