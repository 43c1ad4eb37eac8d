import KubeModel

/// Why an event cannot follow the state it is applied to: the log contradicts itself.
public struct EvolveError: Error, Sendable, Hashable, CustomStringConvertible {
    public let position: Position
    public let description: String
}

/// One object's step from one event to the next.
public struct ObjectTransition: Sendable {
    public let key: ObjectKey
    public let old: StoredObject?
    public let new: StoredObject?
    public let position: Position
    /// The event's type, for those who react to it.
    public let type: String

    public init(key: ObjectKey, old: StoredObject?, new: StoredObject?, position: Position, type: String) {
        (self.key, self.old, self.new) = (key, old, new)
        (self.position, self.type) = (position, type)
    }
}

extension ClusterState {
    /// `evolve`: folds one state-changing event in. Pure: equal states and events give equal states.
    @discardableResult
    public mutating func apply(
        stream: String, revision: Revision, type: String, isKeyframe: Bool, payload: [UInt8], position: Position
    ) throws(EvolveError) -> ObjectTransition? {
        guard position > self.position else {
            throw EvolveError(position: position, description: "position \(position) does not follow \(self.position)")
        }
        guard let key = ObjectKey(stream: stream) else {
            throw EvolveError(position: position, description: "\(stream) names no object")
        }
        guard EventCatalogue.feedsObjects(type) else {
            self.position = position
            return nil
        }
        let old = self[key]
        let last = old?.revision ?? endedStreams[key] ?? 0
        guard revision == last + 1 else {
            throw EvolveError(
                position: position, description: "\(stream) is at revision \(last), the event has \(revision)")
        }
        let new: StoredObject?
        if EventCatalogue.ends(type) {
            new = nil
        } else {
            let bytes =
                isKeyframe || old == nil
                ? ObjectMerge.withoutRemarks(payload) : ObjectMerge.merge(old?.bytes ?? [], payload)
            new = StoredObject(bytes: bytes, position: position, revision: revision)
            guard new != nil else {
                throw EvolveError(position: position, description: "\(stream): the payload is no object with a uid")
            }
        }
        self.position = position
        put(key, new, after: old, revision: revision)
        let transition = ObjectTransition(key: key, old: old, new: new, position: position, type: type)
        indexes?.update(transition)
        return transition
    }

    @discardableResult
    public mutating func apply(_ recorded: RecordedEvent) throws(EvolveError) -> ObjectTransition? {
        guard recorded.event.changesState else {
            position = max(position, recorded.position)
            return nil
        }
        let event = recorded.event
        return try apply(
            stream: event.stream, revision: event.revision, type: event.type, isKeyframe: event.isKeyframe,
            payload: event.payload, position: recorded.position)
    }

    /// Moves on past events that change no state (reads, refusals).
    public mutating func skip(to position: Position) { self.position = max(self.position, position) }

    private mutating func put(_ key: ObjectKey, _ object: StoredObject?, after old: StoredObject?, revision: Revision) {
        let name = ObjectName(namespace: key.namespace, name: key.name)
        if let object {
            if object.revision > 1, old == nil { endedStreams[key] = nil }
            resources[key.resource, default: OrderedMap()][name] = object
        } else {
            resources[key.resource]?[name] = nil
            endedStreams[key] = revision
        }
    }
}
