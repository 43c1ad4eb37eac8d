import KubeModel

/// The kinds that are served, by every name that clients use.
public struct Registry: Sendable {
    /// In the order of the table: by group, then by resource.
    public let types: [ResourceType]
    private let byKind: [GroupVersionKind: ResourceType]
    private let byPath: [String: ResourceType]
    private let byResource: [GroupResource: ResourceType]

    init(types: [ResourceType]) {
        self.types = types
        byKind = Dictionary(types.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })
        byPath = Dictionary(
            types.map { (Self.path($0.group, $0.version, $0.plural), $0) }, uniquingKeysWith: { first, _ in first })
        byResource = Dictionary(
            types.map { ($0.groupResource, $0) },
            uniquingKeysWith: { first, next in next.isStorageVersion && !first.isStorageVersion ? next : first })
    }

    init(rows: [ResourceRow], schema: Schema) {
        self.init(
            types: rows.map { row in
                guard let root = schema.type(named: row.type) else {
                    preconditionFailure("the table of kinds names no type \(row.type); see tools/kubernetes")
                }
                return ResourceType(row: row, root: root, schema: schema)
            })
    }

    private static func path(_ group: String, _ version: String, _ plural: String) -> String {
        "\(group)/\(version)/\(plural)"
    }

    /// The kind served under `/apis/group/version/plural` (`/api/version/plural` for the empty group).
    public func type(group: String, version: String, plural: String) -> ResourceType? {
        byPath[Self.path(group, version, plural)]
    }

    public func type(_ kind: GroupVersionKind) -> ResourceType? { byKind[kind] }

    /// True if definitions added to Purser's own kinds.
    public var hasCustomTypes: Bool { types.last?.custom != nil }

    /// In the preferred version, or in that in which custom resources are stored.
    public func type(_ resource: GroupResource) -> ResourceType? { byResource[resource] }

    /// The kind that a person means by `pods`, `pod`, `po`, `deployments.apps` or `Deployment.apps`; letter case does
    /// not matter.
    public func type(named word: String) -> ResourceType? {
        let lower = word.lowercased()
        return byResource[GroupResource(lower)]
            ?? types.first { type in
                let names = [type.plural, type.singular] + type.shortNames
                return names.contains { $0 == lower || "\($0).\(type.group)" == lower }
            }
    }

    /// Groups with their versions, the preferred first, in the order of the table.
    public var groupVersions: [(group: String, versions: [String])] {
        var found: [(group: String, versions: [String])] = []
        for type in types {
            if let index = found.firstIndex(where: { $0.group == type.group }) {
                if !found[index].versions.contains(type.version) { found[index].versions.append(type.version) }
            } else {
                found.append((type.group, [type.version]))
            }
        }
        return found
    }

    /// The kinds of one group and version, in the order of the table.
    public func types(group: String, version: String) -> [ResourceType] {
        types.filter { $0.group == group && $0.version == version }
    }
}

extension Registry: Equatable {
    public static func == (left: Registry, right: Registry) -> Bool { left.types == right.types }
}
