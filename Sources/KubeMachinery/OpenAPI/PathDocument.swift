import KubeModel

/// Writes the paths of one kind: which operations there are and which parameters they take. kubectl reads from the
/// PATCH operation whether `fieldValidation` is known, and from the GET operation which kind a path serves.
struct PathDocument {
    let type: ResourceType
    /// A reference to the schema of a kind, nil where there is none.
    let reference: (GroupVersionKind) -> JSON?

    var paths: [(String, JSON)] {
        let root = type.group.isEmpty ? "/api/\(type.version)" : "/apis/\(type.apiVersion)"
        guard type.isNamespaced else { return object(collection: "\(root)/\(type.plural)", namespaced: false) }
        let everywhere = "\(root)/\(type.plural)"
        let list = operation("get", verb: "list", kind: type.kind, query: Self.listQuery)
        let all: JSON = ["get": list]
        return [(everywhere, all)]
            + object(collection: "\(root)/namespaces/{namespace}/\(type.plural)", namespaced: true)
    }

    private func object(collection: String, namespaced: Bool) -> [(String, JSON)] {
        let inNamespace = namespaced ? [Self.pathParameter("namespace")] : []
        let named = inNamespace + [Self.pathParameter("name")]
        var paths = [(collection, item(Self.collectionMethods, verbs: type.verbs, kind: type.kind, inNamespace))]
        paths.append(("\(collection)/{name}", item(Self.objectMethods, verbs: type.verbs, kind: type.kind, named)))
        for subresource in type.subresources {
            let path = "\(collection)/{name}/\(subresource.name)"
            let methods = Self.objectMethods + [("post", "create", Self.writeQuery)]
            paths.append((path, item(methods, verbs: subresource.verbs, kind: subresource.kind, named)))
        }
        return paths
    }

    private func item(
        _ methods: [(String, String, [JSON])], verbs: [String], kind: GroupVersionKind, _ parameters: [JSON]
    ) -> JSON {
        var json: JSON = [:]
        for (method, verb, query) in methods where verbs.contains(verb) {
            json[method] = operation(method, verb: verb, kind: kind, query: query)
        }
        if !parameters.isEmpty { json["parameters"] = .array(parameters) }
        return json
    }

    private func operation(_ method: String, verb: String, kind: GroupVersionKind, query: [JSON]) -> JSON {
        let answered =
            verb == "list" ? GroupVersionKind(group: kind.group, version: kind.version, kind: type.listKind) : kind
        var json: JSON = [
            "tags": [.string(Self.tag(type.kind))], "parameters": .array(query),
            "x-kubernetes-action": .string(Self.action(verb)),
            "x-kubernetes-group-version-kind": SchemaDocument.extensionValue(kind),
            "responses": ["200": ["description": "OK", "content": content(answered, "application/json")]],
        ]
        switch verb {
        case "create", "update": json["requestBody"] = ["required": true, "content": content(kind, "application/json")]
        case "patch":
            let body: JSON = ["schema": ["type": "object"]]
            json["requestBody"] = [
                "required": true,
                // kubectl reads from here whether a kind has strategic merge patches.
                "content": .object(
                    JSONObject(
                        PatchKind.allCases.filter { type.custom == nil || $0 != .strategicMerge }.map {
                            ($0.rawValue, body)
                        })),
            ]
        default: break
        }
        return json
    }

    private func content(_ kind: GroupVersionKind, _ mediaType: String) -> JSON {
        .object([mediaType: ["schema": reference(kind) ?? ["type": "object"]]])
    }

    /// `apps_v1`
    private static func tag(_ kind: GroupVersionKind) -> String {
        "\(kind.group.isEmpty ? "core" : String(kind.group.prefix { $0 != "." }))_\(kind.version)"
    }

    private static func action(_ verb: String) -> String {
        switch verb {
        case "create": "post"
        case "update": "put"
        default: verb
        }
    }

    // MARK: Parameters

    private static let collectionMethods: [(String, String, [JSON])] = [
        ("get", "list", listQuery), ("post", "create", writeQuery), ("delete", "deletecollection", listQuery),
    ]

    private static let objectMethods: [(String, String, [JSON])] = [
        ("get", "get", []), ("put", "update", writeQuery), ("patch", "patch", writeQuery),
        ("delete", "delete", deleteQuery),
    ]

    private static let writeQuery = [
        query("dryRun", "string", "With All nothing is stored."),
        query("fieldManager", "string", "Name of the program that makes the change."),
        query("fieldValidation", "string", "What happens to unknown and duplicate fields: Ignore, Warn or Strict."),
    ]

    private static let deleteQuery = [
        query("dryRun", "string", "With All nothing is deleted."),
        query("gracePeriodSeconds", "integer", "Seconds that the object has to end; 0 ends it at once."),
        query("propagationPolicy", "string", "What happens to dependents: Background, Foreground or Orphan."),
    ]

    private static let listQuery = [
        query("allowWatchBookmarks", "boolean", "Whether a watch is told of positions without changes."),
        query("continue", "string", "Where the page before ended."),
        query("fieldSelector", "string", "Which objects, by fields."),
        query("labelSelector", "string", "Which objects, by labels."),
        query("limit", "integer", "Objects in one answer at most."),
        query("resourceVersion", "string", "The log position to list or to watch from."),
        query("resourceVersionMatch", "string", "How exactly: Exact or NotOlderThan."),
        query("sendInitialEvents", "boolean", "Whether a watch begins with what there is."),
        query("timeoutSeconds", "integer", "Seconds after which a watch ends."),
        query("watch", "boolean", "Whether changes are streamed."),
    ]

    private static func query(_ name: String, _ type: String, _ description: String) -> JSON {
        [
            "name": .string(name), "in": "query", "description": .string(description),
            "schema": ["type": .string(type), "uniqueItems": true],
        ]
    }

    private static func pathParameter(_ name: String) -> JSON {
        ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string", "uniqueItems": true]]
    }
}
