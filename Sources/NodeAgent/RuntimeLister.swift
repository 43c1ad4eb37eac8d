import Containerd
import KubeModel
import PodLifecycle

/// What the runtime holds of one pod.
struct PodListing: Sendable {
    var name: String
    var namespace: String
    var sandboxes: [ObservedSandbox] = []
    var containers: [ObservedContainer] = []
}

/// Lists the runtime's sandboxes and containers by pod. What never changes (an exit, an address) is asked for once.
actor RuntimeLister {
    private let runtime: any ContainerRuntime
    private var addresses: [String: [String]] = [:]
    private var interfaces: [String: [String]] = [:]
    private var states: [String: (state: ObservedContainer.State, imageID: String)] = [:]

    private let nodeName: String

    init(_ runtime: any ContainerRuntime, nodeName: String) { (self.runtime, self.nodeName) = (runtime, nodeName) }

    /// All pods by their uids.
    func list() async throws -> [String: PodListing] {
        var pods: [String: PodListing] = [:]
        var owner: [String: String] = [:]
        // Only this node's own: others may share the runtime.
        let sandboxes = try await runtime.sandboxes(SandboxFilter(labels: [RuntimeLabel.node: nodeName]))
        for sandbox in sandboxes {
            owner[sandbox.id] = sandbox.uid
            let isReady = sandbox.state == .ready
            pods[sandbox.uid, default: PodListing(name: sandbox.name, namespace: sandbox.namespace)].sandboxes.append(
                ObservedSandbox(
                    id: sandbox.id, attempt: Int(sandbox.attempt), isReady: isReady,
                    addresses: isReady ? try await addresses(sandbox.id) : addresses[sandbox.id] ?? []))
        }
        let containers = try await runtime.containers(ContainerFilter(labels: [RuntimeLabel.node: nodeName]))
        for container in containers {
            guard let uid = owner[container.sandbox], let observed = try await observe(container) else { continue }
            pods[uid]?.containers.append(observed)
        }
        addresses = addresses.filter { owner[$0.key] != nil }
        interfaces = interfaces.filter { owner[$0.key] != nil }
        let known = Set(containers.map(\.id))
        states = states.filter { known.contains($0.key) }
        return pods
    }

    /// The interfaces on the node's side of a sandbox that was listed as ready.
    func interfaces(of sandbox: String) -> [String] { interfaces[sandbox] ?? [] }

    private func addresses(_ sandbox: String) async throws -> [String] {
        if let known = addresses[sandbox] { return known }
        let status = try await runtime.sandboxStatus(sandbox)
        addresses[sandbox] = status.addresses
        interfaces[sandbox] = status.nodeInterfaces
        return status.addresses
    }

    /// Nil where the container vanished while it was looked at.
    private func observe(_ container: ContainerSummary) async throws -> ObservedContainer? {
        func observed(_ state: ObservedContainer.State, _ imageID: String) -> ObservedContainer {
            ObservedContainer(
                id: container.id, name: container.name, attempt: Int(container.attempt), imageID: imageID,
                sandboxID: container.sandbox, state: state)
        }
        if container.state == .created { return observed(.created, container.imageID) }
        if let known = states[container.id], Self.agrees(known.state, container.state) {
            return observed(known.state, known.imageID)
        }
        do {
            let status = try await runtime.containerStatus(container.id)
            let state: ObservedContainer.State =
                status.state == .running
                ? .running(startedAt: status.startedAt ?? status.createdAt) : .exited(ContainerExit(status))
            states[container.id] = (state, status.imageReference)
            return observed(state, status.imageReference)
        } catch let error as RuntimeError where error.code == .notFound {
            return nil
        }
    }

    private static func agrees(_ known: ObservedContainer.State, _ state: ContainerState) -> Bool {
        switch known {
        case .created: state == .created
        case .running: state == .running
        case .exited: state != .running
        }
    }
}
