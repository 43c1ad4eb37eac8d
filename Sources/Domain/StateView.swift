import KubeModel
import HashTreeCollections

/// One moment of the cluster with everything that planners ask of it.
public struct StateView: ClusterView {
    public let state: ClusterState
    private let reports: TreeDictionary<String, Timestamp>
    private let usage: TreeDictionary<String, UsageInterval>
    private let cache: (any ObjectCache)?

    /// `state` must have its indexes built.
    public init(
        state: ClusterState, reports: TreeDictionary<String, Timestamp> = [:],
        usage: TreeDictionary<String, UsageInterval> = [:], cache: (any ObjectCache)? = nil
    ) {
        (self.state, self.reports, self.usage, self.cache) = (state, reports, usage, cache)
    }

    public var position: Position { state.position }

    public var resources: [GroupResource] { state.populatedResources }

    public func object(_ key: ObjectKey) -> KubeObject? { state[key].map { tree(key, $0) } }

    public func list(_ resource: GroupResource, namespace: String?) -> [KubeObject] {
        var found: [KubeObject] = []
        state.forEach(resource, namespace: namespace) { name, object in
            found.append(tree(ObjectKey(resource, namespace: name.namespace, name: name.name), object))
            return true
        }
        return found
    }

    public func owned(by uid: String, _ resource: GroupResource) -> [KubeObject] {
        dependents(of: uid).filter { $0.resource == resource }.compactMap(object)
    }

    public func dependents(of uid: String) -> [ObjectKey] { state.indexes?.byOwner[uid]?.sorted() ?? [] }

    public func pods(onNode node: String) -> [KubeObject] {
        (state.indexes?.byNode[node]?.sorted() ?? []).compactMap(object)
    }

    public func lastReport(ofNode node: String) -> Timestamp? { reports[node] }

    public func usage(onNode node: String) -> UsageInterval? { usage[node] }

    private func tree(_ key: ObjectKey, _ object: StoredObject) -> KubeObject {
        guard let cache else { return object.object() }
        return cache.object(key, object)
    }
}

/// Keeps trees of objects that planners read again and again, so that they are parsed once a change.
public protocol ObjectCache: Sendable {
    func object(_ key: ObjectKey, _ stored: StoredObject) -> KubeObject
}
