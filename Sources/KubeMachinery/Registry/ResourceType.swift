import KubeModel

/// The rule that the names of a kind's objects follow.
public enum NameRule: Sendable, Hashable {
    /// RFC 1123 subdomain: labels joined by dots, at most 253 characters.
    case subdomain
    /// RFC 1123 label: at most 63 characters.
    case label
    /// RFC 1035 label: a label that begins with a letter.
    case label1035
    /// Anything that can stand between two slashes of a path (RBAC).
    case pathSegment
}

/// A part of an object with an address of its own (`pods/status`, `deployments/scale`).
public struct Subresource: Sendable, Hashable {
    public let name: String
    /// What is sent and answered there (`autoscaling/v1 Scale` for `scale`).
    public let kind: GroupVersionKind
    public let verbs: [String]

    public init(_ name: String, _ kind: GroupVersionKind, verbs: [String]) {
        (self.name, self.kind, self.verbs) = (name, kind, verbs)
    }
}

/// One served kind: its names, its schema and what the API does with its objects.
public final class ResourceType: Sendable {
    public let kind: GroupVersionKind
    public let listKind: String
    /// `deployments`
    public let plural: String
    public let singular: String
    public let shortNames: [String]
    public let categories: [String]
    public let isNamespaced: Bool
    /// Sorted, as discovery lists them.
    public let verbs: [String]
    public let subresources: [Subresource]
    /// `deployments.apps`
    public let groupResource: GroupResource
    public let schema: Schema
    /// The type of the whole object.
    public let root: TypeSchema
    /// `metadata.generation` counts changes of the spec.
    public let tracksGeneration: Bool
    public let nameRule: NameRule
    /// A client may state the status when it makes the object (a node that registers itself).
    public let keepsStatusOnCreate: Bool
    /// The resource under whose key objects are stored, where another version or group only views them
    /// (`events.k8s.io` shows the core group's Events); otherwise equal to `groupResource`.
    public let storage: GroupResource
    /// What a CustomResourceDefinition says of the kind; nil for Purser's own kinds.
    public let custom: CustomResource?

    public var group: String { kind.group }
    public var version: String { kind.version }
    /// `apps/v1`
    public var apiVersion: String { kind.apiVersion }
    public var hasStatus: Bool { subresource("status") != nil }
    public var hasScale: Bool { subresource("scale") != nil }
    public func subresource(_ name: String) -> Subresource? { subresources.first { $0.name == name } }
    /// The key of one of its objects.
    public func key(namespace: String, name: String) -> ObjectKey {
        ObjectKey(storage, namespace: isNamespaced ? namespace : "", name: name)
    }

    init(row: ResourceRow, root: TypeSchema, schema: Schema) {
        kind = row.kind
        custom = row.custom
        listKind = row.listKind ?? row.kind.kind + "List"
        plural = row.plural
        singular = row.singular ?? row.kind.kind.lowercased()
        shortNames = row.shortNames
        categories = row.categories
        isNamespaced = row.isNamespaced
        verbs = row.verbs
        subresources = row.subresources.map { $0.subresource(of: row.kind) }
        groupResource = GroupResource(group: row.kind.group, resource: row.plural)
        storage = row.storage ?? GroupResource(group: row.kind.group, resource: row.plural)
        tracksGeneration = row.tracksGeneration
        nameRule = row.nameRule
        keepsStatusOnCreate = row.keepsStatusOnCreate
        self.root = root
        self.schema = schema
    }
}

extension ResourceType {
    /// True if objects of the resource are stored in this version.
    var isStorageVersion: Bool { custom.map { $0.storedAPIVersion == apiVersion } ?? true }
}

extension ResourceType: Hashable {
    public static func == (left: ResourceType, right: ResourceType) -> Bool { left === right }
    public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}
