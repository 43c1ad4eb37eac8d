import Domain
import KubeModel
import Synchronization

/// A change of one object with both of its forms parsed: what wakes the reconcilers and the scheduler.
struct ObjectChangeTrees: Sendable {
    let key: ObjectKey
    let position: Position
    /// The event's type.
    let type: String
    let old: KubeObject?
    let new: KubeObject?
}

/// Trees of objects that planners read often; bounded, because a tree takes five times its bytes.
final class TreeCache: ObjectCache {
    private struct Entry {
        let position: Position
        let object: KubeObject
    }

    private let entries = Mutex<[ObjectKey: Entry]>([:])
    private let capacity: Int
    init(capacity: Int) { self.capacity = capacity }

    func object(_ key: ObjectKey, _ stored: StoredObject) -> KubeObject {
        known(key, stored) ?? parse(key, stored)
    }

    /// Parses what is new and keeps it for those who plan with it; what was before is taken from here if it can be,
    /// and not kept, for nobody reads it again.
    func trees(of transition: ObjectTransition) -> ObjectChangeTrees {
        let old = transition.old.map { known(transition.key, $0) ?? $0.object() }
        let new = transition.new.map { object(transition.key, $0) }
        if new == nil { entries.withLock { $0[transition.key] = nil } }
        return ObjectChangeTrees(
            key: transition.key, position: transition.position, type: transition.type, old: old, new: new)
    }

    private func known(_ key: ObjectKey, _ stored: StoredObject) -> KubeObject? {
        guard let entry = entries.withLock({ $0[key] }), entry.position == stored.position else { return nil }
        return entry.object
    }

    private func parse(_ key: ObjectKey, _ stored: StoredObject) -> KubeObject {
        let object = stored.object()
        entries.withLock { entries in
            if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
            entries[key] = Entry(position: stored.position, object: object)
        }
        return object
    }
}
