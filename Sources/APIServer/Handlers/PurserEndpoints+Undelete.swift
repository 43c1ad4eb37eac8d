import CommandHandling
import Domain
import KubeModel

extension PurserEndpoints {
    /// The last position at which an object, or a namespace, was not yet asked to go.
    func beforeDeletion(_ extent: RestorationExtent) async throws(KubeStatus) -> Position {
        let key: ObjectKey
        switch extent {
        case .object(let object): key = object
        case .namespace(let name): key = ObjectKey(.namespaces, name: name)
        case .selection, .cluster: throw .badRequest("an undeletion is of one object or one namespace")
        }
        if let live = cluster.state[key] {
            throw .conflict(
                key.resource, name: key.name,
                live.isBeingDeleted
                    ? "it is still being deleted; wait until it is gone and try again"
                    : "it exists; to bring an earlier form of it back use `purser rollback`")
        }
        var end: Position?
        var through = Position.max
        while true {
            let page = through
            let events = try await log {
                try await cluster.log.readStream(
                    key.description, after: 0, through: page, limit: 64, newestFirst: true)
            }
            for recorded in events {
                let type = recorded.event.type
                // A deletion may be asked for again and wait for finalizers; the first request is where it began.
                if EventCatalogue.ends(type), end == nil {
                    end = recorded.position
                } else if let object = try await log({ try await cluster.history.object(key, at: recorded.position) }),
                    object.isBeingDeleted
                {
                    end = recorded.position
                } else if let end {
                    return end - 1
                }
            }
            guard let last = events.last, events.count == 64 else { break }
            through = last.position - 1
        }
        throw .notFound(key.resource, name: key.name)
    }
}
