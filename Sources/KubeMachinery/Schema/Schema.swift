/// Types that refer to each other: the API's own (`builtIn`), or those of one custom resource.
public struct Schema: Sendable {
    public let types: [TypeSchema]
    private let indexes: [String: Int]

    init(types: [TypeSchema]) {
        self.types = types
        indexes = Dictionary(
            types.enumerated().map { ($0.element.qualifiedName, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    /// Every type of the API, out of the generated tables; parsed at first use.
    public static let builtIn = Schema(tables: SchemaTable.all)

    public subscript(reference: TypeReference) -> TypeSchema { types[reference.index] }

    /// `core/v1.PodSpec`; nil where there is no such type.
    public func type(named name: String) -> TypeSchema? {
        indexes[name].map { types[$0] }
    }

    public func reference(to name: String) -> TypeReference? {
        indexes[name].map(TypeReference.init(index:))
    }
}
