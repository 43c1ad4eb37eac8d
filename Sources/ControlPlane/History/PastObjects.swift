import CommandHandling
import Domain
import EventLog
import KubeMachinery
import KubeModel

/// The objects that a rollback may bring back, as they were at a position.
struct PastObjects: Sendable {
    let cluster: Cluster
    let registry: Registry

    /// Everything of an extent but kinds that hold observations; of a selection, all of its namespace.
    func objects(of extent: RestorationExtent, at position: Position) async throws -> [ObjectKey: StoredObject] {
        switch extent {
        case .object(let key): return try await objects([key], at: position)
        case .namespace(let name):
            let namespace = try await objects([ObjectKey(.namespaces, name: name)], at: position)
            return try await contents(of: name, at: position).merging(namespace) { $1 }
        case .selection(let namespace, _, _): return try await contents(of: namespace, at: position)
        case .cluster: return try await everything(at: position)
        }
    }

    /// The resources of today, and those whose definition is gone since; each once.
    private func types(at position: Position) async throws -> [ResourceType] {
        let past = try await PastKinds(cluster.history).registry(at: position)
        var seen: Set<GroupResource> = []
        return (registry.types + past.types).filter {
            !$0.isView && !EventCatalogue.observedKinds.contains($0.groupResource)
                && seen.insert($0.groupResource).inserted
        }
    }

    private func objects(_ keys: [ObjectKey], at position: Position) async throws -> [ObjectKey: StoredObject] {
        var found: [ObjectKey: StoredObject] = [:]
        for key in keys { found[key] = try await cluster.history.object(key, at: position) }
        return found
    }

    private func contents(of namespace: String, at position: Position) async throws -> [ObjectKey: StoredObject] {
        var found: [ObjectKey: StoredObject] = [:]
        for type in try await types(at: position) where type.isNamespaced {
            for (name, object) in try await cluster.history.list(
                type.groupResource, namespace: namespace, at: position)
            {
                found[type.key(namespace: namespace, name: name.name)] = object
            }
        }
        return found
    }

    private func everything(at position: Position) async throws -> [ObjectKey: StoredObject] {
        let state = try await StateLoader.state(cluster.log, at: position)
        var found: [ObjectKey: StoredObject] = [:]
        for type in try await types(at: position) {
            state.forEach(type.groupResource) { name, object in
                found[type.key(namespace: name.namespace, name: name.name)] = object
                return true
            }
        }
        return found
    }
}
