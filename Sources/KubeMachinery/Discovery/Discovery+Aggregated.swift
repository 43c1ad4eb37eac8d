import KubeModel

/// Everything in one answer (`apidiscovery.k8s.io/v2`, KEP-3352), which kubectl prefers.
extension Discovery {
    /// The Content-Type of the aggregated documents; clients compare it word for word.
    public static let aggregatedMediaType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    /// Whether an Accept header asks for the aggregated form.
    public static func wantsAggregated(accept: String) -> Bool {
        accept.split(separator: ",").contains { choice in
            let parts = Set(choice.split(separator: ";").map { $0.filter { $0 != " " } })
            return parts.isSuperset(of: ["g=apidiscovery.k8s.io", "v=v2", "as=APIGroupDiscoveryList"])
        }
    }

    /// `GET /api` in the aggregated form.
    public var aggregatedCore: JSON {
        Self.list([Self.item(name: "", versions: coreVersionNames.map { aggregated(group: "", version: $0) })])
    }

    /// `GET /apis` in the aggregated form.
    public var aggregatedGroups: JSON {
        Self.list(
            groups.map { group, versions in
                Self.item(name: group, versions: versions.map { aggregated(group: group, version: $0) })
            })
    }

    private static func list(_ items: [JSON]) -> JSON {
        [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
            "items": .array(items),
        ]
    }

    private static func item(name: String, versions: [JSON]) -> JSON {
        var metadata: JSON = [:]
        if !name.isEmpty { metadata["name"] = .string(name) }
        return ["metadata": metadata, "versions": .array(versions)]
    }

    private func aggregated(group: String, version: String) -> JSON {
        let types = registry.types(group: group, version: version).map(Self.aggregated)
        let plain = plain.filter { $0.kind.group == group && $0.kind.version == version }.map(Self.aggregated)
        let resources = (types + plain).sorted { ($0.string("resource") ?? "") < ($1.string("resource") ?? "") }
        return ["version": .string(version), "freshness": "Current", "resources": .array(resources)]
    }

    private static func aggregated(_ type: ResourceType) -> JSON {
        var json: JSON = [
            "resource": .string(type.plural), "responseKind": responseKind(type.kind),
            "scope": scope(type.isNamespaced),
            "singularResource": .string(type.singular), "verbs": JSON(type.verbs),
        ]
        if !type.shortNames.isEmpty { json["shortNames"] = JSON(type.shortNames) }
        if !type.categories.isEmpty { json["categories"] = JSON(type.categories) }
        if !type.subresources.isEmpty {
            json["subresources"] = .array(
                type.subresources.map {
                    [
                        "subresource": .string($0.name), "responseKind": responseKind($0.kind), "verbs": JSON($0.verbs),
                    ]
                })
        }
        return json
    }

    private static func aggregated(_ plain: PlainResource) -> JSON {
        [
            "resource": .string(plain.plural), "responseKind": responseKind(plain.kind),
            "scope": scope(plain.isNamespaced), "singularResource": .string(plain.kind.kind.lowercased()),
            "verbs": JSON(plain.verbs),
        ]
    }

    private static func scope(_ isNamespaced: Bool) -> JSON { isNamespaced ? "Namespaced" : "Cluster" }

    private static func responseKind(_ kind: GroupVersionKind) -> JSON {
        ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)]
    }
}
