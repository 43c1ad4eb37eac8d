import Domain
import EventLog
import KubeModel

/// The past of objects, read from the log.
public struct ObjectHistory: Sendable {
    private let log: any EventLog

    public init(log: any EventLog) { self.log = log }

    /// An object as it was at a position; nil if it was not there.
    ///
    /// Reads backwards to the latest keyframe, which is never further than the keyframe interval.
    public func object(_ key: ObjectKey, at position: Position) async throws(EventLogError) -> StoredObject? {
        try await object(stream: key.description, at: position)
    }

    func object(stream: String, at position: Position) async throws(EventLogError) -> StoredObject? {
        let events = try await log.readStream(
            stream, after: 0, through: position, limit: Int(ClusterState.keyframeInterval) + 1, newestFirst: true)
        guard let newest = events.first, !EventCatalogue.ends(newest.event.type) else { return nil }
        guard let start = events.firstIndex(where: \.event.isKeyframe) else {
            throw .corrupt("\(stream) has no keyframe within \(events.count) events before position \(position)")
        }
        var state = ClusterState(resumingAt: events[start])
        for event in events[..<start].reversed() {
            do { try state.apply(event) } catch { throw .corrupt(error.description) }
        }
        return ObjectKey(stream: stream).flatMap { state[$0] }
    }

    /// All objects of a resource, of one namespace if given, as they were at a position, in order.
    public func list(_ resource: GroupResource, namespace: String?, at position: Position) async throws(EventLogError)
        -> [(ObjectName, StoredObject)]
    {
        let prefix = namespace.map { "\(resource)/\($0)/" } ?? "\(resource)/"
        var found: [(ObjectName, StoredObject)] = []
        for stream in try await log.streams(prefix: prefix, through: position) {
            guard let key = ObjectKey(stream: stream), let object = try await object(stream: stream, at: position)
            else {
                continue
            }
            found.append((ObjectName(namespace: key.namespace, name: key.name), object))
        }
        return found.sorted { $0.0 < $1.0 }
    }

    /// What changed in a resource in `after < position <= through`, in order, each with the object before and after.
    public func transitions(
        _ resource: GroupResource, namespace: String?, after: Position, through: Position
    ) async throws(EventLogError) -> [ObjectTransition] {
        let prefix = namespace.map { "\(resource)/\($0)/" } ?? "\(resource)/"
        var found: [ObjectTransition] = []
        var objects: [String: StoredObject?] = [:]
        var from = after
        while from < through {
            let events = try await log.readStreams(
                prefix: prefix, after: from, through: through, limit: 1000, filter: .stateOnly)
            guard let last = events.last else { break }
            for event in events {
                let stream = event.event.stream
                guard let key = ObjectKey(stream: stream) else { continue }
                let old: StoredObject?
                if let known = objects[stream] {
                    old = known
                } else {
                    old = try await object(stream: stream, at: event.position - 1)
                }
                var state = ClusterState(holding: old, key, revision: event.event.revision - 1, before: event.position)
                let transition: ObjectTransition?
                do { transition = try state.apply(event) } catch { throw .corrupt(error.description) }
                objects[stream] = .some(transition?.new)
                if let transition { found.append(transition) }
            }
            from = last.position
        }
        return found
    }
}
