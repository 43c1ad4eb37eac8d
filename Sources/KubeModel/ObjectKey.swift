/// A resource without its version, as streams, errors and RBAC name it: `pods`, `deployments.apps`.
public struct GroupResource: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Plural, with the group behind a dot unless it is the core group.
    public let description: String

    public init(_ text: String) { description = text }
    public init(group: String, resource: String) { description = group.isEmpty ? resource : "\(resource).\(group)" }

    public var resource: String { description.split(separator: ".", maxSplits: 1).first.map(String.init) ?? "" }
    public var group: String {
        let parts = description.split(separator: ".", maxSplits: 1)
        return parts.count > 1 ? String(parts[1]) : ""
    }
    public static func < (left: GroupResource, right: GroupResource) -> Bool { left.description < right.description }
}

/// Names one object. The namespace is empty for what belongs to the cluster.
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let resource: GroupResource
    public let namespace: String
    public let name: String

    public init(_ resource: GroupResource, namespace: String = "", name: String) {
        self.resource = resource
        self.namespace = namespace
        self.name = name
    }

    /// The name of the object's stream: `deployments.apps/shop/web`, `nodes/n1`.
    public var description: String {
        namespace.isEmpty ? "\(resource)/\(name)" : "\(resource)/\(namespace)/\(name)"
    }

    /// Reads what `description` writes; nil for anything else.
    public init?(stream: String) {
        let text = stream.utf8
        let slash = UInt8(ascii: "/")
        guard let first = text.firstIndex(of: slash), let last = text.lastIndex(of: slash) else { return nil }
        let (resource, name) = (stream[..<first], stream[text.index(after: last)...])
        let namespace = first == last ? "" : stream[text.index(after: first)..<last]
        guard !resource.isEmpty, !name.isEmpty, first == last || !namespace.isEmpty, !namespace.utf8.contains(slash)
        else { return nil }
        self.init(GroupResource(String(resource)), namespace: String(namespace), name: String(name))
    }

    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        if left.resource != right.resource { return left.resource < right.resource }
        if left.namespace != right.namespace { return left.namespace < right.namespace }
        return left.name < right.name
    }
}

/// A kind with its group and version, as `apiVersion` and `kind` state it.
public struct GroupVersionKind: Sendable, Hashable, CustomStringConvertible {
    public let group: String
    public let version: String
    public let kind: String

    public init(group: String, version: String, kind: String) {
        self.group = group
        self.version = version
        self.kind = kind
    }

    /// Splits `apps/v1`; a text without a slash is a version of the core group.
    public init(apiVersion: String, kind: String) {
        let parts = apiVersion.split(separator: "/", maxSplits: 1).map(String.init)
        self.init(group: parts.count > 1 ? parts[0] : "", version: parts.last ?? "", kind: kind)
    }

    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    public var description: String { "\(apiVersion), Kind=\(kind)" }
}

extension GroupResource {
    public static let pods = GroupResource("pods")
    public static let nodes = GroupResource("nodes")
    public static let namespaces = GroupResource("namespaces")
    public static let services = GroupResource("services")
    public static let secrets = GroupResource("secrets")
    public static let configMaps = GroupResource("configmaps")
    public static let events = GroupResource("events")
    public static let serviceAccounts = GroupResource("serviceaccounts")
    public static let deployments = GroupResource("deployments.apps")
    public static let replicaSets = GroupResource("replicasets.apps")
    public static let endpointSlices = GroupResource("endpointslices.discovery.k8s.io")
    public static let horizontalPodAutoscalers = GroupResource("horizontalpodautoscalers.autoscaling")
    public static let leases = GroupResource("leases.coordination.k8s.io")
    public static let customResourceDefinitions = GroupResource("customresourcedefinitions.apiextensions.k8s.io")
}
