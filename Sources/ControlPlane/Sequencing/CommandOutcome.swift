import Domain
import KubeModel

/// What became of a command.
public enum CommandOutcome: Sendable {
    /// Durable. The transitions are in the order of the command's changes.
    case committed([ObjectTransition])
    /// The object is not as it was when the command was prepared.
    case stale(ObjectKey)
    case rejected(KubeStatus)
    /// The log could not be reached; the command surely had no effect.
    case unavailable(String)
    /// The log went away while it took the command, and has not come back to say whether it did.
    case unknown(String)
}

/// What the sequencer tells those who follow the log: everything durable, in order.
public struct PublishedBatch: Sendable {
    /// The state after the batch.
    public let state: ClusterState
    public let events: [RecordedEvent]
    public let transitions: [ObjectTransition]
}
