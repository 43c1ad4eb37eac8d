import KubeModel

/// Says what is wrong with an object that has been decoded and defaulted, in Kubernetes' words.
///
/// Closed sets of values and required fields come from the schema. What the schema cannot say is a rule of a type, and
/// holds wherever the type occurs; rules about a change compare the object with the one before.
public enum Validation {
    /// Looks at one value of a type; values of the types below are looked at on their own.
    typealias Rule = @Sendable (JSON, FieldPath, inout Faults) -> Void
    /// Looks at a change of one object of a kind: new, old.
    typealias ChangeRule = @Sendable (JSON, JSON, inout Faults) -> Void

    /// By the type's qualified name.
    static let rules: [String: Rule] = [
        podRules, containerRules, probeRules, volumeRules, placementRules, selectorRules, workloadRules, serviceRules,
        configurationRules, clusterRules, definitionRules, autoscalingRules,
    ].reduce(into: [:]) { all, some in all.merge(some) { _, last in last } }

    /// By the root type's qualified name.
    static let changeRules: [String: ChangeRule] = [
        "core/v1.Pod": podChange, "apps/v1.ReplicaSet": selectorChange, "apps/v1.Deployment": selectorChange,
        "core/v1.Service": serviceChange, "core/v1.ConfigMap": configMapChange, "core/v1.Secret": secretChange,
        "core/v1.Node": nodeChange, "discovery/v1.EndpointSlice": endpointSliceChange,
        "apiextensions/v1.CustomResourceDefinition": definitionChange,
    ]

    /// All faults of an object, in the order in which they are met; empty for an object that may be stored.
    /// - Parameters:
    ///   - old: the object before an update; nil for a creation.
    ///   - subresource: nil for the object itself. Through a subresource only metadata is looked at.
    public static func validate(
        new: JSON, old: JSON?, type: ResourceType, subresource: String? = nil
    ) -> [KubeStatus.Cause] {
        var faults = Faults()
        metadata(new["metadata"] ?? [:], type, &faults)
        if let old { metadataChange(new["metadata"] ?? [:], old["metadata"] ?? [:], &faults) }
        if let custom = type.custom {
            custom.validate(new, &faults)
            return faults.causes
        }
        guard subresource == nil, case .object(let object) = new else { return faults.causes }
        type.root.validationRule?(new, .root, &faults)
        check(object, type.root, .root, type.schema, skipping: ["metadata", "status"], &faults)
        if let old { changeRules[type.root.qualifiedName]?(new, old, &faults) }
        return faults.causes
    }

    /// Required by their Go types, but left to a rule, or not checked by Kubernetes.
    private static let unchecked: Set<String> = [
        "core/v1.HTTPHeader.value", "core/v1.Sysctl.value", "core/v1.NodeSelector.nodeSelectorTerms",
        "core/v1.NodeSelectorRequirement.operator", "meta/v1.LabelSelectorRequirement.operator",
    ]

    private static func isChecked(_ field: FieldSchema, _ type: TypeSchema) -> Bool {
        !unchecked.contains("\(type.qualifiedName).\(field.name)")
    }

    private static func check(
        _ object: JSONObject, _ type: TypeSchema, _ path: FieldPath, _ schema: Schema, skipping: Set<String> = [],
        _ faults: inout Faults
    ) {
        for index in type.mustBePresent {
            let field = type.fields[index]
            let value = object[field.name]
            guard value == nil || value == "" || value == [], !skipping.contains(field.name) else { continue }
            if case .object(let reference) = field.kind, !field.isPointer {
                visit([:], schema[reference], path.child(field.name), schema, &faults)
            } else if isChecked(field, type) {
                faults.required(path.child(field.name))
            }
        }
        for (name, value) in object {
            guard let index = type.index(of: name), !skipping.contains(name) else { continue }
            let field = type.fields[index]
            if !field.enumeration.isEmpty {
                enumeration(value, field, type, path, &faults)
            } else if let reference = field.objectType {
                visit(value, field.kind, schema[reference], path.child(name), schema, &faults)
            }
        }
    }

    private static func enumeration(
        _ value: JSON, _ field: FieldSchema, _ type: TypeSchema, _ path: FieldPath, _ faults: inout Faults
    ) {
        let elements = value.arrayValue
        for (index, element) in (elements ?? [value]).enumerated() {
            guard let text = element.stringValue, !text.isEmpty, !field.enumeration.contains(text),
                isChecked(field, type)
            else { continue }
            let path = path.child(field.name)
            faults.unsupported(elements == nil ? path : path.index(index), element, field.enumeration)
        }
    }

    private static func visit(
        _ value: JSON, _ kind: ValueKind, _ type: TypeSchema, _ path: FieldPath, _ schema: Schema,
        _ faults: inout Faults
    ) {
        switch kind {
        case .object: visit(value, type, path, schema, &faults)
        case .list(let element):
            for (index, item) in (value.arrayValue ?? []).enumerated() {
                visit(item, element, type, path.index(index), schema, &faults)
            }
        case .map(let element):
            for (key, item) in value.objectValue ?? [:] {
                visit(item, element, type, path.key(key), schema, &faults)
            }
        default: break
        }
    }

    private static func visit(
        _ value: JSON, _ type: TypeSchema, _ path: FieldPath, _ schema: Schema, _ faults: inout Faults
    ) {
        guard case .object(let object) = value else { return }
        type.validationRule?(value, path, &faults)
        check(object, type, path, schema, &faults)
    }
}
