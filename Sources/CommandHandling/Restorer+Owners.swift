import Domain
import KubeModel

/// Objects that own others.
extension Restorer {
    /// The same keys, each behind those of its owners that come back too, so that it finds their new uids.
    static func ownersFirst(_ keys: [ObjectKey], _ wanted: [ObjectKey: StoredObject]) -> [ObjectKey] {
        let owners = Dictionary(wanted.map { ($1.uid, $0) }, uniquingKeysWith: { first, _ in first })
        var ordered: [ObjectKey] = []
        var seen: Set<ObjectKey> = []
        func place(_ key: ObjectKey) {
            guard seen.insert(key).inserted else { return }
            for uid in ownerUIDs(wanted[key]) { if let owner = owners[uid] { place(owner) } }
            ordered.append(key)
        }
        keys.forEach(place)
        return ordered
    }

    private static func ownerUIDs(_ object: StoredObject?) -> [String] {
        object?.member("metadata", "ownerReferences")?.arrayValue?.compactMap { $0.string("uid") } ?? []
    }

    /// Owners that were made anew have new uids; those that are gone would take the object with them.
    func keepOwners(_ form: inout JSON, _ notes: inout [String]) {
        let owners = form.array("metadata", "ownerReferences")
        guard !owners.isEmpty else { return }
        let kept = owners.compactMap { owner -> JSON? in
            let owner = renewed(owner)
            if plan.state.indexes?.byUID[owner.string("uid") ?? ""] == nil {
                notes.append("its owner \(owner.string("kind") ?? "")/\(owner.string("name") ?? "") is gone")
                return nil
            }
            return owner
        }
        form[["metadata", "ownerReferences"]] = kept.isEmpty ? nil : .array(kept)
    }

    private func renewed(_ owner: JSON) -> JSON {
        guard let uid = owner.string("uid").flatMap({ renewed[$0] }) else { return owner }
        var owner = owner
        owner["uid"] = .string(uid)
        return owner
    }

    /// What people own goes on belonging to an object that is made anew; with the old uid it would be collected. What
    /// controllers own is theirs to replace.
    mutating func keepDependents(of old: String) throws(KubeStatus) {
        for key in plan.state.indexes?.byOwner[old]?.sorted() ?? [] {
            guard let live = plan.state[key], Ownership.isPeoples(key, live), !live.isBeingDeleted,
                let type = registry.type(key.resource)
            else { continue }
            let before = try clear(live, type)
            var form = before
            form[["metadata", "ownerReferences"]] = .array(
                form.array("metadata", "ownerReferences").map { renewed($0) })
            if let after = try prepare(key, .update(form), type, uid: "") {
                note(.update, key, before: before, after: after, ["its owner is made anew"])
            }
        }
    }
}
