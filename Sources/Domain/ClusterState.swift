import KubeModel

/// The name of an object within its resource.
public struct ObjectName: Sendable, Hashable, Comparable {
    public let namespace: String
    public let name: String
    public init(namespace: String, name: String) { (self.namespace, self.name) = (namespace, name) }

    public static func < (left: ObjectName, right: ObjectName) -> Bool {
        left.namespace == right.namespace ? left.name < right.name : left.namespace < right.namespace
    }
}

/// The fold of the log up to a position: every object as it is there. Copies share what they have in common.
public struct ClusterState: Sendable {
    /// The last event folded in (or known to change nothing).
    public internal(set) var position: Position = 0
    var resources: [GroupResource: OrderedMap<ObjectName, StoredObject>] = [:]
    /// The last revision of streams whose object is gone, so that a new object of that name counts on.
    var endedStreams = EndedStreams()
    /// Derived from the objects; built on demand, because a plain replay needs none of it.
    public internal(set) var indexes: ClusterIndexes?

    public init() {}

    public subscript(key: ObjectKey) -> StoredObject? {
        resources[key.resource]?[ObjectName(namespace: key.namespace, name: key.name)]
    }

    /// The revision that the stream's next event builds on: 0 for a stream that never was.
    public func lastRevision(_ key: ObjectKey) -> Revision { self[key]?.revision ?? endedStreams[key] ?? 0 }

    public func count(_ resource: GroupResource) -> Int { resources[resource]?.count ?? 0 }

    /// Calls `body` with the objects of a resource in order, from behind a name on, until it returns false.
    public func forEach(
        _ resource: GroupResource, namespace: String? = nil, after: ObjectName? = nil,
        _ body: (ObjectName, StoredObject) throws -> Bool
    ) rethrows {
        guard let objects = resources[resource] else { return }
        let start = after ?? namespace.map { ObjectName(namespace: $0, name: "") }
        try objects.forEach(from: start) { name, object in
            if let namespace, name.namespace != namespace { return false }
            if let after, name == after { return true }
            return try body(name, object)
        }
    }

    /// The resources that hold objects, in order.
    public var populatedResources: [GroupResource] { resources.filter { !$0.value.isEmpty }.keys.sorted() }

    /// Whether a namespace takes new objects.
    public enum NamespaceState: Sendable { case absent, active, terminating }

    public func namespaceState(_ name: String) -> NamespaceState {
        guard let object = self[ObjectKey(.namespaces, name: name)] else { return .absent }
        return object.isBeingDeleted ? .terminating : .active
    }
}
