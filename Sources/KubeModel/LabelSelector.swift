/// A label selector, from a `metav1.LabelSelector`, a plain map, or a `labelSelector=` query.
public struct LabelSelector: Sendable, Hashable {
    public enum Operator: Sendable, Hashable { case isIn, notIn, exists, doesNotExist, greaterThan, lessThan }

    public struct Requirement: Sendable, Hashable {
        public var key: String
        public var op: Operator
        public var values: [String]
        public init(_ key: String, _ op: Operator, _ values: [String] = []) {
            (self.key, self.op, self.values) = (key, op, values)
        }

        func matches(_ value: String?) -> Bool {
            switch op {
            case .isIn: value.map(values.contains) ?? false
            case .notIn: value.map { !values.contains($0) } ?? true
            case .exists: value != nil
            case .doesNotExist: value == nil
            case .greaterThan: compare(value) { $0 > $1 }
            case .lessThan: compare(value) { $0 < $1 }
            }
        }

        private func compare(_ value: String?, _ holds: (Int64, Int64) -> Bool) -> Bool {
            guard let value, let left = Int64(value), let first = values.first, let right = Int64(first) else {
                return false
            }
            return holds(left, right)
        }
    }

    public var requirements: [Requirement]
    public init(_ requirements: [Requirement] = []) { self.requirements = requirements }
    /// All of these labels with these values (a Service's `spec.selector`, a `nodeSelector`).
    public init(matching labels: [String: String]) {
        requirements = labels.sorted { $0.key < $1.key }.map { Requirement($0.key, .isIn, [$0.value]) }
    }

    /// A selector without requirements selects everything.
    public var isEmpty: Bool { requirements.isEmpty }
    public func matches(_ labels: [String: String]) -> Bool { requirements.allSatisfy { $0.matches(labels[$0.key]) } }

    /// A `metav1.LabelSelector`; nil where it is malformed.
    public init?(json: JSON?) {
        guard let json, !json.isNull else { return nil }
        self.init(matching: json.stringMap("matchLabels"))
        for expression in json.array("matchExpressions") {
            guard let key = expression.string("key"), let op = Self.operators[expression.string("operator") ?? ""]
            else {
                return nil
            }
            requirements.append(Requirement(key, op, expression.array("values").compactMap(\.stringValue)))
        }
    }

    public static let operators: [String: Operator] = [
        "In": .isIn, "NotIn": .notIn, "Exists": .exists, "DoesNotExist": .doesNotExist, "Gt": .greaterThan,
        "Lt": .lessThan,
    ]

    /// Parses the query form: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
    public init(query: String) throws(KubeStatus) {
        requirements = []
        for part in try Self.split(query) {
            requirements.append(try Self.requirement(part))
        }
    }

    private static func fault(_ text: some StringProtocol) -> KubeStatus {
        .badRequest("unable to parse requirement: \"\(text)\" is no label selector; write for example app=web,tier!=db")
    }

    private static func split(_ query: String) throws(KubeStatus) -> [Substring] {
        var parts: [Substring] = []
        var depth = 0
        var start = query.startIndex
        for index in query.indices {
            switch query[index] {
            case "(": depth += 1
            case ")": depth -= 1
            case "," where depth == 0:
                parts.append(query[start..<index])
                start = query.index(after: index)
            default: break
            }
        }
        guard depth == 0 else { throw fault(query) }
        parts.append(query[start...])
        return parts.map { $0.trimmed }.filter { !$0.isEmpty }
    }

    private static func requirement(_ part: Substring) throws(KubeStatus) -> Requirement {
        if part.last == ")", let open = part.firstIndex(of: "(") {
            let words = part[..<open].split(separator: " ")
            guard words.count == 2, words[1] == "in" || words[1] == "notin" else { throw fault(part) }
            let values = part[part.index(after: open)...].dropLast().split(
                separator: ",", omittingEmptySubsequences: false
            ).map { String($0.trimmed) }
            return Requirement(String(words[0]), words[1] == "in" ? .isIn : .notIn, values)
        }
        if part.first == "!" { return Requirement(String(part.dropFirst().trimmed), .doesNotExist) }
        for (sign, op) in [("!=", Operator.notIn), ("==", .isIn), ("=", .isIn), (">", .greaterThan), ("<", .lessThan)] {
            if let range = part.range(ofText: sign) {
                let key = part[..<range.lowerBound].trimmed
                guard !key.isEmpty else { throw fault(part) }
                return Requirement(String(key), op, [String(part[range.upperBound...].trimmed)])
            }
        }
        guard !part.contains(" ") else { throw fault(part) }
        return Requirement(String(part), .exists)
    }
}

extension Substring {
    var trimmed: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }

    func range(ofText needle: String) -> Range<Index>? {
        for index in indices where self[index...].hasPrefix(needle) {
            return index..<self.index(index, offsetBy: needle.count)
        }
        return nil
    }
}
