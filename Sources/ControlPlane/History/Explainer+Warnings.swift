import Domain
import EventLog
import KubeModel

/// What a Kubernetes Event of type Warning told of a pod, as it stood at its latest repetition.
struct PodWarning: Sendable, Hashable {
    var position: Position
    var lastSeen: Timestamp
    var reason: String
    var message: String
    /// Empty where it is about the pod as a whole.
    var container: String

    /// Nil for what is no Warning, or one about another pod, such as an earlier one of the name.
    init?(_ object: StoredObject, uid: String) {
        let json = object.object().json
        guard json.string("type") == "Warning", json.string("involvedObject", "uid") == uid,
            let seen = (json.string("lastTimestamp") ?? json.string("eventTime")).flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        position = object.position
        lastSeen = seen
        reason = json.string("reason") ?? ""
        message = Observation.firstLine(json.string("message") ?? "")
        let path = json.string("involvedObject", "fieldPath") ?? ""
        container = String(path.split(separator: "{").dropFirst().first?.prefix { $0 != "}" } ?? "")
    }
}

extension Explainer {
    /// The Warnings about a pod as they are now, or were when its end was asked for, oldest first.
    func warnings(about pod: ObjectKey, _ life: [RecordedEvent]) async throws -> [PodWarning] {
        guard let created = life.first, let uid = (try? JSON(parsing: created.event.payload))?.string("metadata", "uid")
        else { return [] }
        let end = life.first { recorded in
            EventCatalogue.ends(recorded.event.type)
                || recorded.event.type.hasSuffix(EventCatalogue.Suffix.deletionRequested.rawValue)
        }
        var moment = try await log.head().position
        if let end { moment = end.position - 1 }
        // Whoever writes Events, the node agent and controllers alike, names them after what they are about.
        let prefix = ObjectKey(.events, namespace: pod.namespace, name: "\(pod.name).").description
        let streams = try await log.liveStreams(prefix: prefix, at: moment)
        return try await history.objects(streams.map { StreamMoment($0, at: moment) })
            .compactMap { $0.flatMap { PodWarning($0, uid: uid) } }.sorted { $0.position < $1.position }
    }
}
