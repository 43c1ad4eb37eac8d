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
    /// Whether this agent has written the node's status.
    private var hasSpoken = false
    /// How long the runtime may take to answer before it counts as down.
    private let patience: Duration
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(
        _ configuration: NodeAgentConfiguration, machine: NodeMachine, bootID: String,
        patience: Duration = .seconds(3), logger: Logger
    ) {
        self.patience = patience
        (self.configuration, self.machine, self.bootID, self.logger) = (configuration, machine, bootID, logger)
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Checks the machine every two seconds and whenever the object changes, until cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.follow() }
            group.addTask {
                repeat { self.signal.yield() } while (try? await Task.sleep(for: .seconds(2))) != nil
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
        if let patch = report.statusPatch(current ?? node, isFirst: !hasSpoken, now: .now) {
            current = try await machine.api.patch(.nodes, namespace: nil, name: node.name, patch, subresource: "status")
            hasSpoken = true
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

    /// Why the runtime cannot run pods; nil if it can. A runtime that stands still never refuses a call, so that no
    /// answer in time is an answer too.
    private func runtimeTrouble() async -> String? {
        do {
            let answer = try await withThrowingTaskGroup(of: RuntimeAnswer?.self) { group in
                group.addTask { try await self.askRuntime() }
                group.addTask {
                    try await Task.sleep(for: self.patience)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
            guard let answer else {
                return
                    "containerd does not answer at \(configuration.containerdSocket): nothing came within \(patience)"
            }
            runtimeVersion = answer.version
            let unmet = answer.conditions.filter { !$0.status }
            return unmet.isEmpty ? nil : unmet.map { "\($0.type): \($0.reason) \($0.message)" }.joined(separator: "; ")
        } catch {
            return "containerd does not answer at \(configuration.containerdSocket): \(describe(error))"
        }
    }

    private struct RuntimeAnswer: Sendable {
        var version: RuntimeVersion
        var conditions: [RuntimeCondition]
    }

    private func askRuntime() async throws -> RuntimeAnswer {
        let version =
            if let runtimeVersion { runtimeVersion } else { try await machine.runtime.version() }
        return RuntimeAnswer(version: version, conditions: try await machine.runtime.conditions())
    }
}
