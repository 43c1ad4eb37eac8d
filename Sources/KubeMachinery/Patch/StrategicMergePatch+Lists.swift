import KubeModel

extension StrategicMergePatch {
    static func merge(_ patch: [JSON], into target: [JSON], name: String, field: MergeSchema.Field?) throws(KubeStatus)
        -> [JSON]
    {
        guard let field, field.mergesList else {
            // `$patch: replace` says what happens anyhow.
            return instantiate(.array(patch)).arrayValue ?? []
        }
        guard let key = field.mergeKey else {
            var merged = target
            for element in patch where !merged.contains(element) { merged.append(element) }
            return ordered(merged, first: patch, live: target, key: nil)
        }
        return try mergeMaps(patch, into: target, name: name, key: key, schema: field.element)
    }

    private static func mergeMaps(
        _ patch: [JSON], into target: [JSON], name: String, key: String, schema: MergeSchema?
    ) throws(KubeStatus) -> [JSON] {
        var wanted: [JSON] = []
        var merged = target
        var replaces = false
        for element in patch {
            guard case .object = element else {
                throw .badRequest("the elements of \(name) in a strategic merge patch must be objects")
            }
            switch element[Directive.patch] {
            case nil, "merge"?: wanted.append(element)
            case "replace"?: replaces = true
            case "delete"?:
                let identity = try identity(of: element, key: key, in: name)
                merged.removeAll { Self.identity(of: $0, key: key) == identity }
            case let directive?: throw unknownDirective(directive)
            }
        }
        if replaces { return instantiate(.array(wanted)).arrayValue ?? [] }

        var places: [String: Int] = [:]
        for (index, element) in merged.enumerated().reversed() {
            if let identity = identity(of: element, key: key) { places[identity] = index }
        }
        for element in wanted {
            let identity = try identity(of: element, key: key, in: name)
            if let index = places[identity] {
                merged[index] = try apply(element, to: merged[index], schema: schema)
            } else {
                places[identity] = merged.count
                merged.append(try apply(element, to: [:], schema: schema))
            }
        }
        return ordered(merged, first: wanted, live: target, key: key)
    }

    // MARK: Order

    /// Merges a list and brings it into the order that `$setElementOrder` states.
    static func reorder(
        _ target: [JSON]?, adding patch: JSON?, order: JSON, field name: String, schema: MergeSchema?
    ) throws(KubeStatus) -> [JSON]? {
        guard case .array(let order) = order else {
            throw .badRequest("$setElementOrder/\(name) in a strategic merge patch must be a list")
        }
        if let patch, patch.arrayValue == nil {
            throw .badRequest("\(name) in a strategic merge patch must be a list, as its $setElementOrder says")
        }
        let field = schema?.field(name)
        let added = patch?.arrayValue
        if let added { try check(added, follows: order, name: name, key: field?.mergeKey) }
        guard target != nil || added != nil else { return nil }
        let merged =
            try added.map { added throws(KubeStatus) in
                try merge(added, into: target ?? [], name: name, field: field)
            } ?? target ?? []
        guard field?.mergesList == true else { return merged }
        return ordered(merged, first: order, live: target ?? [], key: field?.mergeKey)
    }

    /// The elements that a patch adds must stand in the order that it asks for.
    private static func check(_ added: [JSON], follows order: [JSON], name: String, key: String?) throws(KubeStatus) {
        var rest = order[...]
        for element in added where element[Directive.patch] == nil {
            let identity = identity(of: element, key: key)
            guard let index = rest.firstIndex(where: { Self.identity(of: $0, key: key) == identity }) else {
                throw .badRequest(
                    "the elements of \(name) in the strategic merge patch do not stand in the order of its "
                        + "$setElementOrder/\(name), or are missing there")
            }
            rest = rest[(index + 1)...]
        }
    }

    /// Elements named in `first` in that order, the others in the order of the live list and before the first element
    /// that stood behind them there.
    private static func ordered(_ merged: [JSON], first: [JSON], live: [JSON], key: String?) -> [JSON] {
        let wanted = ranks(first, key: key)
        let lived = ranks(live, key: key)
        func rank(_ element: JSON, in ranks: [String: Int]) -> Int? {
            identity(of: element, key: key).flatMap { ranks[$0] }
        }
        func sorted(_ elements: [JSON], by ranks: [String: Int]) -> [JSON] {
            elements.enumerated().sorted { left, right in
                let (l, r) = (rank(left.element, in: ranks) ?? .max, rank(right.element, in: ranks) ?? .max)
                return l == r ? left.offset < right.offset : l < r
            }.map(\.element)
        }
        var result: [JSON] = []
        var named = sorted(merged.filter { rank($0, in: wanted) != nil }, by: wanted)[...]
        for element in sorted(merged.filter { rank($0, in: wanted) == nil }, by: lived) {
            while let next = named.first {
                if let l = rank(element, in: lived), let r = rank(next, in: lived), l < r { break }
                result.append(next)
                named.removeFirst()
            }
            result.append(element)
        }
        return result + named
    }

    private static func ranks(_ elements: [JSON], key: String?) -> [String: Int] {
        var ranks: [String: Int] = [:]
        for (index, element) in elements.enumerated().reversed() {
            if let identity = identity(of: element, key: key) { ranks[identity] = index }
        }
        return ranks
    }

    // MARK: Identity

    /// What tells an element from the others of its list: the merge key's value, or the scalar itself.
    static func identity(of element: JSON, key: String?) -> String? {
        guard let key else { return element.canonicalText }
        return element[key]?.canonicalText
    }

    private static func identity(of element: JSON, key: String, in name: String) throws(KubeStatus) -> String {
        guard let identity = identity(of: element, key: key) else {
            throw .unprocessablePatch(
                "an element of \(name) in the strategic merge patch does not have its merge key \"\(key)\"")
        }
        return identity
    }
}
