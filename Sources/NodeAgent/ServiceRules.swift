import KubeClient
import KubeModel
import LinuxNode
import Logging
import NetworkPlan

/// Keeps the node's packet filter in step with the cluster's services and their endpoints, and with the ports of the
/// node that its own pods take.
actor ServiceRules {
    private let machine: NodeMachine
    private let known: KnownServices
    private let nodeName: String
    private let settings: Ruleset.Settings
    private let logger: Logger
    private var services: [String: KubeObject]?
    private var slices: [String: KubeObject]?
    private var pods: [String: KubeObject]?
    private var hostPorts: [HostPort]?
    /// What the kernel holds; nil where that is not known.
    private var applied: Ruleset?
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// Throws `ConfigurationError` for an address range that is none.
    init(_ configuration: NodeAgentConfiguration, machine: NodeMachine, known: KnownServices, logger: Logger) throws {
        (self.machine, self.known, self.logger, nodeName) = (machine, known, logger, configuration.nodeName)
        guard let pods = IPv4Range(configuration.clusterCIDR), let services = IPv4Range(configuration.serviceCIDR)
        else {
            throw ConfigurationError("clusterCIDR and serviceCIDR must be IPv4 ranges such as 10.244.0.0/16")
        }
        settings = Ruleset.Settings(table: configuration.nftTable, podRange: pods, serviceRange: services)
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

    /// What is new of this node's own pods.
    func podsChanged(_ change: ListWatch.Change) {
        pods = Self.merge(change, into: pods)
        let ports = HostPort.all(of: (pods ?? [:]).values)
        guard ports != hostPorts else { return }
        hostPorts = ports
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

    /// Rules are set only once all lists are known: half of them would cut off services that work.
    private func apply() async {
        guard let services, let slices, let hostPorts else { return }
        let table = ServiceTable(services: Array(services.values), slices: Array(slices.values), node: nodeName)
        let wanted = Ruleset(table, hostPorts: hostPorts, settings: settings)
        do {
            try apply(wanted)
        } catch {
            logger.error("the packet filter was not set; trying again", metadata: ["error": "\(describe(error))"])
            if (try? await Task.sleep(for: .seconds(1))) != nil { signal.yield() }
        }
    }

    /// A small change is applied as one; where the kernel refuses that, the whole table is set anew.
    private func apply(_ wanted: Ruleset) throws {
        let held = applied
        applied = nil
        if let held {
            guard let update = wanted.update(from: held) else { return applied = held }
            if (try? machine.packetFilter.apply(update)) != nil { return applied = wanted }
        }
        try machine.packetFilter.apply(wanted.text)
        applied = wanted
    }
}
