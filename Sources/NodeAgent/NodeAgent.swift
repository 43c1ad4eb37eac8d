import Containerd
import KubeClient
import KubeModel
import LinuxNode
import Logging
import PodLifecycle

/// The agent of one node: everything that runs between the API server and the machine.
public struct NodeAgent: Sendable {
    private let configuration: NodeAgentConfiguration
    private let machine: NodeMachine
    private let logger: Logger

    public init(_ configuration: NodeAgentConfiguration, machine: NodeMachine, logger: Logger) {
        (self.configuration, self.machine, self.logger) = (configuration, machine, logger)
    }

    /// Runs until the task is cancelled; containers go on running. Throws where the node cannot be set up.
    public func run() async throws {
        try DurableFile.makeDirectory(configuration.rootDirectory)
        try DurableFile.makeDirectory(configuration.logDirectory)
        try machine.network.prepare()
        let bootID = UsageMeter.readBootID()
        let meter = try UsageMeter(configuration, machine: machine, bootID: bootID, logger: logger)
        let report = NodeReport(
            configuration: configuration, facts: .read(directory: configuration.rootDirectory), bootID: bootID,
            runtimeVersion: nil, runtimeTrouble: nil)
        let services = KnownServices()
        let node = NodeContext(
            configuration: configuration, machine: machine, meter: meter,
            events: EventRecorder(machine.api, nodeName: configuration.nodeName, logger: logger), services: services,
            probes: ProbeRunner(runtime: machine.runtime), allocatable: report.allocatable, logger: logger)
        let directory = PodDirectory(node, RuntimeLister(machine.runtime, nodeName: configuration.nodeName))
        let registration = NodeRegistration(configuration, machine: machine, bootID: bootID, logger: logger)
        let rules = try ServiceRules(configuration, machine: machine, known: services, logger: logger)
        let routes = NodeRoutes(configuration, machine: machine, logger: logger)
        let server = try configuration.server.map { try NodeServer($0, node: node, directory: directory) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await registration.run() }
            group.addTask { await node.events.run() }
            group.addTask { await rules.run() }
            group.addTask { await LogRotation(configuration, machine: machine, logger: logger).run() }
            group.addTask { try await routes.run() }
            group.addTask { try await meter.run() }
            group.addTask { await directory.run() }
            group.addTask { await directory.runListings() }
            group.addTask { try await followPods(directory, rules) }
            group.addTask { try await watchRuntime(directory) }
            if let server { group.addTask { try await server.run() } }
            // Whatever ends first ends the agent; only cancellation ends them without an error.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func followPods(_ directory: PodDirectory, _ rules: ServiceRules) async throws {
        try await machine.api.follow(.pods, fieldSelector: "spec.nodeName=\(configuration.nodeName)") { change in
            await directory.changed(change)
            await rules.podsChanged(change)
        }
    }

    /// Every event of the runtime asks for a listing; a broken connection is opened again for ever.
    private func watchRuntime(_ directory: PodDirectory) async throws {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                try await machine.runtime.watchEvents { _ in directory.wake() }
                backoff.reset()
            } catch {
                logger.debug("the runtime's events were interrupted", metadata: ["error": "\(describe(error))"])
            }
            try await Task.sleep(for: backoff.next())
        }
    }
}
