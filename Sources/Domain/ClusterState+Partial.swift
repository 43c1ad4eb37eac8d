import KubeModel

extension ClusterState {
    /// A state that knows one object only, from its keyframe: enough to fold the object's later events.
    public init(resumingAt keyframe: RecordedEvent) {
        let event = keyframe.event
        self.init(
            holding: StoredObject(
                bytes: ObjectMerge.withoutRemarks(event.payload), position: keyframe.position, revision: event.revision),
            ObjectKey(stream: event.stream), revision: event.revision, before: keyframe.position + 1)
    }

    /// A state that knows one object only, or that it is not there after so many revisions.
    public init(holding object: StoredObject?, _ key: ObjectKey?, revision: Revision, before position: Position) {
        self.init()
        self.position = position - 1
        guard let key else { return }
        if let object {
            resources[key.resource] = OrderedMap()
            resources[key.resource]?[ObjectName(namespace: key.namespace, name: key.name)] = object
        } else if revision > 0 {
            endedStreams[key] = revision
        }
    }
}

extension StoredObject {
    /// What a keyframe and the changes behind it, which follow each other in one stream, add up to: the same as
    /// `evolve` makes of them one by one.
    /// - Parameter position: of the last of them; so is the revision.
    public init?(keyframe: [UInt8], changes: [[UInt8]], position: Position, revision: Revision) {
        let whole = ObjectMerge.withoutRemarks(keyframe)
        self.init(bytes: ObjectMerge.merge(whole, all: changes), position: position, revision: revision)
    }
}
