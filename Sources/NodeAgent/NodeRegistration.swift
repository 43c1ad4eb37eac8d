import Containerd
import KubeClient
import KubeModel
import Logging

/// Keeps the node's object in the API true: creates it, and writes its status when something changed.
actor NodeRegistration {
    private let configuration: NodeAgentConfiguration
    private let machine: NodeMachine
    private let bootID: String
    private let logger: Logger
    private var current: KubeObject?
    private var runtimeVersion: RuntimeVersion?
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(_ configuration: NodeAgentConfiguration, machine: NodeMachine, bootID: String, logger: Logger) {
        (self.configuration, self.machine, self.bootID, self.logger) = (configuration, machine, bootID, logger)
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Checks the machine every few seconds and whenever the object changes, until cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.follow() }
            group.addTask {
                repeat { self.signal.yield() } while (try? await Task.sleep(for: .seconds(5))) != nil
            }
            for await _ in signals {
                do {
                    try await check()
                } catch {
                    logger.debug("the node's status was not written", metadata: ["error": "\(describe(error))"])
                }
            }
            group.cancelAll()
        }
    }

    /// Others change the object too: a node controller that heard nothing for a while, for instance.
    private func follow() async throws {
        try await machine.api.follow(.nodes, fieldSelector: "metadata.name=\(configuration.nodeName)") { change in
            await self.changed(change)
        }
    }

    private func changed(_ change: ListWatch.Change) {
        switch change {
        case .listed(let nodes): current = nodes.first { $0.name == configuration.nodeName }
        case .upserted(let node): if node.name == configuration.nodeName { current = node }
        case .removed(let node): if node.name == configuration.nodeName { current = nil }
        }
        signal.yield()
    }

    func check() async throws {
        let report = await report()
        let node = try await known(report)
        if let patch = report.labelPatch(node) {
            current = try await machine.api.patch(.nodes, namespace: nil, name: node.name, patch, subresource: nil)
        }
        if let patch = report.statusPatch(current ?? node, now: .now) {
            current = try await machine.api.patch(.nodes, namespace: nil, name: node.name, patch, subresource: "status")
        }
    }

    private func known(_ report: NodeReport) async throws -> KubeObject {
        if let current { return current }
        do {
            current = try await machine.api.get(.nodes, namespace: nil, name: configuration.nodeName)
        } catch let status as KubeStatus where status.code == 404 {
            current = try await machine.api.create(.nodes, namespace: nil, report.object)
            logger.info("registered the node", metadata: ["node": "\(configuration.nodeName)"])
        }
        return current ?? KubeObject(report.object)
    }

    private func report() async -> NodeReport {
        let trouble = await runtimeTrouble()
        return NodeReport(
            configuration: configuration, facts: .read(directory: configuration.rootDirectory), bootID: bootID,
            runtimeVersion: runtimeVersion, runtimeTrouble: trouble)
    }

    private func runtimeTrouble() async -> String? {
        do {
            if runtimeVersion == nil { runtimeVersion = try await machine.runtime.version() }
            let unmet = try await machine.runtime.conditions().filter { !$0.status }
            return unmet.isEmpty ? nil : unmet.map { "\($0.type): \($0.reason) \($0.message)" }.joined(separator: "; ")
        } catch {
            return "containerd does not answer at \(configuration.containerdSocket): \(describe(error))"
        }
    }
}
