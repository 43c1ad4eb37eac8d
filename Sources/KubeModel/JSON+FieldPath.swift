extension JSON {
    /// The value at a path as differences are written: `spec.replicas`, `metadata.labels[app.kubernetes.io/name]`,
    /// `spec.containers[name=web].image`, `spec.ports[0]`; nil where there is none.
    public subscript(fieldPath path: String) -> JSON? {
        var value = self
        for step in Self.steps(path) {
            guard let next = value.member(step) else { return nil }
            value = next
        }
        return value
    }

    private enum Step { case name(Substring), bracket(Substring) }

    private static func steps(_ path: String) -> [Step] {
        var steps: [Step] = []
        var rest = path[...]
        while let first = rest.first {
            if first == "[" {
                let end = rest.firstIndex(of: "]") ?? rest.endIndex
                steps.append(.bracket(rest[rest.index(after: rest.startIndex)..<end]))
                rest = end < rest.endIndex ? rest[rest.index(after: end)...] : ""
            } else if first == "." {
                rest = rest.dropFirst()
            } else {
                let name = rest.prefix { $0 != "." && $0 != "[" }
                steps.append(.name(name))
                rest = rest[name.endIndex...]
            }
        }
        return steps
    }

    private func member(_ step: Step) -> JSON? {
        switch step {
        case .name(let name): return self[String(name)]
        case .bracket(let text):
            guard let elements = arrayValue else { return self[String(text)] }
            if let index = Int(text) { return elements.indices.contains(index) ? elements[index] : nil }
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return elements.first {
                let value = $0[String(parts[0])]
                return (value?.stringValue ?? value?.canonicalText) == String(parts[1])
            }
        }
    }
}
