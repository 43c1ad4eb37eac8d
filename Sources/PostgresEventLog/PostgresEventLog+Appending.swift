import Domain
import EventLog
import KubeModel
import Postgres

extension PostgresEventLog {
    public func head() async throws(EventLogError) -> LogHead {
        let result = try await query(Self.readHead, [])
        return try decode { () throws(PostgresError) in try Self.head(result).head }
    }

    public func append(_ events: [RecordedEvent], expected: LogHead) async throws(EventLogError) -> AppendOutcome {
        guard let last = events.last else {
            let head = try await writerHead()
            return head == expected ? .appended : .stale(head)
        }
        guard last.position == expected.position + Position(events.count), events[0].position == expected.position + 1
        else { throw .refused("the positions of the batch do not follow the head without a gap") }
        let streams = try await streams(of: events)
        if let reason = streams.objection {
            let head = try await writerHead()
            if head != expected { return .stale(head) }
            throw .refused(reason)
        }
        try await makeRoom(through: last.position)
        let batch = AppendBatch(events, streams)
        while true {
            let fence = try await currentFence()
            let result = try await write(Self.append, batch.values(expected: expected, fence: fence))
            if result.count == 1 {
                streamIDs.insert(streams.known)
                return .appended
            }
            let head = try await writerHead()
            // If only the fence moved, a look-up shut out an append that was lost: this one may try again.
            if head != expected { return .stale(head) }
        }
    }

    public func advanceTerm(from current: Int64) async throws(EventLogError) -> LogHead? {
        let result = try await write(Self.advanceTerm, [.int8(current)])
        return result.isEmpty ? nil : try remember(result)
    }

    public func lookUp(_ call: CallID) async throws(EventLogError) -> [RecordedEvent] {
        // Waits for an append under way, which holds the head's row, and shuts out one that has yet to arrive.
        _ = try remember(try await write(Self.raiseFence, []))
        return try await events(Self.lookUp, [.uuid(PostgresUUID(high: call.high, low: call.low))])
    }

    private func currentFence() async throws(EventLogError) -> Int64 {
        if let fence = fence.withLock({ $0 }) { return fence }
        _ = try await writerHead()
        return fence.withLock { $0 } ?? 0
    }

    private func writerHead() async throws(EventLogError) -> LogHead {
        try remember(try await write(Self.readHead, []))
    }

    private func remember(_ result: PostgresResult) throws(EventLogError) -> LogHead {
        let (head, fence) = try decode { () throws(PostgresError) in try Self.head(result) }
        self.fence.withLock { $0 = max(fence, $0 ?? 0) }
        return head
    }

    private static func head(_ result: PostgresResult) throws(PostgresError) -> (head: LogHead, fence: Int64) {
        guard let row = result.first else { throw .unexpectedResult("the log has no head") }
        return (LogHead(position: try row.int8(0), term: try row.int8(1)), try row.int8(2))
    }

    /// The streams of a batch, remembered or looked up.
    private func streams(of events: [RecordedEvent]) async throws(EventLogError) -> BatchStreams {
        var known: [String: StreamIDs.Stream] = [:]
        var unknown: Set<String> = []
        for event in events.lazy.map(\.event) where event.changesState && known[event.stream] == nil {
            if let stream = streamIDs[event.stream] {
                known[event.stream] = stream
            } else if event.revision > 1 {
                unknown.insert(event.stream)
            }
        }
        if !unknown.isEmpty {
            let result = try await query(Self.findStreams, [.textArray(Array(unknown))])
            try decode { () throws(PostgresError) in
                for row in result {
                    known[try row.text(1)] = StreamIDs.Stream(id: try row.int8(0), revision: try row.int8(2))
                }
            }
        }
        return BatchStreams(events, known: known)
    }
}

/// The streams that a batch changes, and what they are once it is appended.
private struct BatchStreams {
    private(set) var known: [String: StreamIDs.Stream]
    /// A new stream's id is the position of its first event.
    private(set) var new: [(id: Int64, name: String)] = []
    /// Why the batch may not be appended, if the streams are as known. No index tells a revision that comes twice: what
    /// the log decides at its head is right, and this is a second look.
    private(set) var objection: String?

    init(_ events: [RecordedEvent], known: [String: StreamIDs.Stream]) {
        self.known = known
        for recorded in events where recorded.event.changesState {
            let (stream, revision) = (recorded.event.stream, recorded.event.revision)
            if let last = self.known[stream], revision > last.revision {
                self.known[stream]?.revision = revision
            } else if self.known[stream] == nil, revision == 1 {
                self.known[stream] = StreamIDs.Stream(id: recorded.position, revision: 1)
                new.append((recorded.position, stream))
            } else {
                objection = "\(stream): revision \(revision) is not next"
                return
            }
        }
    }
}

/// Stands for null where members are sent; no set of members has this value.
private let unknownMembers = Int16.min

/// The columns of a batch of events.
private struct AppendBatch {
    private let last: Timestamp
    private let count: Int
    private let columns: [PostgresValue]

    init(_ events: [RecordedEvent], _ streams: BatchStreams) {
        let targets = events.map { EventTarget($0.event) }
        (last, count) = (events.last?.recordedAt ?? Timestamp(microseconds: 0), events.count)
        columns = [
            .int8Array(streams.new.map(\.id)),
            .textArray(streams.new.map(\.name)),
            .timestampArray(events.map(\.recordedAt.microseconds)),
            .int8Array(events.map { $0.event.changesState ? streams.known[$0.event.stream]?.id ?? 0 : 0 }),
            .int8Array(events.map(\.event.revision)),
            .uuidArray(events.map { PostgresUUID(high: $0.event.callID.high, low: $0.event.callID.low) }),
            .int4Array(events.map { Int32(truncatingIfNeeded: $0.event.ordinal) }),
            .boolArray(events.map(\.event.isKeyframe)),
            .textArray(events.map(\.event.type)),
            .textArray(events.map { $0.event.changesState ? nil : $0.event.stream }),
            .textArray(events.map(\.event.caller.subject)),
            .textArray(events.map(\.event.caller.verb)),
            .textArray(targets.map(\.resource)),
            .textArray(targets.map(\.namespace)),
            .byteaArray(events.map(\.leaf)),
            .byteaArray(events.map(\.envelope)),
            .byteaArray(events.map(\.event.payload)),
            .int4Array(events.map { Int32(truncatingIfNeeded: $0.event.version) }),
            .int4Array(events.map { Int32(ChangedMembers($0.event)?.rawValue ?? unknownMembers) }),
        ]
    }

    func values(expected: LogHead, fence: Int64) -> [PostgresValue] {
        [
            .int8(Int64(count)), .timestamp(last.microseconds), .int8(expected.position), .int8(expected.term),
            .int8(fence),
        ] + columns
    }
}

extension PostgresEventLog {
    private static let readHead = PostgresStatement("head", "SELECT position, term, fence FROM log.head")

    private static let advanceTerm = PostgresStatement(
        "advance_term", "UPDATE log.head SET term = term + 1 WHERE term = $1 RETURNING position, term, fence")

    private static let raiseFence = PostgresStatement(
        "raise_fence", "UPDATE log.head SET fence = fence + 1 RETURNING position, term, fence")

    private static let findStreams = PostgresStatement(
        "find_streams",
        """
        SELECT s.id, s.name, (
            SELECT revision FROM log.events WHERE stream = s.id AND revision > 0 AND position >= s.id
                ORDER BY position DESC LIMIT 1)
        FROM log.streams s WHERE s.name = ANY($1)
        """)

    /// Moves the head if it is where the batch was decided, and with it writes the batch, all in one transaction.
    /// Returns a row if it did.
    private static let append = PostgresStatement(
        "append",
        """
        WITH moved AS (
            UPDATE log.head SET position = position + $1, recorded_at = $2
            WHERE position = $3 AND term = $4 AND fence = $5
            RETURNING position - $1 AS base
        ), named AS (
            INSERT INTO log.streams (id, name)
            SELECT s.id, s.name FROM moved, unnest($6::bigint[], $7::text[]) AS s (id, name)
        ), written AS (
            INSERT INTO log.events (position, recorded_at, stream, revision, call, ordinal, is_keyframe, type, subject,
                caller, verb, resource, namespace, leaf, envelope, payload, version, members)
            SELECT moved.base + e.place, e.recorded_at, e.stream, e.revision, e.call, e.ordinal, e.is_keyframe, e.type,
                e.subject, e.caller, e.verb, e.resource, e.namespace, e.leaf, e.envelope, e.payload,
                nullif(e.version, 1), nullif(e.members, \(unknownMembers))
            FROM moved, unnest($8::timestamptz[], $9::bigint[], $10::bigint[], $11::uuid[], $12::integer[],
                $13::boolean[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[],
                $20::bytea[], $21::bytea[], $22::bytea[], $23::integer[], $24::integer[]) WITH ORDINALITY
                AS e (recorded_at, stream, revision, call, ordinal, is_keyframe, type, subject, caller, verb, resource,
                    namespace, leaf, envelope, payload, version, members, place)
        )
        SELECT pg_notify('\(channel)', '') FROM moved
        """)

    private static let lookUp = PostgresStatement(
        "look_up", "SELECT position, envelope, payload FROM log.events WHERE call = $1 ORDER BY ordinal")
}
