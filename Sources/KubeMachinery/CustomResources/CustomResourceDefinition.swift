import KubeModel

/// A CustomResourceDefinition, read.
public struct CustomResourceDefinition: Sendable {
    /// Holds the definition back until its objects are deleted.
    public static let finalizer = "customresourcecleanup.apiextensions.k8s.io"

    /// How a custom kind is called (`spec.names`, `status.acceptedNames`).
    public struct Names: Sendable, Hashable {
        public var kind: String
        public var listKind: String
        public var plural: String
        public var singular: String
        public var shortNames: [String]
        public var categories: [String]

        public init(_ json: JSON) {
            kind = json.string("kind") ?? ""
            listKind = json.string("listKind") ?? "\(kind)List"
            plural = json.string("plural") ?? ""
            singular = json.string("singular") ?? kind.lowercased()
            shortNames = json.array("shortNames").compactMap(\.stringValue)
            categories = json.array("categories").compactMap(\.stringValue)
        }

        public var json: JSON {
            var json: JSON = [
                "kind": .string(kind), "listKind": .string(listKind), "plural": .string(plural),
                "singular": .string(singular),
            ]
            if !shortNames.isEmpty { json["shortNames"] = JSON(shortNames) }
            if !categories.isEmpty { json["categories"] = JSON(categories) }
            return json
        }

        /// What clients may type for the resource.
        public var words: [String] { [plural, singular] + shortNames }
    }

    public let json: JSON

    public init(_ json: JSON) { self.json = json }

    public var name: String { json.string("metadata", "name") ?? "" }
    public var group: String { json.string("spec", "group") ?? "" }
    public var isNamespaced: Bool { json.string("spec", "scope") == "Namespaced" }
    public var names: Names { Names(json["spec"]?["names"] ?? [:]) }
    /// Empty until the names are found to be free.
    public var acceptedNames: Names { Names(json["status"]?["acceptedNames"] ?? [:]) }
    /// The resource of its objects; the definition has its name.
    public var resource: GroupResource { GroupResource(group: group, resource: names.plural) }
    /// True once its objects are served.
    public var isEstablished: Bool { condition("Established") == "True" }

    public func condition(_ type: String) -> String? {
        json.array("status", "conditions").first { $0.string("type") == type }?.string("status")
    }

    /// The versions that are served, each a kind of its own; the preferred first.
    public var types: [ResourceType] {
        let names = names
        let versions = json.array("spec", "versions")
        let stored = versions.first { $0.bool("storage") == true }?.string("name") ?? ""
        let everStored = Set(json.array("status", "storedVersions").compactMap(\.stringValue)).union([stored])
        let served = versions.filter { $0.bool("served") == true }
        guard let root = Schema.builtIn.type(named: "meta/v1.PartialObjectMetadata") else { return [] }
        return served.sorted { VersionPriority($0.string("name") ?? "") < VersionPriority($1.string("name") ?? "") }
            .map { version in
                let name = version.string("name") ?? ""
                let kind = GroupVersionKind(group: group, version: name, kind: names.kind)
                let custom = CustomResource(
                    version: version, kind: kind, storedAPIVersion: "\(group)/\(stored)",
                    isStoredInOneVersion: versions.count == 1 && everStored == [name])
                let row = ResourceRow(custom: custom, kind: kind, names: names, isNamespaced: isNamespaced)
                return ResourceType(row: row, root: root, schema: .builtIn)
            }
    }

    /// True if any version states rules in the Common Expression Language, which Purser does not evaluate.
    public var hasExpressions: Bool {
        json.array("spec", "versions").contains {
            StructuralSchema($0["schema"]?["openAPIV3Schema"] ?? [:]).hasExpressions
        }
    }
}

extension Registry {
    /// Purser's own kinds, and those of definitions.
    public init(_ definitions: [CustomResourceDefinition]) {
        self.init(custom: definitions.flatMap(\.types))
    }

    /// Purser's own kinds, and custom ones.
    public init(custom: [ResourceType]) {
        self = custom.isEmpty ? .builtIn : Registry(types: Registry.builtIn.types + custom)
    }
}

/// The order in which versions are preferred: `v2`, `v1`, `v2beta1`, `v1beta2`, `v1alpha1`, then all other names.
/// Source: Kubernetes' page "Versions in CustomResourceDefinitions".
struct VersionPriority: Comparable {
    private let stability: Int
    private let major: Int
    private let minor: Int
    private let name: String

    init(_ name: String) {
        self.name = name
        guard let match = name.wholeMatch(of: /v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?/), let major = Int(match.1)
        else {
            (stability, major, minor) = (0, 0, 0)
            return
        }
        self.major = major
        minor = match.3.flatMap { Int($0) } ?? 0
        stability =
            switch match.2 {
            case "alpha": 1
            case "beta": 2
            default: 3
            }
    }

    /// The preferred one comes first.
    static func < (left: VersionPriority, right: VersionPriority) -> Bool {
        let one = (left.stability, left.major, left.minor)
        let other = (right.stability, right.major, right.minor)
        return one == other ? left.name < right.name : one > other
    }
}
