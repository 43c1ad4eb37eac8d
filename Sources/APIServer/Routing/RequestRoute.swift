import KubeModel

/// What a request asks for, read from its method, path and query alone (Kubernetes' RequestInfo).
public enum RequestRoute: Sendable, Hashable {
    /// A collection, an object or a subresource below `/api/<version>` or `/apis/<group>/<version>`.
    case resource(ResourceRequest)
    /// Everything else: discovery, `/version`, `/openapi`, health. The path has no trailing slash; the verb is the
    /// method in lower case.
    case nonResource(path: String, verb: String)

    /// - Parameter path: percent-encoded, without the query.
    public static func parse(method: String, path: String, query: Query = Query("")) -> RequestRoute {
        let decoded = Query.decode(Substring(path).utf8, plusIsSpace: false)
        let parts = decoded.split(separator: "/", omittingEmptySubsequences: false)
            .trimming { $0.isEmpty }.map(String.init)
        let isCore = parts.first == "api"
        guard isCore || parts.first == "apis", parts.count > (isCore ? 2 : 3) else {
            return .nonResource(path: "/" + parts.joined(separator: "/"), verb: method.lowercased())
        }
        let group = isCore ? "" : parts[1]
        let version = parts[isCore ? 1 : 2]
        let rest = Array(parts[(isCore ? 2 : 3)...])
        return .resource(ResourceRequest(method: method, group: group, version: version, rest: rest, query: query))
    }

    public static func parse(_ request: HTTPRequest) -> RequestRoute {
        parse(method: request.method, path: request.path, query: request.query)
    }
}

/// The API's verbs, as authorisation and the log name them.
public enum RequestVerb: String, Sendable, Hashable, CaseIterable {
    case get, list, watch, create, update, patch, delete
    case deleteCollection = "deletecollection"
    /// No verb of the API belongs to the method; answered with 405.
    case none = ""

    public var isReadOnly: Bool { self == .get || self == .list || self == .watch }
}

/// A request for objects of one resource.
public struct ResourceRequest: Sendable, Hashable {
    public var verb: RequestVerb
    public var group: String
    public var version: String
    /// Empty at the cluster's scope, and for lists over all namespaces. Of a Namespace, its own name.
    public var namespace: String
    /// Plural: `pods`.
    public var resource: String
    /// `status`, `scale`, `binding`, `log`, …; empty for the object itself.
    public var subresource: String
    /// Empty for a collection. Of a list with `fieldSelector=metadata.name=x`, that name, as authorisation wants it.
    public var name: String
    /// What follows the subresource, for `proxy`.
    public var remainder: String

    public init(
        verb: RequestVerb, group: String = "", version: String = "v1", namespace: String = "", resource: String,
        subresource: String = "", name: String = "", remainder: String = ""
    ) {
        (self.verb, self.group, self.version, self.namespace) = (verb, group, version, namespace)
        (self.resource, self.subresource, self.name, self.remainder) = (resource, subresource, name, remainder)
    }

    public var groupResource: GroupResource { GroupResource(group: group, resource: resource) }

    init(method: String, group: String, version: String, rest: [String], query: Query) {
        var parts = rest[...]
        var verb = Self.verb(of: method)
        // The old way to watch: /api/v1/watch/pods.
        if parts.first == "watch" {
            verb = .watch
            parts = parts.dropFirst()
        }
        var namespace = ""
        if parts.first == "namespaces", parts.count > 1 {
            namespace = parts[parts.startIndex + 1]
            let third = parts.dropFirst(2).first
            if let third, third != "status", third != "finalize" { parts = parts.dropFirst(2) }
        }
        func part(_ offset: Int) -> String { parts.dropFirst(offset).first ?? "" }
        self.init(
            verb: verb, group: group, version: version, namespace: namespace, resource: part(0), subresource: part(2),
            name: part(1), remainder: parts.dropFirst(3).joined(separator: "/"))
        // The log's files lie in folders: all of the path names one.
        if group == PurserEndpoints.group, resource == "log" {
            (self.name, subresource, self.remainder) = (parts.dropFirst().joined(separator: "/"), "", "")
        }
        if name.isEmpty { becomeCollection(query) }
    }

    private static func verb(of method: String) -> RequestVerb {
        switch method {
        case "GET", "HEAD": .get
        case "POST": .create
        case "PUT": .update
        case "PATCH": .patch
        case "DELETE": .delete
        default: .none
        }
    }

    private mutating func becomeCollection(_ query: Query) {
        switch verb {
        case .get:
            verb = ListOptions.isTrue(query["watch"]) ? .watch : .list
            name = Self.nameSelected(by: query) ?? ""
        case .delete: verb = .deleteCollection
        case .watch: name = Self.nameSelected(by: query) ?? ""
        default: break
        }
    }

    private static func nameSelected(by query: Query) -> String? {
        guard let text = query["fieldSelector"], let selector = try? FieldSelector(query: text) else { return nil }
        return selector.value(of: "metadata.name")
    }
}

extension Array {
    /// Without the elements at both ends that satisfy the predicate.
    fileprivate func trimming(_ isTrimmed: (Element) -> Bool) -> ArraySlice<Element> {
        var slice = drop(while: isTrimmed)
        while let last = slice.last, isTrimmed(last) { slice.removeLast() }
        return slice
    }
}
