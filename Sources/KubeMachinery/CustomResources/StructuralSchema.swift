import KubeModel

/// The schema of custom resources (`openAPIV3Schema`), or a part of it: JSON that is read as it stands.
///
/// Source of the rules: Kubernetes' page "Custom Resources Definitions", section on structural schemas.
struct StructuralSchema: Sendable, Hashable {
    let json: JSON

    init(_ json: JSON) { self.json = json }

    /// Empty where any type is right.
    var type: String { json.string("type") ?? "" }
    var isNullable: Bool { json.bool("nullable") == true }
    var preservesUnknownFields: Bool { json.bool("x-kubernetes-preserve-unknown-fields") == true }
    /// A whole Kubernetes object, with `apiVersion`, `kind` and `metadata`.
    var isEmbeddedResource: Bool { json.bool("x-kubernetes-embedded-resource") == true }
    var isIntOrString: Bool { json.bool("x-kubernetes-int-or-string") == true }
    var properties: JSONObject { json.object("properties") }
    var defaultValue: JSON? { json["default"] }

    /// What the elements of a list are.
    var items: StructuralSchema? { schema("items") }

    func property(_ name: String) -> StructuralSchema? {
        json["properties"]?[name].map(StructuralSchema.init)
    }

    /// What members are that have no property of their own; nil where there may be none.
    /// `additionalProperties: true` allows everything.
    var additional: StructuralSchema? {
        switch json["additionalProperties"] {
        case .bool(true): StructuralSchema(["x-kubernetes-preserve-unknown-fields": true])
        case let schema?: schema.objectValue.map { StructuralSchema(.object($0)) }
        case nil: nil
        }
    }

    private func schema(_ name: String) -> StructuralSchema? {
        json[name]?.objectValue.map { StructuralSchema(.object($0)) }
    }

    /// The members of every object that is one of Kubernetes' own; the schema need not name them.
    static let objectMembers: Set<String> = ["apiVersion", "kind", "metadata"]

    /// True if it, or a part of it, states rules in the Common Expression Language.
    var hasExpressions: Bool {
        !json.array("x-kubernetes-validations").isEmpty || parts.contains(where: \.hasExpressions)
    }

    private var parts: [StructuralSchema] {
        properties.map { StructuralSchema($0.value) } + [items, additional].compactMap(\.self)
    }
}

// MARK: Pruning

extension StructuralSchema {
    /// Removes the fields that the schema does not have, and notes each (`unknown field "spec.foo"`).
    /// - Parameter isRoot: the value is the custom resource itself, whose metadata is read elsewhere.
    func prune(_ value: inout JSON, at path: FieldPath = .root, isRoot: Bool = false, _ unknown: inout [String]) {
        switch value {
        case .array(var elements):
            guard let items else { return }
            value = .null
            for index in elements.indices { items.prune(&elements[index], at: path.index(index), &unknown) }
            value = .array(elements)
        case .object(let members): value = .object(pruned(members, path, isRoot || isEmbeddedResource, &unknown))
        default: break
        }
    }

    private func pruned(_ members: JSONObject, _ path: FieldPath, _ isObject: Bool, _ unknown: inout [String])
        -> JSONObject
    {
        var kept: [(String, JSON)] = []
        kept.reserveCapacity(members.count)
        let additional = additional
        for (name, value) in members {
            if isObject, Self.objectMembers.contains(name) {
                kept.append((name, value))
            } else if let schema = property(name) ?? additional {
                var value = value
                schema.prune(&value, at: path.child(name), &unknown)
                kept.append((name, value))
            } else if preservesUnknownFields {
                kept.append((name, value))
            } else {
                unknown.append("unknown field \"\(path.child(name))\"")
            }
        }
        return JSONObject(kept)
    }
}

// MARK: Defaults

extension StructuralSchema {
    /// Fills what is absent, and what is null though it may not be, with the schema's defaults.
    func fillDefaults(_ value: inout JSON) {
        switch value {
        case .array(var elements):
            guard let items else { return }
            value = .null
            for index in elements.indices { items.fillDefaults(&elements[index]) }
            value = .array(elements)
        case .object(var members):
            value = .null
            fillDefaults(&members)
            value = .object(members)
        default: break
        }
    }

    private func fillDefaults(_ members: inout JSONObject) {
        for (name, part) in properties {
            let schema = StructuralSchema(part)
            guard let value = schema.defaultValue else { continue }
            if members[name] == nil || (members[name] == .null && !schema.isNullable) { members[name] = value }
        }
        let additional = additional
        for name in members.names {
            guard let schema = property(name) ?? additional else { continue }
            members.modify(name) { schema.fillDefaults(&$0) }
        }
    }
}
