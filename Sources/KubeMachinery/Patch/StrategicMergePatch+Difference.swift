import KubeModel

extension StrategicMergePatch {
    /// The patch that turns `old` into `new`; an empty object where they are equal.
    public static func difference(from old: JSON, to new: JSON, schema: MergeSchema?) -> JSON {
        threeWay(original: old, modified: new, current: old, schema: schema)
    }

    /// The patch of a declarative apply: brings `current` to `modified`, and removes what the caller had applied before
    /// (`original`, the last-applied configuration) and left out now. What others added stays.
    public static func threeWay(original: JSON, modified: JSON, current: JSON, schema: MergeSchema?) -> JSON {
        .object(
            maps(
                original.objectValue ?? [:], modified.objectValue ?? [:], current.objectValue ?? [:], schema: schema))
    }

    private static func maps(
        _ original: JSONObject, _ modified: JSONObject, _ current: JSONObject, schema: MergeSchema?
    ) -> JSONObject {
        var patch: JSONObject = [:]
        for (key, _) in original where modified[key] == nil && current[key] != nil { patch[key] = .null }
        for (key, value) in modified {
            let field = schema?.field(key)
            switch (current[key], value) {
            case (nil, .null): break
            case (nil, _): patch[key] = value
            case (.object(let live)?, .object(let wanted)):
                var inner = maps(original[key]?.objectValue ?? [:], wanted, live, schema: field?.element)
                guard !inner.isEmpty else { continue }
                if field?.retainsKeys == true { inner[Directive.retainKeys] = .array(wanted.names.map { .string($0) }) }
                patch[key] = .object(inner)
            case (.array(let live)?, .array(let wanted)):
                guard live != wanted else { continue }
                let before = original[key]?.arrayValue ?? []
                merge(lists(key, before, wanted, live, field: field), into: &patch)
            case (let live?, _): if live != value { patch[key] = value }
            }
        }
        return patch
    }

    private static func merge(_ members: [(String, JSON)], into patch: inout JSONObject) {
        for (key, value) in members { patch[key] = value }
    }

    private static func lists(
        _ name: String, _ original: [JSON], _ modified: [JSON], _ current: [JSON], field: MergeSchema.Field?
    ) -> [(String, JSON)] {
        guard let field, field.mergesList else { return [(name, .array(modified))] }
        guard let key = field.mergeKey else { return scalars(name, original, modified, current) }
        guard distinct(modified, key), distinct(current, key) else {
            // Elements that the merge key cannot tell apart (one port number with two protocols) are replaced whole.
            return [(name, .array([[Directive.patch: "replace"]] + modified))]
        }
        func element(_ list: [JSON], like other: JSON) -> JSON? {
            let wanted = identity(of: other, key: key)
            return list.first { identity(of: $0, key: key) == wanted }
        }
        var changes: [JSON] = []
        for wanted in modified {
            guard let live = element(current, like: wanted) else {
                changes.append(wanted)
                continue
            }
            var inner = maps(
                element(original, like: wanted)?.objectValue ?? [:], wanted.objectValue ?? [:],
                live.objectValue ?? [:], schema: field.element)
            guard !inner.isEmpty else { continue }
            if field.retainsKeys {
                inner[Directive.retainKeys] = .array((wanted.objectValue?.names ?? []).map { .string($0) })
            }
            inner[key] = wanted[key]
            changes.append(.object(inner))
        }
        for old in original where element(modified, like: old) == nil && element(current, like: old) != nil {
            changes.append(.object([Directive.patch: "delete", key: old[key] ?? .null]))
        }
        let order = modified.map { JSON.object([key: $0[key] ?? .null]) }
        let kept = current.filter { element(modified, like: $0) != nil }
        let live = kept.map { JSON.object([key: $0[key] ?? .null]) }
        guard !changes.isEmpty || live != order else { return [] }
        let setOrder = (Directive.setElementOrder + name, JSON.array(order))
        return changes.isEmpty ? [setOrder] : [setOrder, (name, .array(changes))]
    }

    private static func scalars(_ name: String, _ original: [JSON], _ modified: [JSON], _ current: [JSON])
        -> [(String, JSON)]
    {
        let added = modified.filter { !current.contains($0) }
        let removed = original.filter { !modified.contains($0) && current.contains($0) }
        guard !added.isEmpty || !removed.isEmpty || current.filter(modified.contains) != modified else { return [] }
        var members: [(String, JSON)] = [(Directive.setElementOrder + name, .array(modified))]
        if !added.isEmpty { members.append((name, .array(added))) }
        if !removed.isEmpty { members.append((Directive.deleteFromPrimitiveList + name, .array(removed))) }
        return members
    }

    private static func distinct(_ elements: [JSON], _ key: String) -> Bool {
        let identities = elements.map { identity(of: $0, key: key) }
        return !identities.contains(nil) && Set(identities).count == identities.count
    }
}
