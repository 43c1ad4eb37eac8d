import KubeModel

/// What values must fulfil, in the words of Kubernetes (`spec.replicas in body must be of type integer: "string"`).
/// Rules in the Common Expression Language (`x-kubernetes-validations`) are not evaluated.
extension StructuralSchema {
    func validate(_ value: JSON, at path: FieldPath = .root, _ faults: inout Faults) {
        if value == .null, isNullable { return }
        guard hasType(value) else {
            let word = Self.typeWord(value)
            return faults.wrongType(path, word, "\(Self.body(path)) must be of type \(expected): \"\(word)\"")
        }
        check(enumeration: value, path, &faults)
        switch value {
        case .string(let text): validate(text, path, &faults)
        case .int, .double: validate(number: value, path, &faults)
        case .array(let elements): validate(elements, path, &faults)
        case .object(let members): validate(members, path, &faults)
        case .null, .bool: break
        }
        combine(value, path, &faults)
    }

    /// `spec.replicas in body`
    private static func body(_ path: FieldPath) -> String { "\(path.description.isEmpty ? "" : "\(path) ")in body" }

    // MARK: Types

    private var expected: String { isIntOrString ? "integer,string" : type }

    private func hasType(_ value: JSON) -> Bool {
        if isIntOrString { return value.stringValue != nil || value.intValue != nil }
        return switch type {
        case "": true
        case "object": value.objectValue != nil
        case "array": value.arrayValue != nil
        case "string": value.stringValue != nil
        case "boolean": value.boolValue != nil
        case "integer": value.intValue != nil
        case "number": Self.number(value) != nil
        default: false
        }
    }

    static func typeWord(_ value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .int: "integer"
        case .double: value.intValue == nil ? "number" : "integer"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    static func number(_ value: JSON?) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    private func check(enumeration value: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let allowed = json.array("enum")
        guard !allowed.isEmpty, !allowed.contains(value) else { return }
        faults.unsupported(path, value, allowed.map { $0.stringValue ?? $0.canonicalText })
    }

    // MARK: Texts and numbers

    private func validate(_ text: String, _ path: FieldPath, _ faults: inout Faults) {
        let length = Int64(text.unicodeScalars.count)
        if let limit = json.int("maxLength"), length > limit { faults.tooLong(path, limit: Int(limit)) }
        if let limit = json.int("minLength"), length < limit {
            faults.invalid(path, text, "\(Self.body(path)) should be at least \(limit) chars long")
        }
        if let pattern = json.string("pattern"), !pattern.isEmpty, !Pattern.matches(pattern, text) {
            faults.invalid(path, text, "\(Self.body(path)) should match '\(pattern)'")
        }
        if let format = json.string("format"), !ValueFormat.isRight(text, format) {
            faults.invalid(
                path, text, "\(Self.body(path)) must be of type \(format): \(JSON.string(text).canonicalText)")
        }
    }

    private func validate(number value: JSON, _ path: FieldPath, _ faults: inout Faults) {
        guard let number = Self.number(value) else { return }
        func fault(_ detail: String) { faults.invalid(path, value, "\(Self.body(path)) should be \(detail)") }
        if let limit = json["maximum"], let bound = Self.number(limit) {
            let isExclusive = json.bool("exclusiveMaximum") == true
            if isExclusive ? number >= bound : number > bound {
                fault("less than \(isExclusive ? "" : "or equal to ")\(limit.canonicalText)")
            }
        }
        if let limit = json["minimum"], let bound = Self.number(limit) {
            let isExclusive = json.bool("exclusiveMinimum") == true
            if isExclusive ? number <= bound : number < bound {
                fault("greater than \(isExclusive ? "" : "or equal to ")\(limit.canonicalText)")
            }
        }
        if let factor = json["multipleOf"], let step = Self.number(factor), step != 0 {
            let quotient = number / step
            if abs(quotient - quotient.rounded()) > 1e-9 { fault("a multiple of \(factor.canonicalText)") }
        }
        if let format = json.string("format"), ["int32", "int64"].contains(format) {
            let fits = value.intValue.map { format == "int64" || Int32(exactly: $0) != nil } ?? false
            if !fits {
                faults.invalid(path, value, "\(Self.body(path)) must be of type \(format): \(value.canonicalText)")
            }
        }
    }

    // MARK: Lists and objects

    private func validate(_ elements: [JSON], _ path: FieldPath, _ faults: inout Faults) {
        let count = Int64(elements.count)
        if let limit = json.int("maxItems"), count > limit {
            faults.tooMany(path, count: elements.count, limit: Int(limit))
        }
        if let limit = json.int("minItems"), count < limit {
            faults.invalid(path, .int(count), "\(Self.body(path)) should have at least \(limit) items")
        }
        if json.bool("uniqueItems") == true, Set(elements).count < elements.count {
            faults.invalid(path, .array(elements), "\(Self.body(path)) shouldn't contain duplicates")
        }
        if let items {
            for (index, element) in elements.enumerated() { items.validate(element, at: path.index(index), &faults) }
        }
        checkIdentities(elements, path, &faults)
    }

    /// Elements of sets differ, and those of maps in their keys (`x-kubernetes-list-type`).
    private func checkIdentities(_ elements: [JSON], _ path: FieldPath, _ faults: inout Faults) {
        let kind = json.string("x-kubernetes-list-type")
        guard kind == "set" || kind == "map" else { return }
        let keys = json.array("x-kubernetes-list-map-keys").compactMap(\.stringValue)
        var seen: Set<JSON> = []
        for (index, element) in elements.enumerated() {
            var identity = element
            if kind == "map" {
                identity = .object(JSONObject(keys.compactMap { key in element[key].map { (key, $0) } }))
                for key in keys where element[key] == nil && items?.property(key)?.defaultValue == nil {
                    faults.required(path.index(index).child(key), "this is a key of the list's elements")
                }
            }
            if !seen.insert(identity).inserted { faults.duplicate(path.index(index), identity) }
        }
    }

    private func validate(_ members: JSONObject, _ path: FieldPath, _ faults: inout Faults) {
        for case .string(let name) in json.array("required") where members[name] == nil {
            faults.required(path.child(name))
        }
        let count = Int64(members.count)
        if let limit = json.int("maxProperties"), count > limit {
            faults.tooMany(path, count: members.count, limit: Int(limit))
        }
        if let limit = json.int("minProperties"), count < limit {
            faults.invalid(path, .int(count), "\(Self.body(path)) should have at least \(limit) properties")
        }
        if isEmbeddedResource {
            for name in ["apiVersion", "kind"] where (members[name]?.stringValue ?? "").isEmpty {
                faults.required(path.child(name), "must not be empty")
            }
        }
        let additional = additional
        for (name, value) in members {
            if let schema = property(name) ?? additional { schema.validate(value, at: path.child(name), &faults) }
        }
    }

    // MARK: Combinations

    private func combine(_ value: JSON, _ path: FieldPath, _ faults: inout Faults) {
        func fault(_ detail: String) { faults.invalid(path, value, "\(Self.body(path)) \(detail)") }
        for part in json.array("allOf") { StructuralSchema(part).validate(value, at: path, &faults) }
        let choices = json.array("anyOf")
        if !choices.isEmpty, !choices.contains(where: { isRight(value, $0, path) }) {
            fault("must validate at least one schema (anyOf)")
        }
        let alternatives = json.array("oneOf")
        if !alternatives.isEmpty {
            let count = alternatives.count { isRight(value, $0, path) }
            if count != 1 {
                fault(
                    "must validate one and only one schema (oneOf). Found "
                        + (count == 0 ? "none valid" : "\(count) valid alternatives"))
            }
        }
        if let excluded = json["not"], isRight(value, excluded, path) { fault("must not validate the schema (not)") }
    }

    private func isRight(_ value: JSON, _ schema: JSON, _ path: FieldPath) -> Bool {
        var faults = Faults()
        StructuralSchema(schema).validate(value, at: path, &faults)
        return faults.isEmpty
    }
}

/// Patterns of schemas: found anywhere in a text, with the ASCII meaning of `\d` and `\w` that Go's expressions have.
enum Pattern {
    static func isRight(_ pattern: String) -> Bool { expression(pattern) != nil }

    /// What cannot be read as a pattern matches everything; a definition with such a one is refused beforehand.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        guard let expression = expression(pattern) else { return true }
        return text.firstMatch(of: expression) != nil
    }

    private static func expression(_ pattern: String) -> Regex<AnyRegexOutput>? {
        try? Regex(pattern).matchingSemantics(.unicodeScalar).asciiOnlyCharacterClasses()
    }
}
