import KubeModel

/// What becomes of fields that the schema does not have (the `fieldValidation` query parameter).
public enum FieldValidation: String, Sendable {
    case ignore = "Ignore"
    case warn = "Warn"
    case strict = "Strict"
}

/// Turns what a client sent into an object of a kind: every value has its field's type, in the field's canonical form,
/// and nothing else is there.
public enum ObjectDecoding {
    /// - Throws: 400 BadRequest with Kubernetes' words for a wrong kind, a wrong type, or (strict) unknown fields.
    public static func decode(
        _ json: JSON, as type: ResourceType, fieldValidation: FieldValidation = .warn
    ) throws(KubeStatus) -> (object: JSON, warnings: [String]) {
        if let custom = type.custom { return try custom.decode(json, as: type, fieldValidation: fieldValidation) }
        return try decode(json, as: type.kind, root: type.root, in: type.schema, fieldValidation: fieldValidation)
    }

    /// For what is sent to subresources and as options (`Scale`, `Binding`, `Eviction`, `DeleteOptions`).
    public static func decode(
        _ json: JSON, as kind: GroupVersionKind, fieldValidation: FieldValidation = .warn
    ) throws(KubeStatus) -> (object: JSON, warnings: [String]) {
        guard let root = Schema.builtIn.type(kind) else {
            throw .badRequest("no kind \"\(kind.kind)\" is registered for version \"\(kind.apiVersion)\"")
        }
        return try decode(json, as: kind, root: root, in: .builtIn, fieldValidation: fieldValidation)
    }

    static func decode(
        _ json: JSON, as kind: GroupVersionKind, root: TypeSchema, in schema: Schema,
        fieldValidation: FieldValidation
    ) throws(KubeStatus) -> (object: JSON, warnings: [String]) {
        guard case .object(let object) = json else {
            throw .badRequest(
                "the object provided is unrecognized (must be of type \(kind.kind)): couldn't get version/kind; "
                    + "json parse error: json: cannot unmarshal \(json.typeWord) into Go value of type v1.\(kind.kind)")
        }
        try checkKind(object, kind)
        var decoder = TreeDecoder(schema: schema, reportsUnknown: fieldValidation != .ignore)
        var decoded: JSONObject
        do {
            decoded = try decoder.object(object, root) ?? object
        } catch {
            throw fault(kind, error.description)
        }
        if fieldValidation == .strict, !decoder.unknown.isEmpty {
            throw fault(kind, "strict decoding error: \(decoder.unknown.joined(separator: ", "))")
        }
        if decoded["apiVersion"] == nil { decoded["apiVersion"] = .string(kind.apiVersion) }
        if decoded["kind"] == nil { decoded["kind"] = .string(kind.kind) }
        if decoded["metadata"] == nil, root.field("metadata") != nil { decoded["metadata"] = [:] }
        return (.object(decoded), decoder.unknown)
    }

    private static func fault(_ kind: GroupVersionKind, _ text: String) -> KubeStatus {
        .badRequest("\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(kind.kind): \(text)")
    }

    /// An absent apiVersion or kind is taken from the address.
    private static func checkKind(_ object: JSONObject, _ expected: GroupVersionKind) throws(KubeStatus) {
        let kind = object["kind"]?.stringValue ?? ""
        let apiVersion = object["apiVersion"]?.stringValue ?? ""
        if !kind.isEmpty, kind != expected.kind {
            let sent = GroupVersionKind(apiVersion: apiVersion.isEmpty ? expected.apiVersion : apiVersion, kind: kind)
            throw .badRequest(
                "\(kind) in version \"\(sent.version)\" cannot be handled as a \(expected.kind): converting "
                    + "(\(sent.version).\(kind)) to (\(expected.version).\(expected.kind)): unknown conversion")
        }
        if !apiVersion.isEmpty, apiVersion != expected.apiVersion {
            throw .badRequest(
                "the API version in the data (\(apiVersion)) does not match the expected API version "
                    + "(\(expected.apiVersion))")
        }
    }
}

extension JSON {
    /// What Go's JSON decoder calls the value.
    var typeWord: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .int, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
