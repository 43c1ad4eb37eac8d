import Domain
import KubeModel

/// The ConfigMaps and Secrets that a pod refers to.
public struct PodReferences {
    private struct Reference: Hashable {
        let key: ObjectKey
        /// The value that is named; nil for the object as a whole.
        let value: String?
        /// Whether the pod cannot start without it.
        let isRequired: Bool
    }

    private var references: [Reference] = []

    public init(_ pod: KubeObject) {
        let containers = pod.spec.array("initContainers") + pod.spec.array("containers")
        for container in containers {
            for source in container.array("envFrom") {
                add(.configMaps, source["configMapRef"], pod)
                add(.secrets, source["secretRef"], pod)
            }
            for variable in container.array("env") {
                add(.configMaps, variable[["valueFrom", "configMapKeyRef"]], pod)
                add(.secrets, variable[["valueFrom", "secretKeyRef"]], pod)
            }
        }
        for volume in pod.spec.array("volumes") {
            add(.configMaps, volume["configMap"], pod)
            add(.secrets, volume["secret"], pod)
            for source in volume.array("projected", "sources") {
                add(.configMaps, source["configMap"], pod)
                add(.secrets, source["secret"], pod)
            }
        }
        // An image may be there, or be anybody's, without them.
        for secret in pod.spec.array("imagePullSecrets") { add(.secrets, secret, pod, isRequired: false) }
    }

    private mutating func add(
        _ resource: GroupResource, _ source: JSON?, _ pod: KubeObject, isRequired: Bool = true
    ) {
        guard let source, let name = source.string("name") ?? source.string("secretName"), !name.isEmpty else { return }
        references.append(
            Reference(
                key: ObjectKey(resource, namespace: pod.namespace, name: name), value: source.string("key"),
                isRequired: isRequired && source.bool("optional") != true))
    }

    public func contains(_ key: ObjectKey) -> Bool { references.contains { $0.key == key } }

    /// The first that is required and not there, in Kubernetes' words; nil if all are.
    func firstMissing(in state: ClusterState) -> String? {
        for reference in references where reference.isRequired {
            let kind = reference.key.resource == .secrets ? "secret" : "configmap"
            guard let object = state[reference.key] else { return "\(kind) \"\(reference.key.name)\" not found" }
            guard let value = reference.value else { continue }
            let isThere = object.member("data")?[value] != nil || object.member("binaryData")?[value] != nil
            if !isThere {
                return "couldn't find key \(value) in \(kind) \(reference.key.namespace)/\(reference.key.name)"
            }
        }
        return nil
    }
}
