import ArgumentParser
import Containerd
import FoundationEssentials
import KubeClient
import KubeModel

/// The time from asking for a pod until its container runs: through the API of a running instance, and by bare calls
/// of the Container Runtime Interface to the same containerd, in turn.
struct PodStartBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pod-start", abstract: "Start pods through the API and by bare CRI calls.")

    @Option(help: "The instance's kubeconfig.")
    var kubeconfig: String
    @Option(help: "The socket of the instance's containerd.")
    var socket: String
    @Option(help: "A directory for the bare containers' logs; it must exist.")
    var logs: String
    @Option(help: "The parent of the bare containers' control groups.")
    var cgroup = "/purser-bench"
    @Option(help: "An image that is on the node, with a shell.")
    var image = "docker.io/library/busybox:1.36"
    @Option(help: "Pods each way.")
    var count = 15

    func run() async throws {
        let runtime = try CRIRuntime(socket: socket)
        let client = try APIClient(try Kubeconfig.load(kubeconfig).connection(), userAgent: "purser-bench")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runtime.run() }
            let result = await Result { try await measure(runtime, client) }
            runtime.shutDown()
            try await group.waitForAll()
            try result.get()
        }
    }

    private func measure(_ runtime: CRIRuntime, _ client: APIClient) async throws {
        var (bare, whole) = ([Duration](), [Duration]())
        // The first of each pulls the image and fills caches, and does not count.
        for number in 0...count {
            let throughAPI = try await startPod(client, "bench-\(number)")
            let direct = try await startBare(runtime, "bare-\(number)")
            guard number > 0 else { continue }
            whole.append(throughAPI)
            bare.append(direct)
        }
        var result = Measurement("pod-start")
        result.add("pods", count)
        result.add("bare", milliseconds: bare)
        result.add("purser", milliseconds: whole)
        result.print()
    }

    private func startBare(_ runtime: CRIRuntime, _ name: String) async throws -> Duration {
        let sandbox = SandboxConfig(
            name: name, namespace: "bench", uid: name, hostname: name, logDirectory: logs,
            cgroupParent: "\(cgroup)/\(name)")
        let container = ContainerConfig(
            name: "main", image: image, command: ["sleep", "600"], logPath: "\(name).log")
        let start = ContinuousClock.now
        let id = try await runtime.runSandbox(sandbox)
        let result = await Result {
            let containerID = try await runtime.createContainer(container, in: id, sandboxConfig: sandbox)
            try await runtime.startContainer(containerID)
        }
        let took = start.duration(to: .now)
        try await runtime.stopSandbox(id)
        try await runtime.removeSandbox(id)
        try result.get()
        return took
    }

    private func startPod(_ client: APIClient, _ name: String) async throws -> Duration {
        let pod: JSON = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name)],
            "spec": [
                "terminationGracePeriodSeconds": 0,
                "containers": [["name": "main", "image": .string(image), "command": ["sleep", "600"]]],
            ],
        ]
        let watch = try await client.watch(.pods, namespace: "default", fieldSelector: "metadata.name=\(name)")
        let start = ContinuousClock.now
        _ = try await client.create(.pods, namespace: "default", pod)
        var took: Duration?
        for try await event in watch {
            if took == nil, event.object.json.string("status", "phase") == "Running" {
                took = start.duration(to: .now)
                try await client.delete(.pods, namespace: "default", name: name)
            }
            if event.kind == .deleted { break }
        }
        guard let took else { throw ValidationError("the watch ended before \(name) ran") }
        return took
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous piece of work came to, so that what must follow it is done in either case.
    fileprivate init(_ work: () async throws -> Success) async {
        do {
            self = .success(try await work())
        } catch {
            self = .failure(error)
        }
    }
}
