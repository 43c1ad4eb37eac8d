import KubeModel
import Logging
import PodLifecycle

/// What all pod workers of a node share.
struct NodeContext: Sendable {
    let configuration: NodeAgentConfiguration
    let machine: NodeMachine
    let meter: UsageMeter
    let events: EventRecorder
    let services: KnownServices
    let probes: ProbeRunner
    let allocatable: [String: Quantity]
    let logger: Logger

    var nodeMemory: Int64 { allocatable["memory"]?.value ?? 1 }
}

/// The pod as it stands when an effect is carried out.
struct PodSnapshot: Sendable {
    var pod: PodDefinition
    var addresses: [String]
    var sandboxID: String?
    var sandboxAttempt: Int
    /// Volumes and groups are given back, or about to be.
    var isReleased: Bool
}

/// The services of the cluster, for the environment of containers.
actor KnownServices {
    private var services: [String: KubeObject] = [:]

    func replace(_ all: [KubeObject]) {
        services = all.reduce(into: [:]) { $0["\($1.namespace)/\($1.name)"] = $1 }
    }

    func all() -> [KubeObject] { Array(services.values) }
}
