import KubeClient
import KubeModel
import LinuxNode
import Logging

/// Keeps the node's packet filter in step with the cluster's services and their endpoints.
actor ServiceRules {
    /// Makes the nftables script of services and endpoint slices.
    typealias Ruleset = @Sendable (_ services: [KubeObject], _ slices: [KubeObject]) throws -> String

    private let machine: NodeMachine
    private let known: KnownServices
    private let ruleset: Ruleset
    private let logger: Logger
    private var services: [String: KubeObject]?
    private var slices: [String: KubeObject]?
    private var applied: String?
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(_ machine: NodeMachine, known: KnownServices, logger: Logger, ruleset: @escaping Ruleset) {
        (self.machine, self.known, self.logger, self.ruleset) = (machine, known, logger, ruleset)
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Follows services and slices until cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await self.machine.api.follow(.services, fieldSelector: nil) { await self.servicesChanged($0) }
            }
            group.addTask {
                try? await self.machine.api.follow(.endpointSlices, fieldSelector: nil) { await self.slicesChanged($0) }
            }
            for await _ in signals {
                // Changes come in flocks: one transaction for what arrives within this time.
                if (try? await Task.sleep(for: .milliseconds(20))) == nil { break }
                await apply()
            }
            group.cancelAll()
        }
    }

    private func servicesChanged(_ change: ListWatch.Change) async {
        services = Self.merge(change, into: services)
        await known.replace(Array((services ?? [:]).values))
        signal.yield()
    }

    private func slicesChanged(_ change: ListWatch.Change) {
        slices = Self.merge(change, into: slices)
        signal.yield()
    }

    private static func merge(_ change: ListWatch.Change, into objects: [String: KubeObject]?) -> [String: KubeObject] {
        var objects = objects ?? [:]
        switch change {
        case .listed(let all): objects = all.reduce(into: [:]) { $0["\($1.namespace)/\($1.name)"] = $1 }
        case .upserted(let object): objects["\(object.namespace)/\(object.name)"] = object
        case .removed(let object): objects["\(object.namespace)/\(object.name)"] = nil
        }
        return objects
    }

    /// Rules are set only once both lists are known: half of them would cut off services that work.
    private func apply() async {
        guard let services, let slices else { return }
        do {
            let script = try ruleset(
                services.values.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) },
                slices.values.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) })
            guard script != applied else { return }
            try machine.packetFilter.apply(script)
            applied = script
        } catch {
            logger.error("the packet filter was not set; trying again", metadata: ["error": "\(describe(error))"])
            applied = nil
            if (try? await Task.sleep(for: .seconds(1))) != nil { signal.yield() }
        }
    }
}
