import KubeModel

/// What a value may be, as its Go type states it.
public indirect enum ValueKind: Sendable, Hashable {
    case string
    case int32
    case int64
    case bool
    case double
    /// Base64 in JSON, raw in protobuf.
    case bytes
    /// `metav1.Time`: RFC 3339 with whole seconds.
    case time
    /// `metav1.MicroTime`: RFC 3339 with six decimals.
    case microTime
    /// `metav1.Duration`: a string such as `1h30m`.
    case duration
    case quantity
    case intOrString
    /// Any JSON (`runtime.RawExtension`, `metav1.FieldsV1`).
    case any
    case list(of: ValueKind)
    /// An object with free keys.
    case map(of: ValueKind)
    case object(TypeReference)
}

/// Where a type stands in its `Schema`.
public struct TypeReference: Sendable, Hashable {
    let index: Int
}

/// How server-side apply merges a list (`x-kubernetes-list-type`).
public enum ListType: Sendable, Hashable {
    case atomic
    case set
    /// Elements are identified by these fields.
    case map(keys: [String])
}

/// One field of a type: what decoding, defaulting, validation, patches, OpenAPI and protobuf know about it.
public struct FieldSchema: Sendable, Hashable {
    /// The member's name in JSON.
    public let name: String
    /// The field's number in protobuf; 0 for a field of an embedded type (see `TypeSchema.embedded`) and of `TypeMeta`.
    public let number: Int
    public let kind: ValueKind
    /// Always written; an object without it is incomplete.
    public let isRequired: Bool
    /// A zero differs from an absent value.
    public let isPointer: Bool
    /// Zeroes that are no pointers, and empty lists and maps, are not written.
    public let omitsEmpty: Bool
    /// The default that needs no other field to be known.
    public let defaultValue: JSON?
    /// The name of the closed set of values, empty for none.
    public let enumerationName: String
    /// The closed set of values, sorted; empty for none.
    public let enumeration: [String]
    /// For lists only.
    public let listType: ListType
    /// A map or an object that server-side apply replaces whole.
    public let isAtomic: Bool
    /// Strategic merge patch: elements or members are merged, not replaced.
    public let patchMerges: Bool
    /// Strategic merge patch: members that the patch does not name are dropped.
    public let patchRetainsKeys: Bool
    /// Strategic merge patch: the field that identifies an element; nil for lists of scalars.
    public let patchMergeKey: String?
    /// The type that an object, or the elements of a list or map of objects, have.
    public var objectType: TypeReference? { Self.objectType(kind) }

    private static func objectType(_ kind: ValueKind) -> TypeReference? {
        switch kind {
        case .object(let reference): reference
        case .list(of: let element), .map(of: let element): objectType(element)
        default: nil
        }
    }
}
