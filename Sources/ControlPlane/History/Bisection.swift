import Domain
import EventLog
import KubeModel

/// The event with which something that was true of an object became false.
public struct Bisection: Sendable {
    /// From that event back to who began it.
    public var chain: [CauseLink]
    /// How many events lay between, and at how many of them the object was looked at.
    public var candidates: Int
    public var looks: Int
}

extension Explainer {
    /// Finds the event by halving the object's history between two positions.
    ///
    /// Where what is tested came and went more than once in between, one of the events that ended it is found.
    /// - Throws: 400 where it is not true at `good`, or not false at `bad`; 404 for an object that never was.
    public func bisect(_ key: ObjectKey, _ predicate: StatePredicate, good: Position, bad: Position) async throws
        -> Bisection
    {
        guard good < bad else {
            throw KubeStatus.badRequest("--good \(good) is not before --bad \(bad): name the good moment first")
        }
        guard try await !log.readStream(key.description, after: 0, through: .max, limit: 1, newestFirst: true).isEmpty
        else { throw KubeStatus(code: 404, reason: "NotFound", message: "the log knows nothing of \(key)") }
        for (name, position) in [("good", good), ("bad", bad)] {
            let object = try await history.object(key, at: position)?.object()
            guard predicate.holds(object) != (name == "good") else { continue }
            let found = predicate.finding(in: object, showsValues: key.resource != .secrets)
            throw KubeStatus.badRequest(
                "\"\(predicate.text)\" is \(name == "good" ? "not" : "still") true of \(key) at --\(name), position "
                    + "\(position): \(found). Name a moment at which it \(name == "good" ? "was" : "was no longer") true"
            )
        }
        let events = try await events(of: key, after: good, through: bad)
        var looks = 2
        // Between these two it changes: true behind `low` events, false behind `high`.
        var (low, high) = (0, events.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            looks += 1
            if try await holds(predicate, key, at: events[middle - 1].position) { low = middle } else { high = middle }
        }
        let culprit = events[high - 1]
        return Bisection(chain: try await chain(from: culprit), candidates: events.count, looks: looks)
    }

    private func holds(_ predicate: StatePredicate, _ key: ObjectKey, at position: Position) async throws -> Bool {
        predicate.holds(try await history.object(key, at: position)?.object())
    }

    private func events(of key: ObjectKey, after: Position, through: Position) async throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        var after = after
        while true {
            let page = try await log.readStream(
                key.description, after: after, through: through, limit: 1000, newestFirst: false)
            events += page
            guard page.count == 1000, let last = page.last else { return events }
            after = last.position
        }
    }
}
