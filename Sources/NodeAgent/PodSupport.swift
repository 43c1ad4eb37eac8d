import KubeModel
import PodLifecycle

/// What a pod may ask for that this node cannot do: it is refused with a clear reason, never half obeyed.
enum PodSupport {
    /// Why the pod cannot run here; nil if it can.
    static func refusal(_ pod: PodDefinition) -> String? {
        let spec = pod.object.spec
        if spec.bool("hostUsers") == false {
            return "hostUsers: false needs user namespaces, which the container runtime of this node does not support"
        }
        if let runtimeClass = spec.string("runtimeClassName"), !runtimeClass.isEmpty {
            return "runtimeClassName \"\(runtimeClass)\" is not configured on this node"
        }
        if spec.string("os", "name") == "windows" { return "this node runs Linux pods only" }
        for volume in spec.array("volumes") {
            if let reason = volumeRefusal(volume) { return reason }
        }
        for container in pod.initContainers + pod.containers {
            if let reason = containerRefusal(container) { return reason }
        }
        return nil
    }

    private static let volumeKinds: Set<String> = [
        "emptyDir", "hostPath", "configMap", "secret", "downwardAPI", "projected",
    ]

    private static func volumeRefusal(_ volume: JSON) -> String? {
        let name = volume.string("name") ?? ""
        let kinds = (volume.objectValue?.names ?? []).filter { $0 != "name" }
        if let kind = kinds.first(where: { !volumeKinds.contains($0) }) {
            let supported = volumeKinds.sorted().joined(separator: ", ")
            return "volume \"\(name)\": \(kind) is not supported; use one of \(supported)"
        }
        for source in volume.array("projected", "sources") {
            let member = source.objectValue?.names.first ?? ""
            if !["configMap", "secret", "downwardAPI"].contains(member) {
                return "volume \"\(name)\": a projected \(member) is not supported"
            }
        }
        return nil
    }

    private static func containerRefusal(_ container: ContainerDefinition) -> String? {
        if !container.spec.array("volumeDevices").isEmpty {
            return "container \"\(container.name)\": volumeDevices are not supported"
        }
        if !container.spec.array("resources", "claims").isEmpty {
            return "container \"\(container.name)\": resource claims are not supported"
        }
        for probe in container.probes.values {
            if case .grpc = probe.handler {
                return "container \"\(container.name)\": gRPC probes are not supported; use exec, httpGet or tcpSocket"
            }
        }
        let procMount = container.spec.string("securityContext", "procMount") ?? "Default"
        return procMount == "Default" ? nil : "container \"\(container.name)\": procMount \(procMount) is not supported"
    }
}
