import KubeModel

/// Writes types as OpenAPI schemas, and remembers which other types they refer to.
struct SchemaDocument {
    /// Where a document keeps its schemas: `#/components/schemas/` (v3) or `#/definitions/` (v2).
    let prefix: String
    let schema: Schema
    /// The kinds that a type is served as, by its qualified name.
    let kinds: [String: [GroupVersionKind]]
    private(set) var schemas: JSONObject = [:]

    init(prefix: String, schema: Schema, kinds: [String: [GroupVersionKind]]) {
        (self.prefix, self.schema, self.kinds) = (prefix, schema, kinds)
    }

    /// The name that Kubernetes' documents give a type: `io.k8s.api.core.v1.Pod`.
    static func name(_ type: TypeSchema) -> String {
        let package = type.package.split(separator: "/").joined(separator: ".")
        let home =
            switch type.package.prefix(while: { $0 != "/" }) {
            case "meta": "io.k8s.apimachinery.pkg.apis"
            case "apiextensions": "io.k8s.apiextensions-apiserver.pkg.apis"
            case "metrics": "io.k8s.metrics.pkg.apis"
            default: "io.k8s.api"
            }
        return "\(home).\(package).\(type.name)"
    }

    func reference(_ name: String) -> JSON { ["$ref": .string(prefix + name)] }

    /// Adds a type and everything that it is made of; returns a reference to it.
    @discardableResult
    mutating func add(_ type: TypeSchema) -> JSON {
        let name = Self.name(type)
        guard schemas[name] == nil else { return reference(name) }
        // Holds the place, for types that contain themselves.
        schemas[name] = [:]
        var properties: JSONObject = [:]
        for field in type.fields { properties[field.name] = property(field, of: type) }
        var json: JSON = ["type": "object"]
        json["description"] = Descriptions.type(type).map { .string($0) }
        if !properties.isEmpty { json["properties"] = .object(properties) }
        let required = type.fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { json["required"] = JSON(required) }
        if let kinds = kinds[type.qualifiedName] {
            json["x-kubernetes-group-version-kind"] = .array(kinds.map(Self.extensionValue))
        }
        schemas[name] = json
        return reference(name)
    }

    /// Adds a custom resource, whose schema stands as its definition states it, and its list.
    @discardableResult
    mutating func add(_ type: ResourceType, _ custom: CustomResource) -> JSON {
        let name = Self.name(type.kind)
        guard schemas[name] == nil else { return reference(name) }
        func described(_ member: String, _ value: JSON) -> JSON {
            var value = value
            value["description"] = Descriptions.field(member, of: type.root).map { .string($0) }
            return value
        }
        let metadata = schema.type(named: "meta/v1.ObjectMeta").map { add($0) } ?? ["type": "object"]
        var json = custom.schema.json
        json[["properties", "apiVersion"]] = described("apiVersion", ["type": "string"])
        json[["properties", "kind"]] = described("kind", ["type": "string"])
        json[["properties", "metadata"]] = described("metadata", ["allOf": [metadata]])
        json["x-kubernetes-group-version-kind"] = [Self.extensionValue(type.kind)]
        schemas[name] = json
        let listKind = GroupVersionKind(group: type.group, version: type.version, kind: type.listKind)
        schemas[Self.name(listKind)] = [
            "type": "object", "required": ["items"],
            "properties": [
                "apiVersion": ["type": "string"], "kind": ["type": "string"],
                "items": ["type": "array", "items": reference(name)],
                "metadata": schema.type(named: "meta/v1.ListMeta").map { add($0) } ?? ["type": "object"],
            ],
            "x-kubernetes-group-version-kind": [Self.extensionValue(listKind)],
        ]
        return reference(name)
    }

    /// The name of a custom kind: `com.example.v1.Widget`.
    static func name(_ kind: GroupVersionKind) -> String {
        let home = kind.group.split(separator: ".").reversed().joined(separator: ".")
        return "\(home).\(kind.version).\(kind.kind)"
    }

    static func extensionValue(_ kind: GroupVersionKind) -> JSON {
        ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)]
    }

    private mutating func property(_ field: FieldSchema, of type: TypeSchema) -> JSON {
        var json = value(field.kind)
        var extras: JSONObject = [:]
        extras["description"] = Descriptions.field(field.name, of: type).map { .string($0) }
        if let value = field.defaultValue { extras["default"] = value }
        if !field.enumeration.isEmpty, field.kind == .string { extras["enum"] = JSON(field.enumeration) }
        addMergeRules(field, to: &extras)
        guard !extras.isEmpty else { return json }
        // A reference may have no siblings; what is said beside it goes around it.
        if json["$ref"] != nil { json = ["allOf": [json]] }
        for (key, value) in extras { json[key] = value }
        return json
    }

    private func addMergeRules(_ field: FieldSchema, to json: inout JSONObject) {
        if case .list = field.kind {
            switch field.listType {
            case .atomic: json["x-kubernetes-list-type"] = "atomic"
            case .set: json["x-kubernetes-list-type"] = "set"
            case .map(let keys):
                json["x-kubernetes-list-type"] = "map"
                json["x-kubernetes-list-map-keys"] = JSON(keys)
            }
        } else if field.isAtomic {
            json["x-kubernetes-map-type"] = "atomic"
        }
        let strategies = (field.patchMerges ? ["merge"] : []) + (field.patchRetainsKeys ? ["retainKeys"] : [])
        if !strategies.isEmpty {
            json["x-kubernetes-patch-strategy"] = .string(strategies.joined(separator: ","))
        }
        if let key = field.patchMergeKey { json["x-kubernetes-patch-merge-key"] = .string(key) }
    }

    private mutating func value(_ kind: ValueKind) -> JSON {
        switch kind {
        case .string: return ["type": "string"]
        case .int32: return ["type": "integer", "format": "int32"]
        case .int64: return ["type": "integer", "format": "int64"]
        case .bool: return ["type": "boolean"]
        case .double: return ["type": "number", "format": "double"]
        case .bytes: return ["type": "string", "format": "byte"]
        case .duration: return ["type": "string"]
        case .any: return ["type": "object"]
        case .time:
            return named("io.k8s.apimachinery.pkg.apis.meta.v1.Time", ["type": "string", "format": "date-time"])
        case .microTime:
            return named("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", ["type": "string", "format": "date-time"])
        case .quantity:
            return named(
                "io.k8s.apimachinery.pkg.api.resource.Quantity",
                [
                    "description": "An exact number with a unit suffix, such as 100m, 1.5Gi or 2e3.",
                    "oneOf": [["type": "string"], ["type": "number"]],
                ])
        case .intOrString:
            return named(
                "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
                [
                    "description": "A number, or a string such as a port's name or a percentage.",
                    "format": "int-or-string", "oneOf": [["type": "integer"], ["type": "string"]],
                ])
        case .list(of: let element): return ["type": "array", "items": value(element)]
        case .map(of: let element): return ["type": "object", "additionalProperties": value(element)]
        case .object(let reference): return add(schema[reference])
        }
    }

    private mutating func named(_ name: String, _ definition: @autoclosure () -> JSON) -> JSON {
        if schemas[name] == nil { schemas[name] = definition() }
        return reference(name)
    }
}
