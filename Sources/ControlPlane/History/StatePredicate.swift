import KubeModel

/// Something that is true or false of an object at a moment: a condition, or a comparison of a field.
public struct StatePredicate: Sendable, Hashable {
    enum Comparison: String, Sendable, CaseIterable {
        // Longer signs first, because they begin with shorter ones.
        case atLeast = ">="
        case atMost = "<="
        case differs = "!="
        case same = "=="
        case more = ">"
        case less = "<"
        case equals = "="

        var isOrder: Bool { [.atLeast, .atMost, .more, .less].contains(self) }
    }

    enum Subject: Sendable, Hashable { case condition(String), field(String), existence }

    /// As it was written.
    public let text: String
    let subject: Subject
    let comparison: Comparison
    let value: String

    /// Reads `Available`, `Available=False`, `status.readyReplicas>=3`, `spec.paused` (there, and not false), `exists`.
    public init(_ text: String) throws(KubeStatus) {
        let text = text.trimmed
        let sign = Self.sign(in: text)
        let name = sign.map { String(text[..<$0.range.lowerBound]).trimmed } ?? text
        let value = sign.map { String(text[$0.range.upperBound...]).trimmed }
        // `=>3` and `!Available` would otherwise be tests of something that never is.
        let isOdd = value.map { rest in rest.first.map { "=<>".contains($0) } ?? (sign?.comparison.isOrder == true) }
        guard Self.isPath(name), isOdd != true else {
            throw .badRequest(
                "\"\(text)\" is nothing that can be tested: write a condition (Available, Ready=False), a field and a "
                    + "value (status.readyReplicas>=3; = != > < >= <=), or exists")
        }
        self.text = text
        if name == "exists" {
            subject = .existence
        } else {
            subject = name.first?.isUppercase == true ? .condition(name) : .field(name)
        }
        let isCondition = name.first?.isUppercase == true
        comparison = sign?.comparison ?? (isCondition ? .equals : .differs)
        self.value = value ?? (isCondition ? "True" : "false")
    }

    /// The first sign outside of brackets: one within belongs to the path.
    private static func sign(in text: String) -> (comparison: Comparison, range: Range<String.Index>)? {
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "[": depth += 1
            case "]": depth -= 1
            default:
                guard depth == 0,
                    let found = Comparison.allCases.first(where: { text[index...].hasPrefix($0.rawValue) })
                else { continue }
                return (found, index..<text.index(index, offsetBy: found.rawValue.count))
            }
        }
        return nil
    }

    /// Names joined by dots, each with what is in brackets behind it.
    private static func isPath(_ name: String) -> Bool {
        var depth = 0
        for character in name {
            if character == "[" { depth += 1 } else if character == "]" { depth -= 1 }
            let isPlain = character.isLetter || character.isNumber || ".-_/[]".contains(character)
            guard depth > 0 || isPlain else { return false }
        }
        return depth == 0 && name.first?.isLetter == true
    }

    /// False for an object that is not there.
    public func holds(_ object: KubeObject?) -> Bool {
        guard let object else { return false }
        switch subject {
        case .existence: return true
        case .condition(let type): return compare(object.condition(type)?["status"])
        case .field(let path): return compare(object.json[fieldPath: path])
        }
    }

    /// What an object had where this looks, in words.
    /// - Parameter showsValues: false for values that nobody may read.
    func finding(in object: KubeObject?, showsValues: Bool) -> String {
        guard let object else { return "it was not there" }
        switch subject {
        case .existence: return "it was there"
        case .condition(let type):
            if let status = object.condition(type)?.string("status") { return "\(type) was \(status)" }
            let types = object.json.array("status", "conditions").compactMap { $0.string("type") }.sorted()
            return "it had no condition \(type)\(types.isEmpty ? "" : ", only \(types.joined(separator: ", "))")"
        case .field(let path):
            guard let found = object.json[fieldPath: path] else { return "it had no \(path)" }
            let value = found.stringValue ?? found.canonicalText
            return showsValues && value.count <= 100 ? "\(path) was \(value)" : "\(path) was something else"
        }
    }

    private func compare(_ found: JSON?) -> Bool {
        guard let found, !found.isNull else {
            // A count that is zero is left out of an object.
            guard Int64(value) != nil else { return false }
            return compare(.int(0))
        }
        let text = found.stringValue ?? found.canonicalText
        if let left = Quantity(json: found), let right = Quantity(json: .string(value)) {
            return satisfies(left < right ? -1 : left == right ? 0 : 1)
        }
        return satisfies(text == value ? 0 : text < value ? -1 : 1)
    }

    private func satisfies(_ order: Int) -> Bool {
        switch comparison {
        case .atLeast: order >= 0
        case .atMost: order <= 0
        case .differs: order != 0
        case .same, .equals: order == 0
        case .more: order > 0
        case .less: order < 0
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
