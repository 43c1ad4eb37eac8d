import Domain
import EventLog
import KubeMachinery
import KubeModel

extension PurserEndpoints {
    /// What may be asked for at once.
    private static let pageLimit = 1000

    /// Events of an object, a namespace or a resource, with what each changed.
    func history(_ query: Query) async throws(KubeStatus) -> JSON {
        let limit = Int(min(max(try query.integer("limit") ?? 500, 1), Int64(Self.pageLimit)))
        let after = try query.integer("after") ?? 0
        let filter: EventFilter = query.boolean("reads") ?? false ? .all : .stateOnly
        let through = cluster.state.position
        let events = try await log { () async throws -> [RecordedEvent] in
            if let stream = query["stream"], !stream.isEmpty {
                if filter == .stateOnly {
                    return try await cluster.log.readStream(
                        stream, after: after, through: through, limit: limit, newestFirst: false)
                }
                return try await cluster.log.readStreams(
                    prefix: stream, after: after, through: through, limit: limit, filter: filter)
            }
            if let resource = query["resource"], !resource.isEmpty {
                let prefix = query["namespace"].map { "\(resource)/\($0)/" } ?? "\(resource)/"
                return try await cluster.log.readStreams(
                    prefix: prefix, after: after, through: through, limit: limit, filter: filter)
            }
            let all = try await cluster.log.read(after: after, limit: limit, filter: filter)
            guard let namespace = query["namespace"], !namespace.isEmpty else { return all }
            return all.filter { ObjectKey(stream: $0.event.stream)?.namespace == namespace }
        }
        var items: [JSON] = []
        var forms: [String: JSON] = [:]
        for event in events { items.append(try await item(event, &forms)) }
        var answer: JSON = ["items": .array(items)]
        if events.count == limit, let last = events.last { answer["continue"] = .int(last.position) }
        return answer
    }

    /// One event with its differences. `forms` holds the objects as the events before left them.
    private func item(_ recorded: RecordedEvent, _ forms: inout [String: JSON]) async throws(KubeStatus) -> JSON {
        let event = recorded.event
        var caller: JSON = ["subject": .string(event.caller.subject), "verb": .string(event.caller.verb)]
        caller["groups"] = .array(event.caller.groups.map { .string($0) })
        caller["userAgent"] = .string(event.caller.userAgent)
        caller["address"] = .string(event.caller.address)
        var item: JSON = [
            "position": .int(recorded.position), "recordedAt": .string(recorded.recordedAt.rfc3339Micro),
            "stream": .string(event.stream), "revision": .int(event.revision), "type": .string(event.type),
            "caller": caller, "callID": .string(event.callID.description), "cause": .int(event.cause),
            "correlation": .int(event.correlation), "payload": (try? JSON(parsing: event.payload)) ?? .null,
        ]
        guard event.changesState, let key = ObjectKey(stream: event.stream) else { return item }
        let old: JSON
        if let known = forms[event.stream] {
            old = known
        } else {
            old =
                try await log { try await cluster.history.object(key, at: recorded.position - 1) }.map {
                    $0.object().json
                } ?? .null
        }
        let new = try await after(recorded, key, old)
        item["changes"] = .array(Self.changes(old, new).map(\.json))
        forms[event.stream] = new
        return item
    }

    private func after(_ recorded: RecordedEvent, _ key: ObjectKey, _ old: JSON) async throws(KubeStatus) -> JSON {
        let event = recorded.event
        if EventCatalogue.ends(event.type) { return .null }
        guard let payload = try? JSON(parsing: event.payload) else { return old }
        var new: JSON = event.isKeyframe ? [:] : old
        for (name, value) in payload.objectValue ?? [:] where !name.hasPrefix("$") {
            new[name] = value.isNull ? nil : value
        }
        new[["metadata", "resourceVersion"]] = nil
        return new
    }

    static func changes(_ old: JSON, _ new: JSON) -> [FieldDiff.Change] {
        func stripped(_ json: JSON) -> JSON? {
            if json.isNull { return nil }
            var json = json
            json[["metadata", "resourceVersion"]] = nil
            return json
        }
        return FieldDiff.changes(old: stripped(old), new: stripped(new))
    }
}
