import KubeModel

/// Fills what a client left out, as Kubernetes does: constant defaults from the schema, the rest by a rule of the type.
public enum Defaulting {
    /// Fills one object of a type, before the objects below it are filled.
    typealias Rule = @Sendable (inout JSONObject) -> Void

    /// By the type's qualified name; a rule holds wherever the type occurs (a pod template, say).
    static let rules: [String: Rule] = podRules.merging(workloadRules) { _, last in last }
        .merging(clusterRules) { _, last in last }.merging(autoscalingRules) { _, last in last }

    public static func apply(to object: inout JSON, _ type: ResourceType) {
        if let custom = type.custom { return custom.fillDefaults(&object) }
        fill(&object, type.root, type.schema)
    }

    private static func fill(_ value: inout JSON, _ type: TypeSchema, _ schema: Schema) {
        guard case .object(var object) = value else { return }
        value = .null
        for index in type.defaulted {
            let field = type.fields[index]
            if object[field.name] == nil { object[field.name] = field.defaultValue }
        }
        type.defaultRule?(&object)
        for index in type.defaultedBelow {
            let field = type.fields[index]
            guard let reference = field.objectType else { continue }
            object.modify(field.name) { fill(&$0, field.kind, schema[reference], schema) }
        }
        value = .object(object)
    }

    private static func fill(_ value: inout JSON, _ kind: ValueKind, _ type: TypeSchema, _ schema: Schema) {
        switch kind {
        case .object: fill(&value, type, schema)
        case .list(let element):
            guard case .array(var elements) = value else { return }
            value = .null
            for index in elements.indices { fill(&elements[index], element, type, schema) }
            value = .array(elements)
        case .map(let element):
            guard case .object(var object) = value else { return }
            value = .null
            for name in object.names { object.modify(name) { fill(&$0, element, type, schema) } }
            value = .object(object)
        default: break
        }
    }
}

extension JSONObject {
    /// Sets a member that is absent.
    mutating func fill(_ key: String, _ value: JSON) {
        if self[key] == nil { self[key] = value }
    }

    func string(_ key: String) -> String { self[key]?.stringValue ?? "" }
}
