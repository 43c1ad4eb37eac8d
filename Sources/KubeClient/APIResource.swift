import KubeModel

/// A resource as the API serves it: where its objects live and what people may call it.
public struct APIResource: Sendable, Hashable {
    /// Empty for the core group.
    public var group: String
    public var version: String
    /// Plural and lower case, as in paths: `deployments`.
    public var name: String
    public var singularName: String
    public var kind: String
    public var isNamespaced: Bool
    public var shortNames: [String]
    public var categories: [String]
    public var verbs: [String]

    public init(
        group: String = "", version: String = "v1", name: String, kind: String, isNamespaced: Bool = true,
        singularName: String? = nil, shortNames: [String] = [], categories: [String] = [], verbs: [String] = []
    ) {
        (self.group, self.version, self.name, self.kind) = (group, version, name, kind)
        self.isNamespaced = isNamespaced
        self.singularName = singularName ?? kind.lowercased()
        (self.shortNames, self.categories, self.verbs) = (shortNames, categories, verbs)
    }

    public var groupResource: GroupResource { GroupResource(group: group, resource: name) }
    public var groupVersionKind: GroupVersionKind { GroupVersionKind(group: group, version: version, kind: kind) }
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The path of the collection (`name` nil), of one object, or of its subresource. Without a namespace the
    /// collection is the one of all namespaces. A namespace is ignored for what belongs to the cluster.
    public func path(namespace: String? = nil, name: String? = nil, subresource: String? = nil) -> String {
        var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        if isNamespaced, let namespace, !namespace.isEmpty { path += "/namespaces/\(PathText.escape(namespace))" }
        path += "/\(self.name)"
        if let name { path += "/\(PathText.escape(name))" }
        if let subresource { path += "/\(subresource)" }
        return path
    }
}

extension APIResource {
    public static let pods = APIResource(name: "pods", kind: "Pod", shortNames: ["po"])
    public static let nodes = APIResource(name: "nodes", kind: "Node", isNamespaced: false, shortNames: ["no"])
    public static let namespaces = APIResource(
        name: "namespaces", kind: "Namespace", isNamespaced: false, shortNames: ["ns"])
    public static let services = APIResource(name: "services", kind: "Service", shortNames: ["svc"])
    public static let secrets = APIResource(name: "secrets", kind: "Secret")
    public static let configMaps = APIResource(name: "configmaps", kind: "ConfigMap", shortNames: ["cm"])
    public static let events = APIResource(name: "events", kind: "Event", shortNames: ["ev"])
    public static let serviceAccounts = APIResource(name: "serviceaccounts", kind: "ServiceAccount", shortNames: ["sa"])
    public static let deployments = APIResource(
        group: "apps", name: "deployments", kind: "Deployment", shortNames: ["deploy"])
    public static let replicaSets = APIResource(
        group: "apps", name: "replicasets", kind: "ReplicaSet", shortNames: ["rs"])
    public static let endpointSlices = APIResource(
        group: "discovery.k8s.io", name: "endpointslices", kind: "EndpointSlice")
    public static let leases = APIResource(group: "coordination.k8s.io", name: "leases", kind: "Lease")
}

/// Percent-encoding as RFC 3986 asks for it in paths and queries.
enum PathText {
    /// Leaves only the unreserved characters as they are.
    static func escape(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(Self.hexDigits[Int(byte >> 4)])
                bytes.append(Self.hexDigits[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func query(_ items: [(String, String)]) -> String {
        items.isEmpty ? "" : "?" + items.map { "\(escape($0))=\(escape($1))" }.joined(separator: "&")
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)
}
