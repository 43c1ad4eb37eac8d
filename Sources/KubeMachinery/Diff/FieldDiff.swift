import KubeModel

/// Field-level differences between two states of an object, as `purser history` and rollback plans show them.
public enum FieldDiff {
    public struct Change: Sendable, Hashable {
        /// `spec.template.spec.containers[name=nginx].image`, `metadata.labels[app.kubernetes.io/name]`, `data.key`;
        /// empty where the whole value appeared, disappeared or changed its kind.
        public let path: String
        /// Nil where there was nothing.
        public let old: JSON?
        /// Nil where nothing is left.
        public let new: JSON?

        public init(path: String, old: JSON?, new: JSON?) { (self.path, self.old, self.new) = (path, old, new) }

        /// `{"path":…,"old":…,"new":…}`, an absent side left out.
        public var json: JSON {
            var json: JSON = ["path": .string(path)]
            json["old"] = old
            json["new"] = new
            return json
        }
    }

    /// The differences, sorted by path. Maps are compared member by member; lists of maps element by element where
    /// one of the members that Kubernetes merges lists by tells the elements apart on both sides, else by index;
    /// lists of scalars whole.
    public static func changes(old: JSON?, new: JSON?) -> [Change] {
        var changes: [Change] = []
        compare(old, new, path: "", into: &changes)
        return changes.sorted { $0.path < $1.path }
    }

    private static func compare(_ old: JSON?, _ new: JSON?, path: String, into changes: inout [Change]) {
        guard old != new else { return }
        switch (old, new) {
        case (.object(let before)?, .object(let after)?):
            for (key, value) in before { compare(value, after[key], path: path.appending(key), into: &changes) }
            for (key, value) in after where before[key] == nil {
                compare(nil, value, path: path.appending(key), into: &changes)
            }
        case (.array(let before)?, .array(let after)?) where (before + after).allSatisfy { $0.objectValue != nil }:
            compare(before, after, path: path, into: &changes)
        default: changes.append(Change(path: path, old: old, new: new))
        }
    }

    private static func compare(_ old: [JSON], _ new: [JSON], path: String, into changes: inout [Change]) {
        guard let key = mergeKeys.first(where: { tells(old, apart: $0) && tells(new, apart: $0) }) else {
            for index in 0..<max(old.count, new.count) {
                let before = old.dropFirst(index).first
                let after = new.dropFirst(index).first
                compare(before, after, path: "\(path)[\(index)]", into: &changes)
            }
            return
        }
        let after = Dictionary(new.map { (label($0, key), $0) }) { first, _ in first }
        let before = Set(old.map { label($0, key) })
        for element in old {
            let label = label(element, key)
            compare(element, after[label], path: "\(path)[\(key)=\(label)]", into: &changes)
        }
        for element in new where !before.contains(label(element, key)) {
            compare(nil, element, path: "\(path)[\(key)=\(label(element, key))]", into: &changes)
        }
        let common = Set(after.keys).intersection(before)
        let (oldOrder, newOrder) = (old.map { label($0, key) }, new.map { label($0, key) })
        if oldOrder.filter(common.contains) != newOrder.filter(common.contains) {
            changes.append(
                Change(
                    path: "\(path)[\(key)]", old: .array(oldOrder.map { .string($0) }),
                    new: .array(newOrder.map { .string($0) })))
        }
    }

    /// The merge keys of the API's lists, the most telling first.
    private static let mergeKeys = [
        "name", "containerPort", "port", "mountPath", "devicePath", "uid", "type", "ip", "topologyKey", "key",
        "conditionType",
    ]

    private static func tells(_ elements: [JSON], apart key: String) -> Bool {
        var seen = Set<String>()
        return elements.allSatisfy { element in
            guard let value = element[key], value.objectValue == nil, value.arrayValue == nil else { return false }
            return seen.insert(label(element, key)).inserted
        }
    }

    private static func label(_ element: JSON, _ key: String) -> String {
        element[key]?.stringValue ?? element[key]?.canonicalText ?? ""
    }
}

extension String {
    /// The path of a member; names with dots, slashes or brackets stand in brackets.
    fileprivate func appending(_ key: String) -> String {
        if key.isEmpty || key.contains(where: { ".[]/".contains($0) }) { return "\(self)[\(key)]" }
        return isEmpty ? key : "\(self).\(key)"
    }
}
