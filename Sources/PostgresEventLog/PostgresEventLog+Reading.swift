import Domain
import EventLog
import KubeModel
import Postgres

extension PostgresEventLog {
    public func read(after: Position, limit: Int, filter: EventFilter) async throws(EventLogError) -> [RecordedEvent] {
        try await events(filter == .all ? Self.readAll : Self.readState, [.int8(after), .int8(Int64(limit))])
    }

    public func readStream(
        _ stream: String, after: Position, through: Position, limit: Int, newestFirst: Bool, filter: EventFilter
    ) async throws(EventLogError) -> [RecordedEvent] {
        try await events(
            Self.readStream(newestFirst: newestFirst, filter: filter),
            [.text(stream), .int8(after), .int8(through), .int8(Int64(limit))])
    }

    public func readStreams(prefix: String, after: Position, through: Position, limit: Int, filter: EventFilter)
        async throws(EventLogError) -> [RecordedEvent]
    {
        let end = min(through, try await head().position)
        var (start, found, span) = (after, [RecordedEvent](), SearchSpan(limit: limit))
        while start < end, found.count < limit {
            let (stop, wanted) = (min(start + span.count, end), limit - found.count)
            let page = try await events(
                filter == .all ? Self.readStreamsAll : Self.readStreamsState,
                [.text(prefix), .int8(start), .int8(stop), .int8(Int64(wanted))])
            found += page
            start = stop
            span.adapt(found: page.count, wanted: wanted)
        }
        return found
    }

    public func streams(prefix: String, through: Position) async throws(EventLogError) -> [String] {
        let result = try await query(Self.listStreams, [.text(prefix), .int8(through)])
        return try decode { () throws(PostgresError) in
            var names: [String] = []
            for row in result { names.append(try row.text(0)) }
            return names
        }
    }

    public func position(at time: Timestamp) async throws(EventLogError) -> Position {
        let result = try await query(Self.positionAt, [.timestamp(time.microseconds)])
        return try decode { () throws(PostgresError) in try result[0].int8(0) }
    }

    public func stored(after: Position, limit: Int) async throws(EventLogError) -> [StoredEvent] {
        let result = try await query(Self.readStored, [.int8(after), .int8(Int64(limit))])
        let archived = try await archived(in: result, payload: 13)
        return try decode { () throws(PostgresError) in
            var events: [StoredEvent] = []
            events.reserveCapacity(result.count)
            for row in result { events.append(try StoredEvent(row, archived)) }
            return events
        }
    }

    /// Runs a statement that returns positions, envelopes and payloads, and reads them back: people by their names,
    /// payloads in their present form.
    func events(_ statement: PostgresStatement, _ values: [PostgresValue]) async throws(EventLogError)
        -> [RecordedEvent]
    {
        let result = try await query(statement, values)
        let archived = try await archived(in: result, payload: 2)
        var events: [RecordedEvent] = []
        events.reserveCapacity(result.count)
        for row in result {
            let (position, envelope, payload) = try decode { () throws(PostgresError) in
                let position = try row.int8(0)
                let event = archived[position]
                return (position, try row.bytea(1, or: event?.envelope), try row.bytea(2, or: event?.payload))
            }
            do {
                let event = try Envelope.decode(envelope, payload: payload)
                guard event.position == position else { throw EnvelopeError.malformed("it is of another position") }
                events.append(event)
            } catch {
                throw .corrupt("position \(position): \(error)")
            }
        }
        return try await naming(try upcaster.present(events))
    }
}

extension StoredEvent {
    fileprivate init(_ row: PostgresRow, _ archived: [Position: ArchivedEvent]) throws(PostgresError) {
        let (position, call) = (try row.int8(0), try row.uuid(5))
        let event = archived[position]
        self.init(
            position: position, recordedAt: Timestamp(microseconds: try row.timestamp(1)),
            stream: try row.text(2), revision: try row.int8(3), type: try row.text(4), version: try row.version(15),
            isKeyframe: try row.bool(6), callID: CallID(high: call.high, low: call.low), ordinal: Int(try row.int4(7)),
            caller: try row.text(8), verb: try row.text(9),
            target: EventTarget(resource: try row.text(10), namespace: try row.text(11)),
            envelope: try row.bytea(12, or: event?.envelope), payload: try row.bytea(13, or: event?.payload),
            leaf: try row.bytea(14), members: try row.members(16))
    }
}

extension PostgresRow {
    /// The column is null for version 1, which costs no byte of an event.
    func version(_ column: Int) throws(PostgresError) -> Int { isNull(column) ? 1 : Int(try int4(column)) }

    func members(_ column: Int) throws(PostgresError) -> ChangedMembers? {
        isNull(column) ? nil : ChangedMembers(rawValue: Int16(truncatingIfNeeded: try int4(column)))
    }
}

extension PostgresEventLog {
    private static let columns = "position, envelope, payload"
    /// Names that start with a prefix, so that the index on names serves: no text is behind U+10FFFF.
    private static let hasPrefix = "name >= $1 AND name < $1 || chr(1114111)"

    private static let readAll = PostgresStatement(
        "read_all", "SELECT \(columns) FROM log.events WHERE position > $1 ORDER BY position LIMIT $2")

    private static let readState = PostgresStatement(
        "read_state",
        "SELECT \(columns) FROM log.events WHERE position > $1 AND revision > 0 ORDER BY position LIMIT $2")

    /// Finds the positions in the index first, so that only the rows asked for are fetched.
    private static func readStream(newestFirst: Bool, filter: EventFilter) -> PostgresStatement {
        let order = newestFirst ? "DESC" : "ASC"
        let state = """
            SELECT e.position
            FROM log.streams s, LATERAL (
                SELECT position FROM log.events WHERE stream = s.id AND revision > 0
                    AND position >= s.id AND position > $2 AND position <= $3 ORDER BY position \(order) LIMIT $4) e
            WHERE s.name = $1
            """
        let reads = "SELECT log.find_reads($1, $2, $3, \(newestFirst), $4) AS position"
        return PostgresStatement(
            "read_stream_\(order)_\(filter)",
            select(filter == .all ? union(state, reads, order: order) : state, order: order))
    }

    private static let readStreamsState = PostgresStatement("read_streams_state", select(stateOfStreams, order: "ASC"))

    private static let readStreamsAll = PostgresStatement(
        "read_streams_all",
        select(
            union(
                stateOfStreams,
                """
                SELECT position FROM log.events WHERE starts_with(subject, $1) AND position > $2 AND position <= $3
                    ORDER BY position LIMIT $4
                """, order: "ASC"), order: "ASC"))

    private static let stateOfStreams = """
        SELECT e.position
        FROM log.streams s, LATERAL (
            SELECT position FROM log.events WHERE stream = s.id AND revision > 0 AND position > $2 AND position <= $3
                ORDER BY position LIMIT $4) e
        WHERE \(hasPrefix) ORDER BY e.position LIMIT $4
        """

    /// The events at positions that a query finds. Joined, not compared with an array: only the partitions that have
    /// them are looked into.
    static func select(_ positions: String, order: String) -> String {
        """
        SELECT e.position, e.envelope, e.payload
        FROM unnest(ARRAY(\(positions))) AS found, log.events e WHERE e.position = found ORDER BY found \(order)
        """
    }

    private static func union(_ left: String, _ right: String, order: String) -> String {
        "(\(left)) UNION ALL (\(right)) ORDER BY position \(order) LIMIT $4"
    }

    private static let listStreams = PostgresStatement(
        "list_streams", "SELECT name FROM log.streams WHERE \(hasPrefix) AND id <= $2 ORDER BY name")

    private static let positionAt = PostgresStatement("position_at", "SELECT log.position_at($1)")

    private static let readStored = PostgresStatement(
        "read_stored",
        """
        SELECT e.position, e.recorded_at, coalesce(e.subject, s.name, ''), e.revision, e.type, e.call, e.is_keyframe,
            e.ordinal, e.caller, e.verb, e.resource, e.namespace, e.envelope, e.payload, e.leaf, e.version, e.members::integer
        FROM log.events e LEFT JOIN log.streams s ON s.id = e.stream
        WHERE e.position > $1 ORDER BY e.position LIMIT $2
        """)
}
