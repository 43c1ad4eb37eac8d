import KubeModel

/// How a patch's bytes are to be read.
public enum PatchKind: String, Sendable, Hashable {
    case json = "application/json-patch+json"
    case merge = "application/merge-patch+json"
    case strategicMerge = "application/strategic-merge-patch+json"
    case apply = "application/apply-patch+yaml"
}

extension APIClient {
    /// One call whose answer is JSON.
    public func json(
        _ method: String, _ path: String, query: [(String, String)] = [], body: JSON? = nil,
        contentType: String = "application/json", accept: String = "application/json", timeout: Double = 60
    ) async throws -> JSON {
        try await raw(
            method, path, query: query, body: body?.canonicalBytes, contentType: contentType, accept: accept,
            timeout: timeout
        ).json()
    }

    public func get(
        _ resource: APIResource, namespace: String? = nil, name: String, subresource: String? = nil,
        query: [(String, String)] = []
    ) async throws -> KubeObject {
        KubeObject(
            try await json(
                "GET", resource.path(namespace: namespace, name: name, subresource: subresource), query: query))
    }

    /// The whole list, in pages of `limit` where it is given.
    public func list(
        _ resource: APIResource, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        limit: Int? = nil, query: [(String, String)] = []
    ) async throws -> ObjectList {
        var query = query
        if let labelSelector { query.append(("labelSelector", labelSelector)) }
        if let fieldSelector { query.append(("fieldSelector", fieldSelector)) }
        if let limit { query.append(("limit", "\(limit)")) }
        var items: [KubeObject] = []
        var token: String?
        while true {
            let page = try await json(
                "GET", resource.path(namespace: namespace), query: query + (token.map { [("continue", $0)] } ?? []))
            // Items of a list carry neither kind nor apiVersion; who reads them should not have to care.
            items += page.array("items").map { item in
                var item = item
                if item["kind"] == nil { item["kind"] = .string(resource.kind) }
                if item["apiVersion"] == nil { item["apiVersion"] = .string(resource.apiVersion) }
                return KubeObject(item)
            }
            token = page.string("metadata", "continue").flatMap { $0.isEmpty ? nil : $0 }
            if token == nil {
                return ObjectList(items: items, resourceVersion: page.string("metadata", "resourceVersion") ?? "")
            }
        }
    }

    /// Creates an object, or posts to its subresource (`binding`, `eviction`).
    public func create(
        _ resource: APIResource, namespace: String? = nil, _ object: JSON, name: String? = nil,
        subresource: String? = nil, query: [(String, String)] = []
    ) async throws -> KubeObject {
        let path = resource.path(namespace: namespace, name: name, subresource: subresource)
        return KubeObject(try await json("POST", path, query: query, body: object))
    }

    public func update(
        _ resource: APIResource, namespace: String? = nil, name: String, _ object: JSON, subresource: String? = nil,
        query: [(String, String)] = []
    ) async throws -> KubeObject {
        let path = resource.path(namespace: namespace, name: name, subresource: subresource)
        return KubeObject(try await json("PUT", path, query: query, body: object))
    }

    public func patch(
        _ resource: APIResource, namespace: String? = nil, name: String, _ patch: JSON, kind: PatchKind = .merge,
        subresource: String? = nil, query: [(String, String)] = []
    ) async throws -> KubeObject {
        let path = resource.path(namespace: namespace, name: name, subresource: subresource)
        return KubeObject(
            try await json("PATCH", path, query: query, body: patch, contentType: kind.rawValue))
    }

    /// What the server answers: the object that is going, or a Status of success.
    @discardableResult
    public func delete(
        _ resource: APIResource, namespace: String? = nil, name: String, options: DeleteOptions = DeleteOptions(),
        query: [(String, String)] = []
    ) async throws -> JSON {
        try await json("DELETE", resource.path(namespace: namespace, name: name), query: query, body: options.json)
    }

    @discardableResult
    public func deleteCollection(
        _ resource: APIResource, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        options: DeleteOptions = DeleteOptions()
    ) async throws -> JSON {
        var query: [(String, String)] = []
        if let labelSelector { query.append(("labelSelector", labelSelector)) }
        if let fieldSelector { query.append(("fieldSelector", fieldSelector)) }
        return try await json("DELETE", resource.path(namespace: namespace), query: query, body: options.json)
    }

    /// Watches a collection from a position on (nothing for "from now"). The server ends it after `timeoutSeconds`.
    public func watch(
        _ resource: APIResource, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        resourceVersion: String? = nil, timeoutSeconds: Int? = nil, query: [(String, String)] = [],
        accept: String = "application/json"
    ) async throws -> WatchStream {
        var query = query + [("watch", "true"), ("allowWatchBookmarks", "true")]
        if let labelSelector { query.append(("labelSelector", labelSelector)) }
        if let fieldSelector { query.append(("fieldSelector", fieldSelector)) }
        if let resourceVersion { query.append(("resourceVersion", resourceVersion)) }
        if let timeoutSeconds { query.append(("timeoutSeconds", "\(timeoutSeconds)")) }
        return WatchStream(
            bytes: try await stream("GET", resource.path(namespace: namespace), query: query, accept: accept))
    }
}

public struct ObjectList: Sendable, Hashable {
    public var items: [KubeObject]
    /// The position that the list is of; a watch goes on from it.
    public var resourceVersion: String
    public init(items: [KubeObject], resourceVersion: String) {
        (self.items, self.resourceVersion) = (items, resourceVersion)
    }
}

/// `metav1.DeleteOptions`.
public struct DeleteOptions: Sendable, Hashable {
    public var gracePeriodSeconds: Int64?
    /// `Background`, `Foreground` or `Orphan`.
    public var propagationPolicy: String?
    /// Refused with a conflict if the object's uid is another one by now.
    public var uid: String?
    public var resourceVersion: String?
    public var isDryRun: Bool

    public init(
        gracePeriodSeconds: Int64? = nil, propagationPolicy: String? = nil, uid: String? = nil,
        resourceVersion: String? = nil, isDryRun: Bool = false
    ) {
        (self.gracePeriodSeconds, self.propagationPolicy) = (gracePeriodSeconds, propagationPolicy)
        (self.uid, self.resourceVersion, self.isDryRun) = (uid, resourceVersion, isDryRun)
    }

    public var json: JSON {
        var options: JSON = ["apiVersion": "v1", "kind": "DeleteOptions"]
        options["gracePeriodSeconds"] = gracePeriodSeconds.map { .int($0) }
        options["propagationPolicy"] = propagationPolicy.map { .string($0) }
        var preconditions: JSONObject = [:]
        preconditions["uid"] = uid.map { .string($0) }
        preconditions["resourceVersion"] = resourceVersion.map { .string($0) }
        if !preconditions.isEmpty { options["preconditions"] = .object(preconditions) }
        if isDryRun { options["dryRun"] = ["All"] }
        return options
    }
}
