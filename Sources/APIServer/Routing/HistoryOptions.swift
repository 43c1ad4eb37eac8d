import Domain
import EventLog
import KubeMachinery
import KubeModel

/// What a call of `history` asks for.
struct HistoryOptions: Sendable {
    var query: EventQuery
    /// Only events behind this position.
    var after: Int64
    /// Only events before this position; nil for all.
    var before: Int64?
    var since: AsOf?
    var until: AsOf?
    var limit: Int
    var newestFirst: Bool
    /// Whether events are told in the form of `audit.k8s.io/v1`.
    var isAudit: Bool
    /// Whether the answer goes on with what happens from now on.
    var follows: Bool

    /// What may be asked for at once.
    private static let longestPage: Int64 = 1000

    init(_ query: Query) throws(KubeStatus) {
        self.query = try EventQuery(query)
        after = try query.integer("after") ?? 0
        before = try query.integer("before")
        since = try query.moment("since")
        until = try query.moment("until")
        limit = Int(min(max(try query.integer("limit") ?? 500, 1), Self.longestPage))
        switch query["order"] ?? "" {
        case "", "oldest": newestFirst = false
        case "newest": newestFirst = true
        case let other: throw .badRequest("order=\(other) is none of oldest and newest")
        }
        switch query["format"] ?? "" {
        case "", "history": isAudit = false
        case "audit": isAudit = true
        case let other: throw .badRequest("format=\(other) is none of history and audit")
        }
        follows = query.boolean("follow") ?? false
        if follows, newestFirst || before != nil || until != nil {
            throw .badRequest("what is followed comes in order and without an end: leave out order, before and until")
        }
    }
}

extension EventQuery {
    /// Types that change no state; to ask for one is to ask for reads.
    private static let stateless = EventCatalogue.rollbackHeads.union([
        EventCatalogue.callServed, EventCatalogue.callRefused, EventCatalogue.usageMeasured, EventCatalogue.termTaken,
        EventCatalogue.keysDestroyed,
    ])

    init(_ query: Query) throws(KubeStatus) {
        func value(_ name: String) -> String? { query[name].flatMap { $0.isEmpty ? nil : $0 } }
        let scope: Scope
        if let stream = value("stream") {
            scope = .object(stream)
        } else if let node = value("node") {
            scope = .node(node)
        } else if let resource = value("resource") {
            scope = .resource(resource, namespace: value("namespace"))
        } else {
            scope = value("namespace").map { .namespace($0) } ?? .everything
        }
        let types = query.values("type").flatMap { $0.split(separator: ",").map(String.init) }
        self.init(
            scope, types: types, caller: value("user"), verb: value("verb"),
            includesReads: query.boolean("reads") ?? false || types.contains(where: Self.stateless.contains))
    }

    /// Every verb that an event can have: the API's, the methods of calls for no resource, and the two of Purser's own.
    private static let verbs = Set(RequestVerb.allCases.map(\.rawValue)).subtracting([""]).union([
        "connect", "head", "options", "post", "put", "rollback", "trace", "undelete",
    ])

    /// Refuses to look for a type or a verb that no event can have: nothing would be found, and nobody would know why.
    func checked(against registry: Registry) throws(KubeStatus) -> EventQuery {
        if let verb, !Self.verbs.contains(verb) {
            throw .badRequest(
                "there are no events of verb \"\(verb)\": it is one of \(Self.verbs.sorted().joined(separator: ", "))")
        }
        guard !types.isEmpty else { return self }
        let known = EventCatalogue.types(of: registry)
        guard let unknown = types.first(where: { !known.contains($0) }) else { return self }
        let same = known.first { $0.lowercased() == unknown.lowercased() }.map { "; there are of \"\($0)\"" }
        throw .badRequest(
            "there are no events of type \"\(unknown)\"\(same ?? ""): docs/events.md lists what there is, and those of all "
                + "custom resources begin with \(EventCatalogue.customKind)")
    }
}

extension Query {
    /// A position, a time or an age; nil where it is absent.
    func moment(_ name: String) throws(KubeStatus) -> AsOf? {
        guard let text = self[name], !text.isEmpty else { return nil }
        return try AsOf(text)
    }
}
