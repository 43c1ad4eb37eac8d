import Domain
import KubeModel

/// What a simulation has yet to plan: keys of reconcilers in the order in which they were woken, and timers.
struct SimulatedQueue {
    struct Item: Hashable, Comparable {
        /// The reconciler's index.
        let reconciler: Int
        let key: ObjectKey

        static func < (left: Item, right: Item) -> Bool {
            left.reconciler == right.reconciler ? left.key < right.key : left.reconciler < right.reconciler
        }
    }

    private var ready: [Item] = []
    private var start = 0
    private var waiting: Set<Item> = []
    private var timers: [Item: Timestamp] = [:]
    private var failures: [Item: Int] = [:]

    mutating func add(_ item: Item) {
        guard waiting.insert(item).inserted else { return }
        ready.append(item)
    }

    /// An earlier timer of the same item stays.
    mutating func add(_ item: Item, at moment: Timestamp) { timers[item] = min(timers[item] ?? moment, moment) }

    mutating func next() -> Item? {
        guard start < ready.count else { return nil }
        let item = ready[start]
        start += 1
        waiting.remove(item)
        if start == ready.count { (ready, start) = ([], 0) }
        return item
    }

    var nextMoment: Timestamp? { timers.values.min() }

    /// What of a resource is to be looked at again.
    func timed(_ resource: GroupResource) -> [ObjectKey] { timers.keys.map(\.key).filter { $0.resource == resource } }

    mutating func ring(until now: Timestamp) {
        let due = timers.filter { $0.value <= now }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        for (item, _) in due {
            timers[item] = nil
            add(item)
        }
    }

    /// A plan that was refused is made again, more and more seldom, as the control plane does.
    mutating func retry(_ item: Item, now: Timestamp) {
        let count = failures[item, default: 0]
        failures[item] = count + 1
        add(item, at: now.adding(seconds: WorkQueue.retrySeconds(after: count)))
    }

    mutating func succeeded(_ item: Item) { failures[item] = nil }
}
