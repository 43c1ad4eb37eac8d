import Domain
import EventLog
import KubeMachinery
import KubeModel

/// The kinds that were served at a position.
public struct PastKinds: Sendable {
    private let history: ObjectHistory

    public init(_ history: ObjectHistory) { self.history = history }

    /// Purser's own kinds of today, and those of the definitions that were established at the position.
    public func registry(at position: Position) async throws(EventLogError) -> Registry {
        let objects = try await history.list(.customResourceDefinitions, namespace: nil, at: position)
        return Registry(
            objects.map { CustomResourceDefinition($0.1.object().json) }.filter(\.isEstablished))
    }
}
