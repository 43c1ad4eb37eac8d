import KubeModel

/// What is done to a custom resource on its way in.
extension CustomResource {
    /// The object with its metadata in canonical form and without fields that the schema does not have.
    /// - Throws: 400 for a wrong kind, metadata of wrong types, or (strict) unknown fields.
    func decode(_ json: JSON, as type: ResourceType, fieldValidation: FieldValidation) throws(KubeStatus)
        -> (object: JSON, warnings: [String])
    {
        var known = json
        for name in json.objectValue?.names ?? [] where !StructuralSchema.objectMembers.contains(name) {
            known[name] = nil
        }
        let (decoded, warnings) = try ObjectDecoding.decode(
            known, as: type.kind, root: type.root, in: type.schema,
            fieldValidation: fieldValidation)
        var object = json
        var unknown: [String] = []
        schema.prune(&object, isRoot: true, &unknown)
        for name in StructuralSchema.objectMembers { object[name] = decoded[name] }
        if fieldValidation == .strict, !unknown.isEmpty {
            throw .badRequest(
                "\(type.kind.kind) in version \"\(type.version)\" cannot be handled as a \(type.kind.kind): strict "
                    + "decoding error: \(unknown.joined(separator: ", "))")
        }
        return (object, fieldValidation == .ignore ? [] : warnings + unknown)
    }

    func fillDefaults(_ object: inout JSON) { schema.fillDefaults(&object) }

    func validate(_ object: JSON, _ faults: inout Faults) {
        var content = object
        // Checked as those of every object are; a schema may only narrow the name.
        content["metadata"] = object["metadata"].map { metadata in
            .object(JSONObject(["name", "generateName"].compactMap { name in metadata[name].map { (name, $0) } }))
        }
        schema.validate(content, &faults)
    }

    /// The fields of an earlier form that the schema does not have any more, as `unknown field "spec.foo"`.
    public func prune(_ object: inout JSON) -> [String] {
        var unknown: [String] = []
        schema.prune(&object, isRoot: true, &unknown)
        return unknown
    }
}
