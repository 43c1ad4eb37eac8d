import KubeModel

/// The discovery documents: which groups, versions, resources and verbs are served, out of the registry.
public struct Discovery: Sendable {
    /// The version that clients are told; Purser follows the API of this Kubernetes release.
    public static let gitVersion = "v1.36.0+purser"

    let registry: Registry
    let plain: [PlainResource]

    public init(
        registry: Registry = .builtIn,
        plain: [PlainResource] = PlainResource.purser + PlainResource.reviews + PlainResource.metrics
    ) {
        (self.registry, self.plain) = (registry, plain)
    }

    /// The groups but the core one, each with its versions, the preferred first; sorted by name.
    var groups: [(group: String, versions: [String])] {
        var found = registry.groupVersions.filter { !$0.group.isEmpty }
        for resource in plain {
            if let index = found.firstIndex(where: { $0.group == resource.kind.group }) {
                if !found[index].versions.contains(resource.kind.version) {
                    found[index].versions.append(resource.kind.version)
                }
            } else {
                found.append((resource.kind.group, [resource.kind.version]))
            }
        }
        return found.sorted { $0.group < $1.group }
    }

    var coreVersionNames: [String] {
        registry.groupVersions.first { $0.group.isEmpty }?.versions ?? []
    }

    /// `GET /api`.
    /// - Parameter serverAddress: host and port at which this server is reached.
    public func coreVersions(serverAddress: String) -> JSON {
        [
            "kind": "APIVersions", "versions": .array(coreVersionNames.map { .string($0) }),
            "serverAddressByClientCIDRs": [
                ["clientCIDR": "0.0.0.0/0", "serverAddress": .string(serverAddress)]
            ],
        ]
    }

    /// `GET /apis`.
    public var groupList: JSON {
        ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups.map(Self.groupJSON))]
    }

    /// `GET /apis/<group>`; nil for a group that is not served.
    public func group(_ name: String) -> JSON? {
        guard let found = groups.first(where: { $0.group == name }) else { return nil }
        var json = Self.groupJSON(found)
        json["kind"] = "APIGroup"
        json["apiVersion"] = "v1"
        return json
    }

    private static func groupJSON(_ group: (group: String, versions: [String])) -> JSON {
        let versions = group.versions.map { version -> JSON in
            ["groupVersion": .string("\(group.group)/\(version)"), "version": .string(version)]
        }
        return [
            "name": .string(group.group), "versions": .array(versions), "preferredVersion": versions.first ?? [:],
        ]
    }

    /// `GET /version`.
    public static let version: JSON = [
        "major": "1", "minor": "36", "gitVersion": .string(gitVersion), "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none", "compiler": "swift", "platform": "linux/amd64",
    ]
}

// MARK: Resources of one version

extension Discovery {
    /// `GET /api/v1` (the empty group) and `GET /apis/<group>/<version>`; nil for what is not served.
    public func resourceList(group: String, version: String) -> JSON? {
        let types = registry.types(group: group, version: version)
        let plain = plain.filter { $0.kind.group == group && $0.kind.version == version }
        guard !types.isEmpty || !plain.isEmpty else { return nil }
        let resources = types.flatMap(Self.resources) + plain.map(Self.resource)
        return [
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"),
            "resources": .array(
                resources.sorted { ($0.string("name") ?? "") < ($1.string("name") ?? "") }),
        ]
    }

    private static func resources(of type: ResourceType) -> [JSON] {
        var resource: JSON = [
            "name": .string(type.plural), "singularName": .string(type.singular),
            "namespaced": .bool(type.isNamespaced), "kind": .string(type.kind.kind), "verbs": JSON(type.verbs),
        ]
        if !type.shortNames.isEmpty { resource["shortNames"] = JSON(type.shortNames) }
        if !type.categories.isEmpty { resource["categories"] = JSON(type.categories) }
        return [resource]
            + type.subresources.map { subresource in
                var json: JSON = [
                    "name": .string("\(type.plural)/\(subresource.name)"), "singularName": "",
                    "namespaced": .bool(type.isNamespaced), "kind": .string(subresource.kind.kind),
                    "verbs": JSON(subresource.verbs),
                ]
                if subresource.kind.apiVersion != type.apiVersion {
                    json["group"] = .string(subresource.kind.group)
                    json["version"] = .string(subresource.kind.version)
                }
                return json
            }
    }

    private static func resource(_ plain: PlainResource) -> JSON {
        [
            "name": .string(plain.plural), "singularName": .string(plain.kind.kind.lowercased()),
            "namespaced": .bool(plain.isNamespaced), "kind": .string(plain.kind.kind), "verbs": JSON(plain.verbs),
        ]
    }
}

extension JSON {
    /// A list of strings.
    init(_ strings: [String]) { self = .array(strings.map { .string($0) }) }
}
