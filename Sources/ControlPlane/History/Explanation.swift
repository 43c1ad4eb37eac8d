import Domain
import KubeMachinery
import KubeModel

/// One event in a chain of causes, with what it changed.
public struct CauseLink: Sendable {
    /// How an event led to the one before it in the chain.
    public enum Relation: String, Sendable {
        /// The event that is asked about.
        case asked
        /// It is named as the cause.
        case cause
        /// What was observed follows from the object's creation, or from the request that it end.
        case life
        /// What a controller did follows from what was asked of the object that it works for.
        case owner
    }

    public var event: RecordedEvent
    public var relation: Relation
    /// Sorted by path; empty where the object came or went as a whole.
    public var changes: [FieldDiff.Change]
    /// What the event observed, in words: how a container ended, why a pod failed.
    public var note: String

    /// The autoscaler that set a count by an event.
    static func autoscaler(_ event: RecordedEvent) -> ObjectKey? {
        (try? JSON(parsing: event.event.payload))?["$autoscaling"]?.string("autoscaler").flatMap(
            ObjectKey.init(stream:))
    }

    /// What an autoscaler saw when it set a count, in words; empty where none did.
    static func autoscaling(_ event: RecordedEvent) -> String {
        guard let seen = (try? JSON(parsing: event.event.payload))?["$autoscaling"],
            let autoscaler = seen.string("autoscaler"), let reason = seen.string("reason")
        else { return "" }
        return "\(autoscaler): \(reason)"
    }

    /// How a call ended that changed nothing; empty for every other event.
    static func outcome(_ event: RecordedEvent) -> String {
        guard [EventCatalogue.callServed, EventCatalogue.callRefused].contains(event.event.type),
            let call = try? JSON(parsing: event.event.payload), let code = call.int("code")
        else { return "" }
        let request = "\(event.event.caller.verb) \(call.string("uri") ?? event.event.stream): \(code)"
        let words = [request + (call.string("reason").map { " \($0)" } ?? ""), call.string("message") ?? ""]
        return words.filter { !$0.isEmpty }.joined(separator: ": ")
    }

    /// The scheduler's view of every node, where the event holds one.
    public var verdict: JSON? { (try? JSON(parsing: event.event.payload))?["$verdict"] }
}

/// Why something is as it is: questions, each with the chain of events from the answer back to who began it.
public struct Explanation: Sendable {
    public struct Answer: Sendable {
        public var question: String
        /// From the event that is asked about to the call that began it all.
        public var chain: [CauseLink]
    }

    public var key: ObjectKey
    public var exists: Bool
    public var answers: [Answer]
}
