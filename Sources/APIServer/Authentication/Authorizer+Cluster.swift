import ControlPlane
import Domain
import KubeModel

extension BuiltInAuthorizer {
    /// Lets a node agent act on the pods that are bound to its node now, and read what those refer to.
    public init(of cluster: Cluster) {
        self.init(
            nodeOfPod: { namespace, name in
                cluster.state[ObjectKey(.pods, namespace: namespace, name: name)]?.member("spec", "nodeName")?
                    .stringValue
            },
            needOfNode: { node, resource, namespace, name in
                let key = ObjectKey(resource, namespace: namespace, name: name)
                return cluster.view.pods(onNode: node).contains {
                    $0.namespace == namespace && PodReferences($0).contains(key)
                }
            })
    }
}
