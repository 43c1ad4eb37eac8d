import Domain
import KubeModel
import Synchronization

/// What waits to be planned: each key at most once, never two workers on one key. Of the events that
/// woke it the newest that asked for something is kept as the cause, else the newest that observed something.
final class WorkQueue: Sendable {
    struct Item: Sendable {
        let key: ObjectKey
        /// The position of the event that woke it, or that the timer was set for.
        let cause: Position
        /// True if that event changed what is asked for.
        var isAsked = false
    }

    private struct Contents {
        var ready: [ObjectKey] = []
        var causes: [ObjectKey: (position: Position, isAsked: Bool)] = [:]
        var running: Set<ObjectKey> = []
        var failures: [ObjectKey: Int] = [:]
        /// What was asked for and could not be carried out yet: it stays the cause until that is done.
        var owed: [ObjectKey: Position] = [:]
        /// The earliest moment at which a key is to be planned again; one a key, or every wake-up would leave one more.
        var timers: [ObjectKey: (moment: ContinuousClock.Instant, cause: Position)] = [:]
    }

    private let contents = Mutex(Contents())
    private let signal: AsyncStream<Void>.Continuation
    let signals: AsyncStream<Void>

    init() { (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func add(_ key: ObjectKey, cause: Position, isAsked: Bool = false) {
        contents.withLock { contents in
            let standing = contents.causes[key]
            if isAsked || standing?.isAsked != true { contents.causes[key] = (cause, isAsked) }
            if standing == nil, !contents.running.contains(key) { contents.ready.append(key) }
        }
        signal.yield()
    }

    func add(_ key: ObjectKey, after seconds: Double, cause: Position) {
        let moment = ContinuousClock.now + .seconds(seconds)
        contents.withLock { contents in
            let earlier = contents.timers[key].map { min($0.moment, moment) } ?? moment
            contents.timers[key] = (earlier, cause)
        }
    }

    /// The next key that nobody works on; nil while as many as allowed are worked on, or none waits.
    func take(limit: Int) -> Item? {
        contents.withLock { contents in
            guard contents.running.count < limit, !contents.ready.isEmpty else { return nil }
            let key = contents.ready.removeFirst()
            contents.running.insert(key)
            let cause = contents.causes.removeValue(forKey: key)
            if cause?.isAsked != true, let owed = contents.owed[key] {
                return Item(key: key, cause: owed, isAsked: true)
            }
            return Item(key: key, cause: cause?.position ?? 0, isAsked: cause?.isAsked ?? false)
        }
    }

    /// Makes the keys ready whose time has come; called again and again by the runtime.
    func fireTimers() {
        let fired = contents.withLock { contents in
            let now = ContinuousClock.now
            let due = contents.timers.filter { $0.value.moment <= now }
            guard !due.isEmpty else { return false }
            for (key, timer) in due {
                contents.timers[key] = nil
                guard contents.causes[key] == nil else { continue }
                contents.causes[key] = (timer.cause, false)
                if !contents.running.contains(key) { contents.ready.append(key) }
            }
            return true
        }
        if fired { signal.yield() }
    }

    var timerCount: Int { contents.withLock { $0.timers.count } }

    /// The growing delay after so many failures in a row: 10 ms doubling to 30 s.
    static func retrySeconds(after failures: Int) -> Double { min(0.01 * Double(1 << min(failures, 20)), 30) }

    /// Ends the work on a key; a failed one comes again after a growing delay.
    func done(_ item: Item, failed: Bool) {
        let key = item.key
        let delay: Double? = contents.withLock { contents in
            contents.running.remove(key)
            if contents.causes[key] != nil { contents.ready.append(key) }
            guard failed else {
                contents.failures[key] = nil
                contents.owed[key] = nil
                return nil
            }
            if item.isAsked { contents.owed[key] = item.cause }
            let count = contents.failures[key, default: 0]
            contents.failures[key] = count + 1
            return Self.retrySeconds(after: count)
        }
        if let delay { add(key, after: delay, cause: item.cause) }
        signal.yield()
    }
}
