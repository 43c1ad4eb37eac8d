import Domain
import KubeModel
import Synchronization

/// One change as a watcher sees it. The bytes are made once and shared by all who watch.
public final class WatchChange: Sendable {
    public let transition: ObjectTransition
    private let lines = Mutex<[WatchEventType: [UInt8]]>([:])

    public init(_ transition: ObjectTransition) { self.transition = transition }

    /// The object that the change is about: as it is now, or as it last was.
    public var object: StoredObject? { transition.new ?? transition.old }

    /// The line of a JSON watch stream, object whole.
    public func line(_ type: WatchEventType) -> [UInt8] {
        lines.withLock { lines in
            if let line = lines[type] { return line }
            var line: [UInt8] = []
            line.append(contentsOf: #"{"type":""#.utf8)
            line.append(contentsOf: type.rawValue.utf8)
            line.append(contentsOf: #"","object":"#.utf8)
            lastForm?.write(to: &line)
            line.append(contentsOf: "}\n".utf8)
            lines[type] = line
            return line
        }
    }

    /// A deleted object is shown in its last form with the position of its deletion (Kubernetes does the same).
    public var lastForm: StoredObject? {
        if let new = transition.new { return new }
        return transition.old.flatMap {
            StoredObject(bytes: $0.bytes, position: transition.position, revision: $0.revision)
        }
    }
}

public enum WatchEventType: String, Sendable, Hashable {
    case added = "ADDED"
    case modified = "MODIFIED"
    case deleted = "DELETED"
    case bookmark = "BOOKMARK"
}

/// What one watcher wants to see.
public struct WatchFilter: Sendable {
    public var resource: GroupResource
    /// Nil for all namespaces.
    public var namespace: String?
    public var name: String?
    public var labels: LabelSelector
    /// True for objects that the field selector selects.
    public var fields: (@Sendable (StoredObject) -> Bool)?

    public init(
        resource: GroupResource, namespace: String? = nil, name: String? = nil, labels: LabelSelector = LabelSelector(),
        fields: (@Sendable (StoredObject) -> Bool)? = nil
    ) {
        (self.resource, self.namespace, self.name) = (resource, namespace, name)
        (self.labels, self.fields) = (labels, fields)
    }

    public func selects(_ object: StoredObject) -> Bool {
        (labels.isEmpty || labels.matches(object.labels)) && (fields?(object) ?? true)
    }

    /// What the change is to this watcher: entering the selection is an addition, leaving it a deletion.
    public func type(of transition: ObjectTransition) -> WatchEventType? {
        guard transition.key.resource == resource, namespace == nil || namespace == transition.key.namespace,
            name == nil || name == transition.key.name
        else { return nil }
        let before = transition.old.map(selects) ?? false
        let after = transition.new.map(selects) ?? false
        switch (before, after) {
        case (false, true): return .added
        case (true, true): return .modified
        case (true, false): return .deleted
        case (false, false): return nil
        }
    }
}

/// Hands what became durable to the watchers, in order, and keeps the newest changes for those who resume.
public final class WatchHub: Sendable {
    /// Called on the sequencer's thread; must not block.
    public typealias Delivery = @Sendable (WatchChange, WatchEventType) -> Void

    private struct Watcher {
        let filter: WatchFilter
        /// Changes up to here are none of the watcher's: it has seen the state that they led to.
        let after: Position
        let deliver: Delivery
    }

    private struct Contents {
        var nextID = 0
        var watchers: [GroupResource: [Int: Watcher]] = [:]
        /// The newest changes, oldest first, from behind `floor` on.
        var recent: [WatchChange] = []
        var floor: Position
        var position: Position
    }

    private let contents: Mutex<Contents>
    private let capacity: Int

    public init(position: Position, capacity: Int = 2048) {
        contents = Mutex(Contents(floor: position, position: position))
        self.capacity = capacity
    }

    public var position: Position { contents.withLock { $0.position } }

    /// Calls `body` at a moment when all changes up to the position have been delivered, and none behind it.
    public func atPosition(_ body: (Position) -> Void) { contents.withLock { body($0.position) } }

    func publish(_ transitions: [ObjectTransition], position: Position) {
        let changes = transitions.map(WatchChange.init)
        contents.withLock { contents in
            contents.position = max(contents.position, position)
            for change in changes {
                for watcher in contents.watchers[change.transition.key.resource, default: [:]].values
                where change.transition.position > watcher.after {
                    if let type = watcher.filter.type(of: change.transition) { watcher.deliver(change, type) }
                }
            }
            contents.recent += changes
            if contents.recent.count > 2 * capacity {
                let cut = contents.recent.count - capacity
                contents.floor = contents.recent[cut - 1].transition.position
                contents.recent.removeFirst(cut)
            }
        }
    }

    /// A running watch; it ends when `cancel` is called.
    public struct Subscription: Sendable {
        /// The first position whose changes this subscription delivers itself; earlier ones are the caller's to fetch.
        public let liveAfter: Position
        let id: Int
        let resource: GroupResource
    }

    /// Starts to deliver what comes after a position. Changes that are still in memory are delivered before this
    /// returns; if the position is older, `liveAfter` says from where on they are, and the caller reads the log for
    /// what lies between and hands it out first.
    public func subscribe(_ filter: WatchFilter, after position: Position, _ deliver: @escaping Delivery)
        -> Subscription
    {
        contents.withLock { contents in
            let id = contents.nextID
            contents.nextID += 1
            let liveAfter = max(position, contents.floor)
            var low = 0
            var high = contents.recent.count
            while low < high {
                let middle = (low + high) / 2
                if contents.recent[middle].transition.position <= liveAfter { low = middle + 1 } else { high = middle }
            }
            for change in contents.recent[low...] {
                if let type = filter.type(of: change.transition) { deliver(change, type) }
            }
            contents.watchers[filter.resource, default: [:]][id] = Watcher(
                filter: filter, after: position, deliver: deliver)
            return Subscription(liveAfter: liveAfter, id: id, resource: filter.resource)
        }
    }

    public func cancel(_ subscription: Subscription) {
        _ = contents.withLock { $0.watchers[subscription.resource]?.removeValue(forKey: subscription.id) }
    }

    public var watcherCount: Int { contents.withLock { $0.watchers.values.reduce(0) { $0 + $1.count } } }
}
