import ControlPlane
import Domain
import EventLog
import KubeModel

/// What `GET audit` asks for besides an `EventQuery`: what is no column of the log is compared event by event.
private struct AuditSearch {
    var query: EventQuery
    var address: String?
    var isRefused: Bool?
    var limit: Int

    /// Pages that one answer looks through at most; where hits are rare, the caller goes on from where it ended.
    static let pages = 32
    static let pageSize = 1000

    func admits(_ event: Event) -> Bool {
        if let address, event.caller.address != address { return false }
        if let isRefused, (event.type == EventCatalogue.callRefused) != isRefused { return false }
        return true
    }
}

extension PurserEndpoints {
    /// Who touched what: every call that left an event, reads and refusals too, by caller, verb, object, address, outcome
    /// and time. Pages go by position: `continue` holds the range that has not been looked at.
    func auditSearch(_ query: Query) async throws(KubeStatus) -> JSON {
        let search = try terms(query)
        let newestFirst = query.boolean("newest") ?? false
        var after = try query.integer("after") ?? 0
        if let from = try await auditPosition(query, "from", isStart: true) { after = max(after, from) }
        var through = min(try query.integer("through") ?? .max, cluster.state.position)
        if let to = try await auditPosition(query, "to", isStart: false) { through = min(through, to) }
        var found: [RecordedEvent] = []
        for _ in 0..<AuditSearch.pages where after < through && found.count < search.limit {
            let (start, end) = (after, through)
            let page = try await log {
                try await cluster.log.find(
                    search.query, after: start, through: end, limit: AuditSearch.pageSize, newestFirst: newestFirst)
            }
            (after, through) = (page.after, page.through)
            let fitting = page.events.filter { search.admits($0.event) }
            let wanted = search.limit - found.count
            found += fitting.prefix(wanted)
            if fitting.count > wanted, let last = found.last {
                if newestFirst {
                    (after, through) = (start, last.position - 1)
                } else {
                    (after, through) = (last.position, end)
                }
            }
        }
        let isAudit = query["format"] == "audit"
        var answer: JSON = ["items": .array(found.map { isAudit ? AuditEvent.json(of: $0) : Self.auditItem($0) })]
        if after < through { answer["continue"] = ["after": .int(after), "through": .int(through)] }
        return answer
    }

    private func terms(_ query: Query) throws(KubeStatus) -> AuditSearch {
        func text(_ name: String) -> String? { query[name].flatMap { $0.isEmpty ? nil : $0 } }
        let scope: EventQuery.Scope =
            if let stream = text("stream") { .object(stream) } else if let resource = text("resource") {
                .resource(resource, namespace: text("namespace"))
            } else if let namespace = text("namespace") { .namespace(namespace) } else { .everything }
        let isRefused = query.boolean("refused")
        let limit = Int(min(max(try query.integer("limit") ?? 500, 1), Int64(AuditSearch.pageSize)))
        return AuditSearch(
            query: try EventQuery(
                scope, types: isRefused == true ? [EventCatalogue.callRefused] : [], caller: text("user"),
                verb: text("verb"), includesReads: query.boolean("reads") ?? true
            ).checked(against: cluster.registry),
            address: text("address"), isRefused: isRefused, limit: limit)
    }

    /// What lies before `from`, or the last one of `to`; both may be positions, times or ages.
    private func auditPosition(_ query: Query, _ name: String, isStart: Bool) async throws(KubeStatus) -> Position? {
        guard let text = query[name], !text.isEmpty else { return nil }
        let moment = try AsOf(text)
        if isStart { return try await lastPosition(before: moment) }
        if case .position(let position) = moment { return position }
        return try await handler.reads.position(moment)
    }

    private static func auditItem(_ recorded: RecordedEvent) -> JSON {
        let event = recorded.event
        var item: JSON = [
            "position": .int(recorded.position), "recordedAt": .string(recorded.recordedAt.rfc3339Micro),
            "type": .string(event.type), "stream": .string(event.stream), "callID": .string(event.callID.description),
            "caller": [
                "subject": .string(event.caller.subject), "groups": .array(event.caller.groups.map { .string($0) }),
                "userAgent": .string(event.caller.userAgent), "address": .string(event.caller.address),
                "verb": .string(event.caller.verb),
            ],
        ]
        guard !event.changesState, let payload = try? JSON(parsing: event.payload) else { return item }
        for name in ["auditID", "code", "count", "message", "reason", "uri"] {
            if let value = payload[name] { item[name] = value }
        }
        return item
    }
}
