import KubeMachinery
import KubeModel

extension ClusterState {
    /// The definitions of custom resources, in the order of their names.
    public var definitions: [CustomResourceDefinition] {
        var found: [CustomResourceDefinition] = []
        forEach(.customResourceDefinitions) { _, object in
            found.append(CustomResourceDefinition(object.object().json))
            return true
        }
        return found
    }
}
