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
    }

    enum Subject: Sendable, Hashable { case condition(String), field(String), existence }

    let subject: Subject
    let comparison: Comparison
    let value: String

    /// Reads `Available`, `Available=False`, `status.readyReplicas>=3`, `spec.paused` (there, and not false), `exists`.
    public init(_ text: String) throws(KubeStatus) {
        let text = text.trimmed
        // A sign in brackets belongs to the path.
        let start = text.lastIndex(of: "]") ?? text.startIndex
        let found = Comparison.allCases.compactMap { comparison in
            text[start...].firstRange(of: comparison.rawValue).map { (comparison, $0) }
        }.min { $0.1.lowerBound < $1.1.lowerBound }
        let name = found.map { String(text[..<$0.1.lowerBound]).trimmed } ?? text
        guard !name.isEmpty else {
            throw .badRequest(
                "\"\(text)\" is nothing that can be tested: write a condition (Available, Ready=False), or a field and a "
                    + "value (status.readyReplicas>=3)")
        }
        if name == "exists" {
            subject = .existence
        } else {
            subject = name.first?.isUppercase == true ? .condition(name) : .field(name)
        }
        comparison = found?.0 ?? (name.first?.isUppercase == true ? .equals : .differs)
        value =
            found.map { String(text[$0.1.upperBound...]).trimmed }
            ?? (name.first?.isUppercase == true ? "True" : "false")
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
