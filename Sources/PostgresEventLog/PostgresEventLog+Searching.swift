import Domain
import EventLog
import KubeModel
import Postgres

extension PostgresEventLog {
    public func find(_ query: EventQuery, after: Position, through: Position, limit: Int, newestFirst: Bool)
        async throws(EventLogError) -> EventPage
    {
        let stored = try await committed(query)
        var page = EventPage([], after: after, through: min(through, try await head().position))
        if case .object(let stream) = query.scope {
            return try await find(query, of: stream, in: page, limit: limit, newestFirst: newestFirst)
        }
        if let kept = Self.findKept(query, newestFirst: newestFirst) {
            let found = try await events(kept, [.int8(page.after), .int8(page.through), .int8(Int64(limit))])
            return EventPage(
                found, limit: limit, after: page.after, through: page.through, newestFirst: newestFirst)
        }
        var span = SearchSpan(limit: limit)
        while !page.isLast, page.events.count < limit {
            let start = newestFirst ? max(page.through - span.count, page.after) : page.after
            let end = newestFirst ? page.through : min(page.after + span.count, page.through)
            let wanted = limit - page.events.count
            let found = try await events(
                newestFirst ? Self.findDescending : Self.findAscending,
                stored.values(after: start, through: end) + [.bool(newestFirst), .int8(Int64(wanted))])
            let rest = EventPage(found, limit: wanted, after: start, through: end, newestFirst: newestFirst)
            page.events += found
            if rest.isLast {
                if newestFirst { page.through = start } else { page.after = end }
            } else {
                if newestFirst { page.through = rest.through } else { page.after = rest.after }
            }
            span.adapt(found: found.count, wanted: wanted)
        }
        return page
    }

    /// An object's own events are found by its stream's index; few of them are left out.
    private func find(
        _ query: EventQuery, of stream: String, in range: EventPage, limit: Int, newestFirst: Bool
    ) async throws(EventLogError) -> EventPage {
        var page = range
        while !page.isLast, page.events.count < limit {
            let wanted = max(limit - page.events.count, 100)
            let found = try await readStream(
                stream, after: page.after, through: page.through, limit: wanted, newestFirst: newestFirst,
                filter: query.includesReads ? .all : .stateOnly)
            var rest = EventPage(
                found, limit: wanted, after: page.after, through: page.through, newestFirst: newestFirst)
            let fitting = found.filter { query.admits($0.event) }.prefix(limit - page.events.count)
            if let last = fitting.last, page.events.count + fitting.count == limit,
                last.position != found.last?.position
            {
                rest = EventPage(
                    Array(fitting), limit: fitting.count, after: page.after, through: page.through,
                    newestFirst: newestFirst)
            }
            page = EventPage(page.events + fitting, after: rest.after, through: rest.through)
        }
        return page
    }

    public func liveStreams(prefix: String, at position: Position) async throws(EventLogError) -> [String] {
        try await names(Self.liveStreams, [.text(prefix), .int8(position)])
    }

    public func changedStreams(prefixes: [String], after: Position, through: Position) async throws(EventLogError)
        -> [String]
    {
        try await names(Self.changedStreams, [.textArray(prefixes), .int8(after), .int8(through)])
    }

    private func names(_ statement: PostgresStatement, _ values: [PostgresValue]) async throws(EventLogError)
        -> [String]
    {
        let result = try await query(statement, values)
        return try decode { () throws(PostgresError) in
            var names: [String] = []
            names.reserveCapacity(result.count)
            for row in result { names.append(try row.text(0)) }
            return names
        }
    }
}

/// How many positions to look through at once: few where hits are dense, up to all of them where they are rare.
struct SearchSpan {
    private(set) var count: Position

    init(limit: Int) { count = max(Position(limit) * 4, 10_000) }

    mutating func adapt(found: Int, wanted: Int) {
        if found * 4 < wanted { count *= 8 } else if found < wanted { count *= 2 }
    }
}

extension EventQuery {
    /// The first nine parameters of `log.find`.
    fileprivate func values(after: Position, through: Position) -> [PostgresValue] {
        var (resource, namespace, node) = (PostgresValue.null, PostgresValue.null, PostgresValue.null)
        switch scope {
        case .everything, .object: break
        case .resource(let name, let inside):
            resource = .text(name)
            if let inside { namespace = .text(inside) }
        case .namespace(let name): namespace = .text(name)
        case .node(let name): node = .text(name)
        }
        return [
            .int8(after), .int8(through), caller.map { .text($0) } ?? .null, verb.map { .text($0) } ?? .null,
            resource, namespace, types.isEmpty ? .null : .textArray(types), node, .bool(includesReads),
        ]
    }
}

extension PostgresEventLog {
    private static let findAscending = find(order: "ASC")
    private static let findDescending = find(order: "DESC")

    private static func find(order: String) -> PostgresStatement {
        PostgresStatement(
            "find_\(order)",
            select(
                "SELECT log.find($1, $2, $3::text, $4::text, $5::text, $6::text, $7::text[], $8::text, $9, $10, $11)",
                order: order))
    }

    /// What finds all events of one of the types that have an index of their own (`events_kept`), however few of the log
    /// they are; nil for other queries.
    private static func findKept(_ query: EventQuery, newestFirst: Bool) -> PostgresStatement? {
        keptTypes.first { query == EventQuery(types: [$0], includesReads: true) }.map { type in
            let order = newestFirst ? "DESC" : "ASC"
            return PostgresStatement(
                "find_\(type)_\(order)",
                select(
                    """
                    SELECT position FROM log.events WHERE type = '\(type)' AND position > $1 AND position <= $2
                        ORDER BY position \(order) LIMIT $3
                    """, order: order))
        }
    }

    private static let keptTypes = [EventCatalogue.usageMeasured, EventCatalogue.keysDestroyed]

    /// A stream is live unless its last event was its end.
    private static let liveStreams = PostgresStatement(
        "live_streams",
        """
        SELECT s.name
        FROM log.streams s, LATERAL (
            SELECT position FROM log.events WHERE stream = s.id AND revision > 0 AND position >= s.id AND position <= $2
                ORDER BY position DESC LIMIT 1) last
        WHERE s.name >= $1 AND s.name < $1 || chr(1114111)
            AND NOT EXISTS (
                SELECT FROM log.events e WHERE e.stream = s.id AND e.position = last.position AND e.revision > 0
                    AND right(e.type, 7) = 'Deleted' OFFSET 0)
        ORDER BY s.name
        """)

    private static let changedStreams = PostgresStatement(
        "changed_streams",
        """
        SELECT DISTINCT s.name
        FROM unnest($1::text[]) AS prefix,
            LATERAL (
                SELECT id, name FROM log.streams WHERE name >= prefix AND name < prefix || chr(1114111) OFFSET 0) s
        WHERE EXISTS (
            SELECT FROM log.events WHERE stream = s.id AND revision > 0 AND position > $2 AND position <= $3 OFFSET 0)
        ORDER BY s.name
        """)
}
