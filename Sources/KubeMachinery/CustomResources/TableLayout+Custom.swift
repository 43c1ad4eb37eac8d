import KubeModel

extension CustomResource {
    /// The columns that the definition asks for; the age alone where it asks for none.
    var layout: TableLayout {
        guard !columns.isEmpty else { return .generic }
        let columns = columns
        return TableLayout(columns: [.objectName] + columns.map(\.column)) { object, now in
            [.string(object.name)] + columns.map { $0.cell(object.json, now) }
        }
    }
}

extension CustomResource.Column {
    /// Null where there is no value, or one of another type; clients print that as `<none>`.
    fileprivate func cell(_ object: JSON, _ now: Timestamp) -> JSON {
        guard let value = query.values(in: object).first, !value.isNull else { return .null }
        switch type {
        case "integer": return value.intValue.map { .int($0) } ?? .null
        case "number": return StructuralSchema.number(value) == nil ? .null : value
        case "boolean": return value.boolValue.map { .bool($0) } ?? .null
        case "date":
            guard let text = value.stringValue, Timestamp(rfc3339: text) != nil else { return "<invalid>" }
            return .string(ShortDuration.age(text, now: now))
        default: return .string(value.stringValue ?? value.canonicalText)
        }
    }
}

extension TableLayout {
    static let definitions = TableLayout(
        columns: [
            .objectName,
            TableColumn("Created At", "When the definition was made.", type: "date", format: "", priority: 0),
        ]
    ) { object, _ in
        [.string(object.name), .string(object.json.string("metadata", "creationTimestamp") ?? "")]
    }
}
