import KubeModel

/// Strategic merge patch: a merge patch that knows from the schema which lists merge by key.
///
/// Lists with the patch strategy `merge` are merged element by element (maps by their merge key, scalars as a set), all
/// others are replaced. Members that begin with `$` direct the merge: `$patch` (`replace`, `delete`, `merge`),
/// `$retainKeys`, `$deleteFromPrimitiveList/<field>` and `$setElementOrder/<field>`.
/// Source: the Kubernetes page "Update API objects in place using kubectl patch" and the design document
/// `strategic-merge-patch.md` of the community repository. Where the schema says nothing (`nil`, unknown fields) maps
/// merge and lists are replaced.
public enum StrategicMergePatch {
    /// - Throws: 400 where a directive is malformed, 422 where the patch cannot be applied to this object.
    public static func apply(_ patch: JSON, to target: JSON, schema: MergeSchema?) throws(KubeStatus) -> JSON {
        guard case .object(let members) = patch else {
            throw .badRequest("a strategic merge patch must be an object")
        }
        return .object(try merge(members, into: target.objectValue ?? [:], schema: schema))
    }

    enum Directive {
        static let patch = "$patch"
        static let retainKeys = "$retainKeys"
        static let deleteFromPrimitiveList = "$deleteFromPrimitiveList/"
        static let setElementOrder = "$setElementOrder/"

        static func isOne(_ key: String) -> Bool {
            key == patch || key == retainKeys || key.hasPrefix(deleteFromPrimitiveList)
                || key.hasPrefix(setElementOrder)
        }

        /// The field behind the slash, nil for another key.
        static func field(_ prefix: String, of key: String) -> String? {
            key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : nil
        }
    }

    // MARK: Maps

    static func merge(_ patch: JSONObject, into target: JSONObject, schema: MergeSchema?) throws(KubeStatus)
        -> JSONObject
    {
        var patch = patch
        if let directive = patch[Directive.patch] {
            patch[Directive.patch] = nil
            switch directive {
            case "replace": return instantiate(patch)
            case "delete": return [:]
            case "merge": break
            default: throw unknownDirective(directive)
            }
        }
        var result = try retainKeys(of: target, patch: &patch)
        for (key, order) in patch {
            guard let field = Directive.field(Directive.setElementOrder, of: key) else { continue }
            patch[key] = nil
            let added = patch[field]
            if added == .null { continue }
            patch[field] = nil
            if let list = try reorder(
                result[field]?.arrayValue, adding: added, order: order, field: field, schema: schema)
            {
                result[field] = .array(list)
            }
        }
        for (key, value) in patch { try merge(key, value, into: &result, schema: schema) }
        return result
    }

    /// One member of a patch that is not about order.
    private static func merge(_ key: String, _ value: JSON, into target: inout JSONObject, schema: MergeSchema?)
        throws(KubeStatus)
    {
        if let field = Directive.field(Directive.deleteFromPrimitiveList, of: key) {
            guard case .array(let unwanted) = value else {
                throw .badRequest("\(key) in a strategic merge patch must be a list")
            }
            if let list = target[field]?.arrayValue {
                target[field] = .array(list.filter { !unwanted.contains($0) })
            }
            return
        }
        switch (target[key], value) {
        case (_, .null): target[key] = nil
        case (.object(let current)?, .object(let wanted)):
            let field = schema?.field(key)
            target[key] = .object(try merge(wanted, into: current, schema: field?.element))
        case (.array(let current)?, .array(let wanted)):
            target[key] = .array(try merge(wanted, into: current, name: key, field: schema?.field(key)))
        default: target[key] = instantiate(value)
        }
    }

    /// What a patch says where the object has nothing to merge with: its values without directives and nulls.
    static func instantiate(_ value: JSON) -> JSON {
        switch value {
        case .object(let object): return .object(instantiate(object))
        case .array(let elements):
            return .array(elements.filter { !isDirective($0) || $0[Directive.patch] == "merge" }.map(instantiate))
        default: return value
        }
    }

    private static func instantiate(_ object: JSONObject) -> JSONObject {
        JSONObject(
            object.compactMap { key, value in
                Directive.isOne(key) || value == .null ? nil : (key, instantiate(value))
            })
    }

    private static func isDirective(_ element: JSON) -> Bool { element[Directive.patch] != nil }

    /// `$retainKeys` lists every member that may stay: a union type drops the members of the old choice.
    private static func retainKeys(of target: JSONObject, patch: inout JSONObject) throws(KubeStatus) -> JSONObject {
        guard let directive = patch[Directive.retainKeys] else { return target }
        patch[Directive.retainKeys] = nil
        guard case .array(let elements) = directive, elements.allSatisfy({ $0.stringValue != nil }) else {
            throw .badRequest("$retainKeys in a strategic merge patch must be a list of strings")
        }
        let retained = Set(elements.compactMap(\.stringValue))
        for (key, value) in patch where value != .null && !Directive.isOne(key) && !retained.contains(key) {
            throw .badRequest("the strategic merge patch sets \"\(key)\", which its $retainKeys does not list")
        }
        return JSONObject(target.filter { retained.contains($0.key) }.map { ($0.key, $0.value) })
    }

    static func unknownDirective(_ value: JSON) -> KubeStatus {
        .unprocessablePatch(
            "unknown $patch directive \(value.canonicalText); known are replace, delete and merge")
    }
}
