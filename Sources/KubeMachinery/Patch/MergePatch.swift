import KubeModel

/// JSON merge patch (RFC 7396): members merge, null removes, everything else replaces.
public enum MergePatch {
    public static func apply(_ patch: JSON, to target: JSON) -> JSON {
        guard case .object(let members) = patch else { return patch }
        var result: JSONObject = target.objectValue ?? [:]
        for (key, value) in members {
            guard value != .null else {
                result[key] = nil
                continue
            }
            var current = JSON.null
            result.modify(key) { swap(&$0, &current) }
            result[key] = apply(value, to: current)
        }
        return .object(result)
    }

    /// The patch that turns `old` into `new`; an empty object where they are equal. A merge patch cannot set a member
    /// to null, so nulls within `new` come out as absent.
    public static func difference(from old: JSON, to new: JSON) -> JSON {
        guard case .object(let before) = old, case .object(let after) = new else { return new }
        var patch: JSONObject = [:]
        for (key, _) in before where after[key] == nil || after[key] == .null { patch[key] = .null }
        for (key, value) in after where value != .null && before[key] != value {
            patch[key] =
                switch (before[key], value) {
                case (.object?, .object): difference(from: before[key] ?? [:], to: value)
                default: value
                }
        }
        return .object(patch)
    }

    /// The patch that brings `current` to `modified`, removing only what the caller had applied before and left out
    /// now (`original`, kubectl's last-applied configuration): a declarative apply for kinds without merge keys.
    public static func threeWay(original: JSON, modified: JSON, current: JSON) -> JSON {
        guard case .object(let before) = original, case .object(let after) = modified,
            case .object(let live) = current
        else { return difference(from: current, to: modified) }
        var patch: JSONObject = [:]
        for (key, _) in before where after[key] == nil && live[key] != nil { patch[key] = .null }
        for (key, value) in after {
            guard let existing = live[key] else {
                if value != .null { patch[key] = value }
                continue
            }
            if case .object = value, case .object = existing {
                let inner = threeWay(original: before[key] ?? [:], modified: value, current: existing)
                if inner != [:] { patch[key] = inner }
            } else if existing != value {
                patch[key] = value
            }
        }
        return .object(patch)
    }
}
