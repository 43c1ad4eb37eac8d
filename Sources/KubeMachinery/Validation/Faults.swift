import KubeModel

/// Collects what is wrong with an object, in the words of Kubernetes (`apimachinery/pkg/util/validation/field`).
struct Faults {
    private(set) var causes: [KubeStatus.Cause] = []

    var isEmpty: Bool { causes.isEmpty }

    private mutating func add(_ reason: String, _ path: FieldPath, _ message: String, _ detail: String) {
        causes.append(
            KubeStatus.Cause(
                reason: reason, message: detail.isEmpty ? message : "\(message): \(detail)", field: path.description))
    }

    mutating func required(_ path: FieldPath, _ detail: String = "") {
        add("FieldValueRequired", path, "Required value", detail)
    }

    mutating func invalid(_ path: FieldPath, _ value: JSON, _ detail: String) {
        add("FieldValueInvalid", path, "Invalid value: \(value.canonicalText)", detail)
    }

    mutating func invalid(_ path: FieldPath, _ value: String, _ detail: String) {
        invalid(path, .string(value), detail)
    }

    /// One fault for each detail.
    mutating func invalid(_ path: @autoclosure () -> FieldPath, _ value: String, _ details: [String]) {
        for detail in details { invalid(path(), .string(value), detail) }
    }

    /// A value of another type than the schema's.
    mutating func wrongType(_ path: FieldPath, _ word: String, _ detail: String) {
        add("FieldValueTypeInvalid", path, "Invalid value: \(JSON.string(word).canonicalText)", detail)
    }

    mutating func unsupported(_ path: FieldPath, _ value: JSON, _ supported: [String]) {
        let list = supported.map { JSON.string($0).canonicalText }.joined(separator: ", ")
        add(
            "FieldValueNotSupported", path, "Unsupported value: \(value.canonicalText)",
            list.isEmpty ? "" : "supported values: \(list)")
    }

    mutating func duplicate(_ path: FieldPath, _ value: JSON) {
        add("FieldValueDuplicate", path, "Duplicate value: \(value.canonicalText)", "")
    }

    mutating func notFound(_ path: FieldPath, _ value: String) {
        add("FieldValueNotFound", path, "Not found: \(JSON.string(value).canonicalText)", "")
    }

    mutating func forbidden(_ path: FieldPath, _ detail: String) {
        add("FieldValueForbidden", path, "Forbidden", detail)
    }

    mutating func tooLong(_ path: FieldPath, limit: Int) {
        add("FieldValueTooLong", path, "Too long", "may not be more than \(limit) bytes")
    }

    mutating func tooMany(_ path: FieldPath, count: Int, limit: Int) {
        add("FieldValueTooMany", path, "Too many: \(count)", "must have at most \(limit) items")
    }
}

extension Faults {
    static let immutable = "field is immutable"

    /// A whole number in a range; an absent one is right.
    mutating func range(_ object: JSON, _ name: String, _ path: FieldPath, _ range: ClosedRange<Int64>) {
        guard let value = object[name]?.intValue, !range.contains(value) else { return }
        let detail =
            switch (range.lowerBound, range.upperBound) {
            case (0, .max): "must be greater than or equal to 0"
            case (1, .max): "must be greater than 0"
            default: "must be between \(range.lowerBound) and \(range.upperBound), inclusive"
            }
        invalid(path.child(name), .int(value), detail)
    }

    mutating func nonNegative(_ object: JSON, _ names: String..., at path: FieldPath) {
        for name in names { range(object, name, path, 0...Int64.max) }
    }

    static let ports: ClosedRange<Int64> = 1...65_535

    /// A number of a port, or the name of one.
    mutating func portOrName(_ value: JSON?, _ path: FieldPath) {
        if let name = value?.stringValue {
            invalid(path, name, Syntax.portName(name))
        } else if !Self.ports.contains(value?.intValue ?? 0) {
            invalid(path, .int(value?.intValue ?? 0), "must be between 1 and 65535, inclusive")
        }
    }

    /// A value that may not change.
    mutating func immutable(_ new: JSON?, _ old: JSON?, _ path: FieldPath) {
        if new != old { invalid(path, new ?? .null, Self.immutable) }
    }
}
