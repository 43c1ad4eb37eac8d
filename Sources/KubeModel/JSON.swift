/// A JSON value as a tree. Objects keep their members sorted by key, so that equal values have equal bytes.
///
/// Whole numbers that fit are `.int` however they were written, all others `.double`.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

extension JSON {
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var arrayValue: [JSON]? { if case .array(let value) = self { value } else { nil } }
    public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }
    public var isNull: Bool { self == .null }

    /// An `.int`, or a `.double` without a fraction.
    public var intValue: Int64? {
        switch self {
        case .int(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The member of an object; nil for an absent one and for everything that is not an object.
    /// Setting nil removes the member; setting on a value that is no object makes it one.
    public subscript(key: String) -> JSON? {
        get { if case .object(let object) = self { object[key] } else { nil } }
        set {
            // Taken out before the edit, so that the storage is not shared while it changes.
            var object: JSONObject = if case .object(let existing) = self { existing } else { JSONObject() }
            self = .null
            object[key] = newValue
            self = .object(object)
        }
    }

    /// The value at a path of member names, nil where any step is absent.
    public subscript(path: [String]) -> JSON? {
        get {
            var value = self
            for key in path {
                guard let next = value[key] else { return nil }
                value = next
            }
            return value
        }
        set {
            guard let first = path.first else {
                if let newValue { self = newValue }
                return
            }
            if path.count == 1 {
                self[first] = newValue
                return
            }
            var child = self[first] ?? .object([:])
            if newValue == nil, self[first] == nil { return }
            self[first] = .null
            child[Array(path.dropFirst())] = newValue
            self[first] = child
        }
    }

    public func string(_ path: String...) -> String? { self[path]?.stringValue }
    public func int(_ path: String...) -> Int64? { self[path]?.intValue }
    public func bool(_ path: String...) -> Bool? { self[path]?.boolValue }
    /// The array at the path; empty where there is none.
    public func array(_ path: String...) -> [JSON] { self[path]?.arrayValue ?? [] }
    /// The object at the path; empty where there is none.
    public func object(_ path: String...) -> JSONObject { self[path]?.objectValue ?? [:] }
    /// The object at the path as strings, members that are no strings left out (`labels`, `annotations`, `data`).
    public func stringMap(_ path: String...) -> [String: String] {
        var map: [String: String] = [:]
        for (key, value) in self[path]?.objectValue ?? [:] { map[key] = value.stringValue }
        return map
    }
}

// There is no nil literal: `condition ? nil : json` would become `.null`, which is a value, where nothing is meant.
extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
    public init(_ map: [String: String]) { self = .object(JSONObject(map.map { ($0.key, .string($0.value)) })) }
}
