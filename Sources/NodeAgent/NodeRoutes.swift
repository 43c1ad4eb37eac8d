import KubeClient
import KubeModel
import LinuxNode
import Logging

/// Keeps routes to the pods of all other nodes, each through its node's address.
actor NodeRoutes {
    private let machine: NodeMachine
    private let nodeName: String
    private let ownRange: String
    private let logger: Logger
    private var nodes: [String: KubeObject] = [:]
    /// Node addresses by pod ranges, as the kernel has them.
    private var routes: [String: String] = [:]

    init(_ configuration: NodeAgentConfiguration, machine: NodeMachine, logger: Logger) {
        (self.machine, self.logger) = (machine, logger)
        (nodeName, ownRange) = (configuration.nodeName, configuration.podCIDR)
    }

    /// Follows the nodes until cancelled.
    func run() async throws {
        try await machine.api.follow(.nodes, fieldSelector: nil) { await self.changed($0) }
    }

    private func changed(_ change: ListWatch.Change) {
        switch change {
        case .listed(let all): nodes = all.reduce(into: [:]) { $0[$1.name] = $1 }
        case .upserted(let node): nodes[node.name] = node
        case .removed(let node): nodes[node.name] = nil
        }
        settle(Self.wanted(Array(nodes.values), besides: nodeName, range: ownRange))
    }

    /// Addresses by ranges of the nodes that have both; never this node's own range, which is its bridge's.
    static func wanted(_ nodes: [KubeObject], besides own: String, range ownRange: String) -> [String: String] {
        nodes.reduce(into: [:]) { routes, node in
            let address = node.status.array("addresses").first { $0.string("type") == "InternalIP" }?.string("address")
            guard node.name != own, let range = node.spec.string("podCIDR"), range != ownRange, let address else {
                return
            }
            routes[range] = address
        }
    }

    private func settle(_ wanted: [String: String]) {
        for (range, address) in routes where wanted[range] != address {
            attempt("remove", range, address) { try machine.network.removeRoute(to: $0, through: $1) }
            routes[range] = nil
        }
        for (range, address) in wanted where routes[range] == nil {
            let isAdded = attempt("add", range, address) { try machine.network.addRoute(to: $0, through: $1) }
            if isAdded { routes[range] = address }
        }
    }

    @discardableResult
    private func attempt(
        _ what: String, _ range: String, _ address: String, _ body: (IPPrefix, IPPrefix) throws -> Void
    ) -> Bool {
        do {
            try body(try IPPrefix(range), try IPPrefix(address))
            return true
        } catch {
            logger.warning(
                "cannot \(what) a route",
                metadata: ["range": "\(range)", "node": "\(address)", "error": "\(describe(error))"])
            return false
        }
    }
}
