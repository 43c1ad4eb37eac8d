import Domain
import KubeModel

/// The ConfigMaps and Secrets that a pod cannot start without.
struct PodReferences {
    private struct Reference: Hashable {
        let key: ObjectKey
        /// The value that is named; nil for the object as a whole.
        let value: String?
    }

    private var references: [Reference] = []

    init(_ pod: KubeObject) {
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
    }

    private mutating func add(_ resource: GroupResource, _ source: JSON?, _ pod: KubeObject) {
        guard let source, source.bool("optional") != true,
            let name = source.string("name") ?? source.string("secretName"), !name.isEmpty
        else { return }
        references.append(
            Reference(key: ObjectKey(resource, namespace: pod.namespace, name: name), value: source.string("key")))
    }

    /// The first that is not there, in Kubernetes' words; nil if all are.
    func firstMissing(in state: ClusterState) -> String? {
        for reference in references {
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
