import KubeModel

/// The part of JSONPath that columns of custom resources use: `.spec.replicas`, `.spec.ports[0].name`,
/// `.status.conditions[?(@.type=="Ready")].status`, `.metadata.labels['app.kubernetes.io/name']`, `.spec.items[*].name`.
struct FieldQuery: Sendable, Hashable {
    private enum Step: Sendable, Hashable {
        case member(String)
        case element(Int)
        case all
        /// The elements whose field has the value.
        case matching(field: [String], value: String)
    }

    private let steps: [Step]

    /// Nil for a text that is none of these.
    init?(_ text: String) {
        var steps: [Step] = []
        var rest = text[...]
        if rest.first == "$" { rest.removeFirst() }
        while let first = rest.first {
            switch first {
            case ".":
                rest.removeFirst()
                let name = Self.name(&rest)
                if name.isEmpty, !rest.isEmpty, rest.first != "[" { return nil }
                if !name.isEmpty { steps.append(name == "*" ? .all : .member(name)) }
            case "[":
                guard let end = Self.closing(rest),
                    let step = Self.bracket(rest[rest.index(after: rest.startIndex)..<end])
                else { return nil }
                steps.append(step)
                rest = rest[rest.index(after: end)...]
            default: return nil
            }
        }
        self.steps = steps
    }

    /// A name up to the next step; a backslash takes the meaning from a dot.
    private static func name(_ rest: inout Substring) -> String {
        var name = ""
        while let next = rest.first, next != ".", next != "[" {
            rest.removeFirst()
            guard next == "\\", let escaped = rest.first else {
                name.append(next)
                continue
            }
            name.append(escaped)
            rest.removeFirst()
        }
        return name
    }

    /// Where the bracket that begins a text ends, quotes left out.
    private static func closing(_ text: Substring) -> Substring.Index? {
        var quote: Character?
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == "]" {
                return index
            }
        }
        return nil
    }

    private static func bracket(_ text: Substring) -> Step? {
        if text == "*" { return .all }
        if let index = Int(text) { return .element(index) }
        if let name = unquoted(text) { return .member(name) }
        guard text.hasPrefix("?("), text.hasSuffix(")") else { return nil }
        let condition = text.dropFirst(2).dropLast()
        guard let sign = condition.firstRange(of: "==") else { return nil }
        let field = condition[..<sign.lowerBound].filter { $0 != " " }
        let value = condition[sign.upperBound...].drop { $0 == " " }
        guard field.hasPrefix("@.") else { return nil }
        return .matching(
            field: field.dropFirst(2).split(separator: ".").map(String.init), value: unquoted(value) ?? String(value))
    }

    private static func unquoted(_ text: Substring) -> String? {
        guard text.count >= 2, let first = text.first, first == "'" || first == "\"", text.last == first else {
            return nil
        }
        return String(text.dropFirst().dropLast())
    }

    /// Every value that it leads to, in order.
    func values(in object: JSON) -> [JSON] {
        steps.reduce([object]) { values, step in values.flatMap { Self.follow(step, $0) } }
    }

    private static func follow(_ step: Step, _ value: JSON) -> [JSON] {
        switch step {
        case .member(let name): return value[name].map { [$0] } ?? []
        case .element(let index):
            let elements = value.arrayValue ?? []
            let place = index < 0 ? elements.count + index : index
            return elements.indices.contains(place) ? [elements[place]] : []
        case .all: return value.arrayValue ?? value.objectValue?.map { $0.value } ?? []
        case .matching(let field, let wanted):
            return (value.arrayValue ?? []).filter {
                let found = $0[field]
                return found != nil && (found?.stringValue ?? found?.canonicalText) == wanted
            }
        }
    }

    /// The names of the members on the way; nil for a query that looks into lists.
    var plainPath: [String]? {
        var names: [String] = []
        for step in steps {
            guard case .member(let name) = step else { return nil }
            names.append(name)
        }
        return names
    }
}
