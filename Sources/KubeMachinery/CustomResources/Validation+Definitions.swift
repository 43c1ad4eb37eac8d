import KubeModel

/// What a CustomResourceDefinition must fulfil.
/// Source of the rules: Kubernetes' pages "CustomResourceDefinition v1" and "Extend the Kubernetes API".
extension Validation {
    static let definitionRules: [String: Rule] = [
        "apiextensions/v1.CustomResourceDefinition": { definition, path, faults in
            let group = definition.string("spec", "group") ?? ""
            let expected = "\(definition.string("spec", "names", "plural") ?? "").\(group)"
            let metadata = FieldPath.metadata
            if let name = definition.string("metadata", "name"), name != expected {
                faults.invalid(metadata.child("name"), name, "must be spec.names.plural+\".\"+spec.group")
            }
            approval(of: group, definition, &faults)
            let versions = Set(definition.array("spec", "versions").compactMap { $0.string("name") })
            for (index, stored) in definition.array("status", "storedVersions").enumerated()
            where !versions.contains(stored.stringValue ?? "") {
                let place = FieldPath.root.child("status").child("storedVersions").index(index)
                faults.invalid(place, stored, "must appear in spec.versions")
            }
        },
        "apiextensions/v1.CustomResourceDefinitionSpec": { spec, path, faults in
            definitionGroup(spec, path, &faults)
            definitionNames(spec["names"] ?? [:], path.child("names"), &faults)
            definitionVersions(spec.array("versions"), path.child("versions"), &faults)
            if spec.string("conversion", "strategy") == "Webhook" {
                faults.invalid(
                    path.child("conversion").child("strategy"), "Webhook",
                    "Purser calls no conversion webhooks; use None and versions with alike schemas")
            }
            if spec.bool("preserveUnknownFields") == true {
                faults.invalid(
                    path.child("preserveUnknownFields"), true,
                    "must be false; set x-kubernetes-preserve-unknown-fields in the schema instead")
            }
        },
    ]

    static let definitionChange: ChangeRule = { new, old, faults in
        guard CustomResourceDefinition(old).isEstablished else { return }
        for path in [["scope"], ["names", "kind"]] {
            let place = path.reduce(FieldPath.spec) { $0.child($1) }
            faults.immutable(new["spec"]?[path], old["spec"]?[path], place)
        }
    }

    /// Groups of the Kubernetes community need its approval (KEP-1111).
    private static func approval(of group: String, _ definition: JSON, _ faults: inout Faults) {
        let isProtected = ["k8s.io", "kubernetes.io"].contains { group == $0 || group.hasSuffix(".\($0)") }
        let annotation = "api-approved.kubernetes.io"
        guard isProtected, (definition.string("metadata", "annotations", annotation) ?? "").isEmpty else { return }
        faults.required(
            FieldPath.metadata.child("annotations").key(annotation),
            "protected groups must have approval annotation \"\(annotation)\"")
    }

    private static func definitionGroup(_ spec: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let group = spec.string("group") ?? ""
        guard !group.isEmpty else { return }
        let path = path.child("group")
        faults.invalid(path, group, Syntax.subdomain(group))
        if !group.contains(".") { faults.invalid(path, group, "should be a domain with at least one dot") }
        if ownGroups.contains(group) { faults.invalid(path, group, "is a group of Purser's own kinds; use another") }
    }

    /// Not read from the registry, which is made from the schema, which names these rules.
    private static let ownGroups: Set<String> = [
        "apiextensions.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "coordination.k8s.io",
        "discovery.k8s.io", "events.k8s.io", "metrics.k8s.io", "purser.dev",
    ]

    private static func definitionNames(_ names: JSON, _ path: FieldPath, _ faults: inout Faults) {
        for name in ["plural", "singular"] {
            guard let text = names.string(name), !text.isEmpty else { continue }
            faults.invalid(path.child(name), text, Syntax.label1035(text))
        }
        for name in ["kind", "listKind"] {
            guard let text = names.string(name), !text.isEmpty else { continue }
            faults.invalid(
                path.child(name), text,
                Syntax.label1035(text.lowercased()).map { "may have mixed case, but should otherwise match: \($0)" })
        }
        for name in ["shortNames", "categories"] {
            for (index, word) in names.array(name).enumerated() {
                let text = word.stringValue ?? ""
                faults.invalid(path.child(name).index(index), text, Syntax.label1035(text))
            }
        }
        if let kind = names.string("kind"), kind == names.string("listKind") {
            faults.invalid(path.child("listKind"), kind, "kind and listKind may not be the same")
        }
    }

    private static func definitionVersions(_ versions: [JSON], _ path: FieldPath, _ faults: inout Faults) {
        let stored = versions.count { $0.bool("storage") == true }
        if !versions.isEmpty, stored != 1 {
            faults.invalid(
                path, .array(versions.map { $0["name"] ?? "" }),
                "must have exactly one version marked as storage version")
        }
        var seen: Set<String> = []
        for (index, version) in versions.enumerated() {
            let path = path.index(index)
            let name = version.string("name") ?? ""
            if !name.isEmpty { faults.invalid(path.child("name"), name, Syntax.label1035(name)) }
            if !seen.insert(name).inserted { faults.duplicate(path.child("name"), .string(name)) }
            definitionVersion(version, path, &faults)
        }
    }

    private static func definitionVersion(_ version: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let place = path.child("schema").child("openAPIV3Schema")
        guard let schema = version["schema"]?["openAPIV3Schema"] else {
            return faults.required(place, "schemas are required")
        }
        if schema.string("type") != "object" {
            faults.invalid(place.child("type"), schema["type"] ?? "", "must be object at the root")
        }
        SchemaRules(isRoot: true).check(schema, place, &faults)
        for (index, column) in version.array("additionalPrinterColumns").enumerated() {
            let path = path.child("additionalPrinterColumns").index(index)
            definitionColumn(column, path, &faults)
        }
        if let scale = version["subresources"]?["scale"] {
            definitionScale(scale, path.child("subresources").child("scale"), &faults)
        }
    }

    private static func definitionColumn(_ column: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let types = ["boolean", "date", "integer", "number", "string"]
        if let type = column.string("type"), !types.contains(type) {
            faults.unsupported(path.child("type"), .string(type), types)
        }
        let query = column.string("jsonPath") ?? ""
        if !query.isEmpty, !query.hasPrefix(".") || FieldQuery(query) == nil {
            faults.invalid(path.child("jsonPath"), query, "must be a simple JSON path that begins with a dot")
        }
    }

    private static func definitionScale(_ scale: JSON, _ path: FieldPath, _ faults: inout Faults) {
        for (name, roots) in [
            ("specReplicasPath", [".spec."]), ("statusReplicasPath", [".status."]),
            ("labelSelectorPath", [".spec.", ".status."]),
        ] {
            guard let text = scale.string(name), !text.isEmpty else { continue }
            if !roots.contains(where: text.hasPrefix) || FieldQuery(text)?.plainPath == nil {
                let words = roots.joined(separator: " or ")
                faults.invalid(path.child(name), text, "should be a json path under \(words), without brackets")
            }
        }
    }
}

/// The rules of structural schemas: every value's type is stated once, outside of the combinations.
private struct SchemaRules {
    var isRoot = false
    /// Inside of `allOf`, `anyOf`, `oneOf` or `not`, where a schema only adds conditions.
    var isCondition = false

    private static let types = ["array", "boolean", "integer", "number", "object", "string"]
    private static let unsupported = [
        "$ref", "additionalItems", "definitions", "dependencies", "id", "patternProperties",
    ]
    private static let statedOnce = [
        "additionalProperties", "default", "nullable", "x-kubernetes-embedded-resource",
        "x-kubernetes-preserve-unknown-fields",
    ]

    func check(_ schema: JSON, _ path: FieldPath, _ faults: inout Faults) {
        for name in Self.unsupported where schema[name] != nil {
            faults.forbidden(path.child(name), "\(name) is not supported in a structural schema")
        }
        if schema.bool("uniqueItems") == true {
            faults.forbidden(
                path.child("uniqueItems"), "uniqueItems cannot be set to true; use x-kubernetes-list-type: set")
        }
        if let pattern = schema.string("pattern"), !Pattern.isRight(pattern) {
            faults.invalid(path.child("pattern"), pattern, "must be a valid regular expression")
        }
        if isCondition { checkCondition(schema, path, &faults) } else { checkType(schema, path, &faults) }
        checkParts(schema, path, &faults)
        checkDefault(schema, path, &faults)
    }

    private func checkCondition(_ schema: JSON, _ path: FieldPath, _ faults: inout Faults) {
        for name in Self.statedOnce where schema[name] != nil {
            faults.forbidden(path.child(name), "must be undefined to be structural")
        }
    }

    private func checkType(_ schema: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let structure = StructuralSchema(schema)
        if structure.type.isEmpty {
            if !structure.isIntOrString, !structure.preservesUnknownFields {
                faults.required(
                    path.child("type"),
                    isRoot ? "must not be empty at the root" : "must not be empty for specified fields")
            }
        } else if !Self.types.contains(structure.type) {
            faults.unsupported(path.child("type"), .string(structure.type), Self.types)
        } else if structure.isIntOrString {
            faults.forbidden(path.child("type"), "must be empty if x-kubernetes-int-or-string is true")
        }
        if structure.type == "array", structure.items == nil {
            faults.required(path.child("items"), "must be specified")
        }
        if structure.isEmbeddedResource, structure.type != "object" {
            faults.invalid(
                path.child("type"), structure.type, "must be object if x-kubernetes-embedded-resource is true")
        }
        if !structure.properties.isEmpty, schema["additionalProperties"]?.objectValue != nil {
            faults.forbidden(
                path.child("additionalProperties"), "additionalProperties and properties are mutual exclusive")
        }
        if schema.string("x-kubernetes-list-type") == "map", schema.array("x-kubernetes-list-map-keys").isEmpty {
            faults.required(path.child("x-kubernetes-list-map-keys"), "must not be empty for a list of type map")
        }
    }

    private func checkParts(_ schema: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let below = SchemaRules(isCondition: isCondition)
        for (name, part) in schema.object("properties") {
            let place = path.child("properties").key(name)
            // The root's own three members are the server's matter; a schema may state their types or leave them open.
            if isRoot, StructuralSchema.objectMembers.contains(name) { continue }
            below.check(part, place, &faults)
        }
        for name in ["items", "additionalProperties"] {
            if let part = schema[name], part.objectValue != nil { below.check(part, path.child(name), &faults) }
        }
        let condition = SchemaRules(isCondition: true)
        for name in ["allOf", "anyOf", "oneOf"] {
            for (index, part) in schema.array(name).enumerated() {
                condition.check(part, path.child(name).index(index), &faults)
            }
        }
        if let part = schema["not"] { condition.check(part, path.child("not"), &faults) }
    }

    /// A default must fit its own schema, and is what remains of it after pruning.
    private func checkDefault(_ schema: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let structure = StructuralSchema(schema)
        guard !isCondition, var value = structure.defaultValue else { return }
        let place = path.child("default")
        if isRoot { return faults.forbidden(place, "must not be set at the root") }
        var unknown: [String] = []
        let stated = value
        structure.prune(&value, &unknown)
        if !unknown.isEmpty { faults.invalid(place, stated, "must not have unknown fields") }
        structure.fillDefaults(&value)
        structure.validate(value, at: place, &faults)
    }
}
