import KubeModel

/// The two faces of one Event: it is stored as the core group's, and `events.k8s.io/v1` shows it under other names
/// (KEP-383). Members that both know by one name (`reason`, `type`, `series`, `eventTime`, …) stay as they are.
enum EventView {
    private static let names: [(core: String, shown: String)] = [
        ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
    ]

    static func shown(_ core: JSON) -> JSON {
        renamed(core, names.map { ($0.core, $0.shown) }, "v1", "events.k8s.io/v1")
    }

    static func stored(_ shown: JSON) -> JSON {
        renamed(shown, names.map { ($0.shown, $0.core) }, "events.k8s.io/v1", "v1")
    }

    private static func renamed(_ json: JSON, _ names: [(String, String)], _ from: String, _ to: String) -> JSON {
        var members = json.objectValue ?? [:]
        for (old, new) in names {
            guard let value = members[old] else { continue }
            members[old] = nil
            members[new] = value
        }
        // Any other version is a fault of the caller, and stays for validation to find.
        if members["apiVersion"] == nil || members["apiVersion"] == .string(from) {
            members["apiVersion"] = .string(to)
        }
        return .object(members)
    }
}

extension ResourceType {
    /// True if its objects are stored as those of another resource.
    public var isView: Bool { storage != groupResource }

    /// True if stored objects are sent as they are.
    public var showsAsStored: Bool { !isView && custom?.isStoredInOneVersion != false }

    /// A stored object as this resource shows it.
    public func shown(_ stored: JSON) -> JSON {
        if isView { return EventView.shown(stored) }
        guard custom?.isStoredInOneVersion == false else { return stored }
        var shown = stored
        shown["apiVersion"] = .string(apiVersion)
        return shown
    }

    /// What a client sent to this resource, as it is stored.
    public func stored(_ shown: JSON) -> JSON { isView ? EventView.stored(shown) : shown }
}
