import Domain
import KubeModel
import Synchronization

/// What waits to be planned: each key at most once, never two workers on one key, newest cause kept.
final class WorkQueue: Sendable {
    struct Item: Sendable {
        let key: ObjectKey
        /// The position of the event that woke it; 0 for a timer.
        let cause: Position
    }

    private struct Contents {
        var ready: [ObjectKey] = []
        var causes: [ObjectKey: Position] = [:]
        var running: Set<ObjectKey> = []
        var failures: [ObjectKey: Int] = [:]
        /// The earliest moment at which a key is to be planned again; one a key, or every wake-up would leave one more.
        var timers: [ObjectKey: ContinuousClock.Instant] = [:]
    }

    private let contents = Mutex(Contents())
    private let signal: AsyncStream<Void>.Continuation
    let signals: AsyncStream<Void>

    init() { (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func add(_ key: ObjectKey, cause: Position) {
        contents.withLock { contents in
            if contents.causes.updateValue(cause, forKey: key) == nil, !contents.running.contains(key) {
                contents.ready.append(key)
            }
        }
        signal.yield()
    }

    func add(_ key: ObjectKey, after seconds: Double) {
        let moment = ContinuousClock.now + .seconds(seconds)
        contents.withLock { $0.timers[key] = min($0.timers[key] ?? moment, moment) }
    }

    /// The next key that nobody works on; nil while as many as allowed are worked on, or none waits.
    func take(limit: Int) -> Item? {
        contents.withLock { contents in
            guard contents.running.count < limit, !contents.ready.isEmpty else { return nil }
            let key = contents.ready.removeFirst()
            contents.running.insert(key)
            return Item(key: key, cause: contents.causes.removeValue(forKey: key) ?? 0)
        }
    }

    /// Makes the keys ready whose time has come; called again and again by the runtime.
    func fireTimers() {
        let fired = contents.withLock { contents in
            let now = ContinuousClock.now
            let due = contents.timers.filter { $0.value <= now }.keys
            guard !due.isEmpty else { return false }
            for key in due {
                contents.timers[key] = nil
                guard contents.causes[key] == nil else { continue }
                contents.causes[key] = 0
                if !contents.running.contains(key) { contents.ready.append(key) }
            }
            return true
        }
        if fired { signal.yield() }
    }

    var timerCount: Int { contents.withLock { $0.timers.count } }

    /// Ends the work on a key; a failed one comes again after a growing delay (10 ms doubling to 30 s).
    func done(_ key: ObjectKey, failed: Bool) {
        let delay: Double? = contents.withLock { contents in
            contents.running.remove(key)
            if contents.causes[key] != nil { contents.ready.append(key) }
            guard failed else {
                contents.failures[key] = nil
                return nil
            }
            let count = contents.failures[key, default: 0]
            contents.failures[key] = count + 1
            return min(0.01 * Double(1 << min(count, 20)), 30)
        }
        if let delay { add(key, after: delay) }
        signal.yield()
    }
}
