import Domain
import KubeMachinery
import KubeModel
import Synchronization

/// Remembers the kinds that definitions give, so that a change of one definition reads that one only.
final class ServedKinds: Sendable {
    private struct Known {
        var registry = Registry.builtIn
        /// The position of the last change of a definition that the registry knows of.
        var changedAt: Position = 0
        var types: [ObjectName: (position: Position, types: [ResourceType])] = [:]
    }

    private let known = Mutex(Known())

    /// - Parameter changedAt: the position of the last change of a definition in the state.
    func registry(of state: ClusterState, changedAt: Position) -> Registry {
        known.withLock { known in
            guard known.changedAt < changedAt else { return known.registry }
            var types: [ObjectName: (position: Position, types: [ResourceType])] = [:]
            var served: [ResourceType] = []
            state.forEach(.customResourceDefinitions) { name, object in
                let standing = known.types[name].flatMap { $0.position == object.position ? $0.types : nil }
                let found = standing ?? Self.types(of: object)
                types[name] = (object.position, found)
                served += found
                return true
            }
            known = Known(registry: Registry(custom: served), changedAt: changedAt, types: types)
            return known.registry
        }
    }

    private static func types(of object: StoredObject) -> [ResourceType] {
        let definition = CustomResourceDefinition(object.object().json)
        return definition.isEstablished ? definition.types : []
    }
}
