import ArgumentParser
import Containerd

struct StopPodsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop-pods", abstract: "End every container of a containerd (run by the supervisor).",
        shouldDisplay: false)

    @Option(help: "containerd's socket.")
    var socket: String
    @Option(help: "Seconds that containers get to end by themselves.")
    var grace: Int64 = 5

    func run() async throws {
        let runtime = try CRIRuntime(socket: socket)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runtime.run() }
            try await stop(runtime)
            runtime.shutDown()
            try await group.waitForAll()
        }
    }

    /// Containers first, so that they get their signal and their time; then the sandboxes with their network.
    private func stop(_ runtime: CRIRuntime) async throws {
        let containers = try await runtime.containers(ContainerFilter()).filter { $0.state == .running }
        await withTaskGroup(of: Void.self) { group in
            for container in containers {
                group.addTask { try? await runtime.stopContainer(container.id, graceSeconds: grace) }
            }
        }
        let sandboxes = try await runtime.sandboxes(SandboxFilter())
        await withTaskGroup(of: Void.self) { group in
            for sandbox in sandboxes { group.addTask { try? await runtime.stopSandbox(sandbox.id) } }
        }
    }
}
