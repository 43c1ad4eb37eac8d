import CommandHandling
import Domain
import KubeMachinery
import KubeModel
import Testing

@testable import ControlPlane

/// A cluster that was built and brought to rest by simulation alone: no log, no clock.
struct WhatIfStage {
    static let start = Timestamp(seconds: 1_800_000_000)
    private(set) var state: ClusterState
    private(set) var time: Timestamp
    private let whatIf: WhatIf

    /// A namespace `shop`, nodes (name and cores, 8 GiB each) and what else there is, at rest.
    init(nodes: KeyValuePairs<String, String> = ["n1": "2", "n2": "2"], _ objects: [JSON] = []) throws {
        let range = try #require(AddressRange("10.96.0.0/16"))
        whatIf = WhatIf(sealer: nil, serviceRange: range)
        let namespace: JSON = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "shop"]]
        var fork = Fork(
            ClusterState(), now: Self.start, sealer: nil, serviceRange: range)
        // Nodes register themselves, with their status.
        let type = try #require(Registry.builtIn.type(.nodes))
        for (name, cpu) in nodes {
            let origin = CallOrigin(caller: Caller(subject: "node", verb: "create"), callID: CallID(high: 0, low: 0))
            _ = try fork.execute(
                WriteRequest(type, operation: .create(Replica.node(name, cpu: cpu)), origin: origin))
        }
        let request = Self.request([namespace] + objects)
        for document in request.documents {
            let change = try fork.apply(document, request)
            try #require(change.action == .created, "\(String(describing: change.refusal))")
        }
        var simulation = Simulation(fork)
        try simulation.run { false }
        (state, time) = (simulation.fork.state, simulation.fork.now)
    }

    private static func request(_ documents: [JSON], nodes: [JSON]? = nil, deletions: [ObjectKey] = []) -> WhatIfRequest
    {
        func named(_ objects: [JSON], _ file: String) -> [WhatIfRequest.Document] {
            objects.enumerated().map { .init(object: $1, origin: "\(file), object \($0 + 1)") }
        }
        return WhatIfRequest(
            named(documents, "change.yaml"), deletions: deletions, nodes: nodes.map { named($0, "nodes.yaml") },
            namespace: "shop", caller: Caller(subject: "ann", verb: "create"), callID: CallID(high: 1, low: 1),
            refusal: { _, _ in nil })
    }

    func report(
        _ documents: [JSON] = [], nodes: [JSON]? = nil, deletions: [ObjectKey] = [],
        isCancelled: () -> Bool = { false }
    ) throws -> WhatIfReport {
        try whatIf.report(
            Self.request(documents, nodes: nodes, deletions: deletions), on: state, at: time, isCancelled: isCancelled)
    }

    static func deployment(
        _ name: String = "web", replicas: Int64, cpu: String = "500m", image: String = "nginx:1",
        _ edit: (inout JSON) -> Void = { _ in }
    ) -> JSON {
        var object = Replica.deployment(name, app: name, replicas: replicas, image: image, cpu: cpu)
        edit(&object)
        return object
    }

    static func blueGreen(_ object: inout JSON) {
        object[["spec", "strategy"]] = ["type": "BlueGreen", "blueGreen": ["drainSeconds": 5]]
    }
}

extension WhatIfReport {
    func workload(_ name: String) throws -> Workload { try #require(workloads.first { $0.key.name == name }) }
    /// How many pods were newly placed on each node.
    var placed: [String: Int] { placements.reduce(into: [:]) { $0[$1.node, default: 0] += 1 } }
}
