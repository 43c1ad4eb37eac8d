/// What merging by schema needs to know about a type: which of its lists merge, and by which member.
public struct MergeSchema: Sendable {
    struct Field {
        /// Whether a list merges element by element; the others are replaced.
        let mergesList: Bool
        /// The member that tells elements apart; nil for lists of scalars.
        let mergeKey: String?
        /// Whether a changed map lists the members that may stay.
        let retainsKeys: Bool
        /// The schema of the field's value, or of its elements where it is a list.
        let element: MergeSchema?
    }

    private let schema: Schema
    private let type: TypeSchema

    public init(_ type: ResourceType) { self.init(schema: type.schema, type: type.root) }

    public init(schema: Schema, type: TypeSchema) { (self.schema, self.type) = (schema, type) }

    /// Nil for a field that the type does not have.
    func field(_ name: String) -> Field? {
        guard let field = type.field(name) else { return nil }
        return Field(
            mergesList: field.isList && field.patchMerges, mergeKey: field.patchMergeKey,
            retainsKeys: field.patchRetainsKeys, element: element(field.kind))
    }

    private func element(_ kind: ValueKind) -> MergeSchema? {
        switch kind {
        case .object(let reference), .list(of: .object(let reference)):
            MergeSchema(schema: schema, type: schema[reference])
        default: nil
        }
    }
}

extension FieldSchema {
    fileprivate var isList: Bool { if case .list = kind { true } else { false } }
}
