import Domain
import EventLog
import KubeModel

/// The past of objects, read from the log.
public struct ObjectHistory: Sendable {
    private let log: any EventLog
    /// How many objects are asked for at once.
    private static let pageSize = 500
    private static let foldedAtOnce = 25

    public init(log: any EventLog) { self.log = log }

    /// An object as it was at a position; nil if it was not there.
    ///
    /// Costs as much as its latest keyframe and, of the changes behind it, the newest of each member.
    public func object(_ key: ObjectKey, at position: Position) async throws(EventLogError) -> StoredObject? {
        try await objects([StreamMoment(key.description, at: position)]).first.flatMap { $0 }
    }

    /// Objects at moments, in the same order; nil for each that was not there.
    public func objects(_ moments: [StreamMoment]) async throws(EventLogError) -> [StoredObject?] {
        var objects: [StoredObject?] = []
        objects.reserveCapacity(moments.count)
        var rest = moments[...]
        while !rest.isEmpty {
            let forms = try await log.forms(Array(rest.prefix(Self.pageSize)))
            objects += try await forms.concurrentMap(chunk: Self.foldedAtOnce, Self.fold)
            rest = rest.dropFirst(Self.pageSize)
        }
        return objects
    }

    /// The object that these events of one stream, a keyframe and changes behind it, add up to; nil where it has ended.
    private static func fold(_ rows: [ReplayRow]) throws(EventLogError) -> StoredObject? {
        guard let newest = rows.last, !EventCatalogue.ends(newest.type) else { return nil }
        guard let start = rows.lastIndex(where: \.isKeyframe) else {
            throw .corrupt(
                "\(newest.stream) has no keyframe within \(rows.count) events to position \(newest.position)")
        }
        let object = StoredObject(
            keyframe: rows[start].payload, changes: rows[(start + 1)...].map(\.payload), position: newest.position,
            revision: newest.revision)
        guard let object else { throw .corrupt("\(newest.stream) is no object at position \(newest.position)") }
        return object
    }

    /// The names of a resource's objects, of one namespace if given, as they were at a position, in order.
    public func names(_ resource: GroupResource, namespace: String?, at position: Position)
        async throws(EventLogError) -> [ObjectName]
    {
        let prefix = namespace.map { "\(resource)/\($0)/" } ?? "\(resource)/"
        return try await log.liveStreams(prefix: prefix, at: position).compactMap { stream in
            ObjectKey(stream: stream).map { ObjectName(namespace: $0.namespace, name: $0.name) }
        }.sorted()
    }

    /// All objects of a resource, of one namespace if given, as they were at a position, in order.
    public func list(_ resource: GroupResource, namespace: String?, at position: Position) async throws(EventLogError)
        -> [(ObjectName, StoredObject)]
    {
        try await list(resource, try await names(resource, namespace: namespace, at: position)[...], at: position)
    }

    /// Those of these objects that were there at a position.
    public func list(_ resource: GroupResource, _ names: ArraySlice<ObjectName>, at position: Position)
        async throws(EventLogError) -> [(ObjectName, StoredObject)]
    {
        let found = try await objects(
            names.map {
                StreamMoment(ObjectKey(resource, namespace: $0.namespace, name: $0.name).description, at: position)
            })
        return zip(names, found).compactMap { name, object in object.map { (name, $0) } }
    }

    /// What changed in a resource in `after < position <= through`, in order, each with the object before and after.
    public func transitions(
        _ resource: GroupResource, namespace: String?, after: Position, through: Position
    ) async throws(EventLogError) -> [ObjectTransition] {
        let prefix = namespace.map { "\(resource)/\($0)/" } ?? "\(resource)/"
        var found: [ObjectTransition] = []
        var from = after
        while from < through {
            let events = try await log.readStreams(
                prefix: prefix, after: from, through: through, limit: 1000, filter: .stateOnly)
            guard let last = events.last else { break }
            found += try await transitions(events).compactMap(\.self)
            from = last.position
        }
        return found
    }

    /// Each event's step from the object before it to the object after it; nil for events that change no object.
    ///
    /// - Parameter events: rising; events of a stream may be missing between others.
    public func transitions(_ events: [RecordedEvent]) async throws(EventLogError) -> [ObjectTransition?] {
        var known: [String: (revision: Revision, object: StoredObject?)] = [:]
        let unknown = events.filter { recorded in
            let event = recorded.event
            guard event.changesState else { return false }
            defer { known[event.stream] = (event.revision, nil) }
            return known[event.stream]?.revision != event.revision - 1
        }.map { StreamMoment($0.event.stream, at: $0.position - 1) }
        let before = Dictionary(zip(unknown, try await objects(unknown)), uniquingKeysWith: { first, _ in first })
        known = [:]
        var transitions: [ObjectTransition?] = []
        for recorded in events {
            let event = recorded.event
            guard event.changesState, let key = ObjectKey(stream: event.stream) else {
                transitions.append(nil)
                continue
            }
            var old: StoredObject?
            if let last = known[event.stream], last.revision == event.revision - 1 {
                old = last.object
            } else {
                old = before[StreamMoment(event.stream, at: recorded.position - 1)].flatMap { $0 }
            }
            var state = ClusterState(holding: old, key, revision: event.revision - 1, before: recorded.position)
            do { transitions.append(try state.apply(recorded)) } catch { throw .corrupt(error.description) }
            known[event.stream] = (event.revision, state[key])
        }
        return transitions
    }
}
