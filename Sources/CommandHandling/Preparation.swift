import Domain
import KubeMachinery
import KubeModel

/// Prepares a write on a snapshot: patches, defaults, validates and admits it, in parallel with others. What comes
/// out holds only at the revisions it was prepared on; the sequencer sees to that.
public struct Preparation: Sendable {
    let state: ClusterState
    let request: WriteRequest
    let now: Timestamp
    /// A uid and a random suffix for a new object.
    let newUID: String
    let suffix: String
    let sealer: SecretSealer?

    public init(
        state: ClusterState, request: WriteRequest, now: Timestamp, newUID: String, suffix: String,
        sealer: SecretSealer?
    ) {
        (self.state, self.request, self.now) = (state, request, now)
        (self.newUID, self.suffix, self.sealer) = (newUID, suffix, sealer)
    }

    var type: ResourceType { request.type }

    public func prepare() throws(KubeStatus) -> PreparedWrite {
        switch request.operation {
        case .create(let body): return try create(body)
        case .update(let body): return try update(body)
        case .patch(let kind, let bytes): return try patch(kind, bytes)
        case .delete(let options): return try delete(options)
        case .bind(let node, let uid, let verdict): return try bind(node, uid: uid, verdict: verdict)
        case .removeFinalizer(let finalizer, let uid): return try removeFinalizer(finalizer, uid: uid)
        case .switchTraffic(let status): return try switchTraffic(status)
        case .restore(let earlier): return try restore(earlier)
        }
    }

    /// The live object, its Secret's values in clear.
    func current() throws(KubeStatus) -> (stored: StoredObject, object: JSON) {
        guard let stored = state[request.key] else { throw .notFound(type.groupResource, name: request.name) }
        return (stored, try clear(type.shown(stored.object().json)))
    }

    /// A custom resource in the version that it is stored in; nothing else differs between versions.
    func inStorageVersion(_ object: JSON) -> JSON {
        guard let custom = type.custom else { return object }
        var object = object
        object["apiVersion"] = .string(custom.storedAPIVersion)
        return object
    }

    func clear(_ object: JSON) throws(KubeStatus) -> JSON {
        guard type.groupResource == .secrets, let sealer else { return object }
        // It can still go, its ciphertext with it.
        if isEnding, sealer.isShredded(uid: KubeObject(object).uid) { return object }
        return try sealer.open(object)
    }

    private var isEnding: Bool {
        switch request.operation {
        case .delete, .removeFinalizer: true
        default: false
        }
    }

    func validate(_ new: JSON, old: JSON?) throws(KubeStatus) {
        let causes = Validation.validate(new: new, old: old, type: type, subresource: request.subresource)
        guard causes.isEmpty else {
            throw .invalid(type.kind, name: new.string("metadata", "name") ?? request.name, causes)
        }
    }

    /// The changed top-level members of two forms of an object, as the payload of an event; nil if none changed.
    func changedMembers(_ old: JSON, _ new: JSON) -> (members: JSON, names: [String])? {
        var members = JSONObject()
        for name in Set((old.objectValue ?? [:]).names + (new.objectValue ?? [:]).names) where old[name] != new[name] {
            members[name] = new[name] ?? .null
        }
        return members.isEmpty ? nil : (.object(members), members.names)
    }

    /// Stored objects carry no resourceVersion: it is the position of their event.
    func withoutVersion(_ object: JSON) -> JSON {
        var object = object
        object[["metadata", "resourceVersion"]] = nil
        return object
    }

    /// The change from one form of the live object to another.
    func change(
        _ stored: StoredObject, from old: JSON, to new: JSON, as eventType: String? = nil, warnings: [String] = [],
        remarks: JSONObject? = nil
    )
        throws(KubeStatus) -> PreparedWrite
    {
        var old = withoutVersion(old)
        let new = inStorageVersion(withoutVersion(new))
        if type.custom != nil { old["apiVersion"] = stored.member("apiVersion") }
        guard let (members, names) = changedMembers(old, new) else { return .unchanged(stored, warnings: warnings) }
        let eventType = eventType ?? EventCatalogue.name(type, suffix(old, new, names))
        if isFinished(new) { return .change(ended(stored), warnings: warnings) }
        let content: ObjectChange.Content
        if type.groupResource == .services, names.contains("spec") {
            content = .service(new, changedMembers: names)
        } else if type.groupResource == .secrets, let sealer, !sealer.isShredded(uid: stored.uid) {
            let sealed = withoutVersion(try sealer.seal(new))
            var payload: JSON = [:]
            for name in names { payload[name] = sealed[name] ?? .null }
            content = .members(payload.canonicalBytes)
        } else {
            content = .members(members.canonicalBytes)
        }
        var change = ObjectChange(request.key, type: eventType, expected: stored.revision, content: content)
        change.remarks = remarks ?? request.remarks
        return .change(change, warnings: warnings)
    }

    func ended(_ stored: StoredObject) -> ObjectChange {
        ObjectChange(
            request.key, type: EventCatalogue.name(type, .deleted), expected: stored.revision, content: .ended
        )
    }

    private func suffix(_ old: JSON, _ new: JSON, _ names: [String]) -> EventCatalogue.Suffix {
        if names == ["status"] || request.subresource == "status" { return .statusChanged }
        if old["metadata"]?["deletionTimestamp"] == nil, new["metadata"]?["deletionTimestamp"] != nil {
            return .deletionRequested
        }
        guard names.allSatisfy({ $0 == "spec" || $0 == "metadata" }) else { return .updated }
        var before = old
        before[["spec", "replicas"]] = new[["spec", "replicas"]]
        before[["metadata", "generation"]] = new[["metadata", "generation"]]
        return names.contains("spec") && before == new ? .scaled : .updated
    }

    /// An object that is being deleted ends when nothing holds it any more.
    private func isFinished(_ object: JSON) -> Bool {
        guard object["metadata"]?["deletionTimestamp"] != nil, object.array("metadata", "finalizers").isEmpty else {
            return false
        }
        if type.groupResource == .namespaces { return object.array("spec", "finalizers").isEmpty }
        return (object.int("metadata", "deletionGracePeriodSeconds") ?? 0) == 0
    }
}
