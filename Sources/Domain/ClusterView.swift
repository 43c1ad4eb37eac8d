import KubeModel

/// What planners see of the cluster: one consistent moment of it. Lists are in the order of namespace and name.
public protocol ClusterView: Sendable {
    /// The position this view is of.
    var position: Position { get }
    func object(_ key: ObjectKey) -> KubeObject?
    /// The resources that hold objects, in order.
    var resources: [GroupResource] { get }
    /// All objects of a resource, of one namespace if it is given.
    func list(_ resource: GroupResource, namespace: String?) -> [KubeObject]
    /// The objects of a resource that name the owner's uid in their `ownerReferences`, by index.
    func owned(by uid: String, _ resource: GroupResource) -> [KubeObject]
    /// The keys of everything that names the owner's uid, by index.
    func dependents(of uid: String) -> [ObjectKey]
    /// The pods bound to a node, by index.
    func pods(onNode node: String) -> [KubeObject]
    /// When the node last reported (its usage report is its sign of life); nil if it has not since the server started.
    func lastReport(ofNode node: String) -> Timestamp?
    /// What the node's pods used between its last two reports; nil if it has not sent two since the server started.
    func usage(onNode node: String) -> UsageInterval?
}
