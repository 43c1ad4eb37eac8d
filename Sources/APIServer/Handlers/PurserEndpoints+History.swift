import ControlPlane
import Domain
import EventLog
import KubeMachinery
import KubeModel

extension PurserEndpoints {
    /// Events of the log, with what each changed: one page, or for ever.
    func history(_ call: APICall, _ response: any ResponseWriter) async throws(KubeStatus) {
        let options = try HistoryOptions(call.request.query)
        _ = try options.query.checked(against: cluster.registry)
        let (after, through) = try await range(options)
        if options.follows { return try await follow(options, after: after, call, response) }
        let page = try await log {
            try await cluster.log.find(
                options.query, after: after, through: through, limit: options.limit, newestFirst: options.newestFirst)
        }
        var answer: JSON = ["items": .array(try await items(page.events, isAudit: options.isAudit))]
        // Where the next page begins: `after` of an ascending one, `before` of a descending one.
        if !page.isLast { answer["continue"] = .int(options.newestFirst ? page.through + 1 : page.after) }
        try await handler.recordServed(call, code: 200)
        response.send(.json(answer))
    }

    /// `after < position <= through` of all that the options say about positions and times.
    private func range(_ options: HistoryOptions) async throws(KubeStatus) -> (after: Position, through: Position) {
        let end = cluster.state.position
        var range = (after: options.after, through: end)
        if let before = options.before { range.through = min(range.through, before - 1) }
        if let since = options.since { range.after = max(range.after, try await lastPosition(before: since)) }
        if let until = options.until {
            switch until {
            case .position(let position): range.through = min(range.through, position)
            default: range.through = min(range.through, try await handler.reads.position(until) ?? range.through)
            }
        }
        guard range.after <= range.through || range.through == end else {
            throw .badRequest(
                "no event lies behind position \(range.after) and before \(range.through + 1): the range ends before it begins"
            )
        }
        return range
    }

    /// The last position of which a moment tells nothing any more.
    func lastPosition(before moment: AsOf) async throws(KubeStatus) -> Position {
        let time: Timestamp
        switch moment {
        case .position(let position): return position - 1
        case .time(let stated): time = stated
        case .ago(let microseconds): time = Timestamp(microseconds: cluster.clock.now.microseconds - microseconds)
        }
        return try await log { try await cluster.log.position(at: Timestamp(microseconds: time.microseconds - 1)) }
    }

    /// Events as they are told, in the same order.
    func items(_ events: [RecordedEvent], isAudit: Bool) async throws(KubeStatus) -> [JSON] {
        if isAudit { return events.map(AuditEvent.json) }
        let isFalling = events.first?.position ?? 0 > events.last?.position ?? 0
        let rising = isFalling ? events.reversed() : events
        let transitions = try await log { try await cluster.history.transitions(rising) }
        let items = zip(rising, transitions).map { HistoryItem.json($0, $1) }
        return isFalling ? items.reversed() : items
    }

    static func changes(_ old: JSON, _ new: JSON) -> [FieldDiff.Change] { HistoryItem.changes(old, new) }
}

/// One event as `purser history` tells it.
enum HistoryItem {
    /// - Parameter transition: the object before and after; nil for events that change none.
    static func json(_ recorded: RecordedEvent, _ transition: ObjectTransition?) -> JSON {
        let event = recorded.event
        let isSecret = event.stream.hasPrefix("\(GroupResource.secrets)/")
        let payload = (try? JSON(parsing: event.payload)) ?? .null
        var item: JSON = [
            "position": .int(recorded.position), "recordedAt": .string(recorded.recordedAt.rfc3339Micro),
            "stream": .string(event.stream), "revision": .int(event.revision), "type": .string(event.type),
            "caller": caller(event.caller), "callID": .string(event.callID.description), "cause": .int(event.cause),
            "correlation": .int(event.correlation), "payload": isSecret ? SecretMask.hiding(payload) : payload,
        ]
        guard let transition else { return item }
        let changes = changes(
            transition.old?.object().json ?? .null, transition.new?.object().json ?? .null)
        item["changes"] = .array((isSecret ? SecretMask.hiding(changes) : changes).map(\.json))
        return item
    }

    private static func caller(_ caller: Caller) -> JSON {
        [
            "subject": .string(caller.subject), "verb": .string(caller.verb),
            "groups": .array(caller.groups.map { .string($0) }), "userAgent": .string(caller.userAgent),
            "address": .string(caller.address),
        ]
    }

    /// What differs between two forms of an object, but for what the server itself counts.
    static func changes(_ old: JSON, _ new: JSON) -> [FieldDiff.Change] {
        func stripped(_ json: JSON) -> JSON? {
            if json.isNull { return nil }
            var json = json
            json[["metadata", "resourceVersion"]] = nil
            json[["metadata", "managedFields"]] = nil
            return json
        }
        return FieldDiff.changes(old: stripped(old), new: stripped(new))
    }
}
