import KubeModel

/// Every resource that a server serves, found by the names people use.
public struct ResourceMapping: Sendable, Hashable {
    public var resources: [APIResource]

    public init(resources: [APIResource]) { self.resources = resources }

    /// Asks the server's aggregated discovery (`apidiscovery.k8s.io/v2`): two calls for everything.
    public static func discover(_ client: APIClient, query: [(String, String)] = []) async throws -> ResourceMapping {
        let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
        async let core = client.json("GET", "/api", query: query, accept: accept)
        async let groups = client.json("GET", "/apis", query: query, accept: accept)
        return ResourceMapping(resources: try await resources(ofDiscovery: core) + resources(ofDiscovery: groups))
    }

    /// The resources of an `APIGroupDiscoveryList`, the preferred version of each group first.
    public static func resources(ofDiscovery list: JSON) -> [APIResource] {
        list.array("items").flatMap { group in
            let name = group.string("metadata", "name") ?? ""
            return group.array("versions").flatMap { version in
                version.array("resources").map { entry in
                    APIResource(
                        group: name, version: version.string("version") ?? "v1", name: entry.string("resource") ?? "",
                        kind: entry.string("responseKind", "kind") ?? "",
                        isNamespaced: entry.string("scope") == "Namespaced",
                        singularName: entry.string("singularResource"),
                        shortNames: entry.array("shortNames").compactMap(\.stringValue),
                        categories: entry.array("categories").compactMap(\.stringValue),
                        verbs: entry.array("verbs").compactMap(\.stringValue))
                }
            }
        }
    }

    /// Finds a resource by plural, singular, kind or short name, with or without `.group` or `.version.group`.
    public func find(_ text: String) -> APIResource? {
        let wanted = text.lowercased()
        let exact = resources.first { names($0).contains(wanted) }
        if let exact { return exact }
        guard let dot = wanted.firstIndex(of: ".") else { return nil }
        let (name, rest) = (String(wanted[..<dot]), String(wanted[wanted.index(after: dot)...]))
        return resources.first {
            names($0).contains(name) && ($0.group == rest || "\($0.version).\($0.group)" == rest)
        }
    }

    /// The resource of a kind, as a manifest names it.
    public func find(_ kind: GroupVersionKind) -> APIResource? {
        resources.first { $0.groupVersionKind == kind }
    }

    public func find(_ resource: GroupResource) -> APIResource? {
        resources.first { $0.groupResource == resource }
    }

    /// The resources of a category such as `all`.
    public func category(_ name: String) -> [APIResource] { resources.filter { $0.categories.contains(name) } }

    private func names(_ resource: APIResource) -> Set<String> {
        Set([resource.name, resource.singularName, resource.kind.lowercased()] + resource.shortNames)
    }
}
