/// The fields of one type of the API.
public final class TypeSchema: Sendable {
    /// A struct that Go embeds: its fields stand beside the type's own in JSON (they are in `fields`), and in a
    /// message of their own in protobuf.
    public struct Embedded: Sendable, Hashable {
        /// The field number of the message.
        public let number: Int
        public let type: TypeReference
    }

    /// The folder and version of the type's package: `core/v1`, `apps/v1`, `meta/v1`, `rbac/v1`.
    public let package: String
    /// `PodSpec`.
    public let name: String
    /// All fields, those of embedded types too, sorted by the bytes of their names.
    public let fields: [FieldSchema]
    public let embedded: [Embedded]
    /// Places of the fields that have a default of their own.
    let defaulted: [Int]
    /// Places of the fields below which there are defaults.
    let defaultedBelow: [Int]
    /// Places of the required fields whose absence can be seen: texts, lists and objects.
    let mustBePresent: [Int]
    /// Defaults that depend on other fields.
    let defaultRule: Defaulting.Rule?
    /// What values must fulfil beside the schema.
    let validationRule: Validation.Rule?

    init(
        package: String, name: String, fields: [FieldSchema], embedded: [Embedded], defaultedBelow: [Int]
    ) {
        (self.package, self.name, self.fields, self.embedded) = (package, name, fields, embedded)
        self.defaultedBelow = defaultedBelow
        defaulted = fields.indices.filter { fields[$0].defaultValue != nil }
        mustBePresent = fields.indices.filter { index in
            let field = fields[index]
            guard field.isRequired || (field.name == "spec" && !field.isPointer) else { return false }
            return switch field.kind {
            case .string, .list: true
            case .object: field.name != "metadata"
            default: false
            }
        }
        defaultRule = Defaulting.rules["\(package).\(name)"]
        validationRule = Validation.rules["\(package).\(name)"]
    }

    /// `core/v1.PodSpec`, the key of `Schema.type(named:)`.
    public var qualifiedName: String { "\(package).\(name)" }

    /// The field with a JSON name, by binary search.
    public func field(_ name: String) -> FieldSchema? {
        index(of: name).map { fields[$0] }
    }

    /// The field with a protobuf number, embedded types' fields excluded.
    public func field(number: Int) -> FieldSchema? {
        fields.first { $0.number == number }
    }

    func index(of name: String) -> Int? {
        var low = 0
        var high = fields.count
        while low < high {
            let middle = (low + high) / 2
            if fields[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low < fields.count && fields[low].name == name ? low : nil
    }
}
