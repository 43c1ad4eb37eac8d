/// A Kubernetes object as a tree, with typed views of what all kinds share.
public struct KubeObject: Sendable, Hashable {
    public var json: JSON

    public init(_ json: JSON) { self.json = json }

    public var apiVersion: String { json.string("apiVersion") ?? "" }
    public var kind: String { json.string("kind") ?? "" }
    public var name: String { json.string("metadata", "name") ?? "" }
    public var namespace: String { json.string("metadata", "namespace") ?? "" }
    public var uid: String { json.string("metadata", "uid") ?? "" }
    /// The log position of the object's last change, in decimal.
    public var resourceVersion: String { json.string("metadata", "resourceVersion") ?? "" }
    public var generation: Int64 { json.int("metadata", "generation") ?? 0 }
    public var labels: [String: String] { json.stringMap("metadata", "labels") }
    public var annotations: [String: String] { json.stringMap("metadata", "annotations") }
    public var finalizers: [String] { json.array("metadata", "finalizers").compactMap(\.stringValue) }
    public var creationTimestamp: Timestamp? {
        json.string("metadata", "creationTimestamp").flatMap(Timestamp.init(rfc3339:))
    }
    public var deletionTimestamp: Timestamp? {
        json.string("metadata", "deletionTimestamp").flatMap(Timestamp.init(rfc3339:))
    }
    public var isBeingDeleted: Bool { json["metadata"]?["deletionTimestamp"] != nil }
    public var spec: JSON { json["spec"] ?? [:] }
    public var status: JSON { json["status"] ?? [:] }

    public var ownerReferences: [OwnerReference] {
        json.array("metadata", "ownerReferences").compactMap(OwnerReference.init(json:))
    }
    /// The owner whose `controller` is true, if there is one.
    public var controller: OwnerReference? { ownerReferences.first(where: \.isController) }

    public func key(_ resource: GroupResource) -> ObjectKey { ObjectKey(resource, namespace: namespace, name: name) }

    /// The entry of `status.conditions` of a type.
    public func condition(_ type: String) -> JSON? {
        json.array("status", "conditions").first { $0.string("type") == type }
    }
}

/// `metav1.OwnerReference`.
public struct OwnerReference: Sendable, Hashable {
    public var apiVersion: String
    public var kind: String
    public var name: String
    public var uid: String
    public var isController: Bool
    public var blocksOwnerDeletion: Bool

    public init(
        apiVersion: String, kind: String, name: String, uid: String, isController: Bool = true,
        blocksOwnerDeletion: Bool = true
    ) {
        (self.apiVersion, self.kind, self.name, self.uid) = (apiVersion, kind, name, uid)
        (self.isController, self.blocksOwnerDeletion) = (isController, blocksOwnerDeletion)
    }

    public init?(json: JSON) {
        guard let apiVersion = json.string("apiVersion"), let kind = json.string("kind"),
            let name = json.string("name"),
            let uid = json.string("uid")
        else { return nil }
        self.init(
            apiVersion: apiVersion, kind: kind, name: name, uid: uid, isController: json.bool("controller") ?? false,
            blocksOwnerDeletion: json.bool("blockOwnerDeletion") ?? false)
    }

    public var json: JSON {
        [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
            "controller": .bool(isController), "blockOwnerDeletion": .bool(blocksOwnerDeletion),
        ]
    }
}
