import Domain
import EventLog
import KubeModel
import Postgres

extension PostgresEventLog {
    /// Reads ranges of positions, the next one while the last is being handed over. A range grows and shrinks with
    /// the bytes it brings.
    public func replay(after: Position, through: Position, _ body: @Sendable ([ReplayRow]) async throws -> Void)
        async throws
    {
        var names = StreamNames()
        var span = ReplaySpan()
        try await withThrowingTaskGroup(of: PostgresResult.self) { group in
            var start = after
            func fetch() {
                guard start < through else { return }
                let end = min(through, start + span.count)
                let range: [PostgresValue] = [.int8(start), .int8(end)]
                start = end
                group.addTask { try await self.query(Self.readRange, range) }
            }
            fetch()
            while let page = try await group.next() {
                span.adapt(to: page)
                fetch()
                let rows = try await self.rows(of: page, &names)
                if !rows.isEmpty { try await body(rows) }
            }
        }
    }

    private func rows(of page: PostgresResult, _ names: inout StreamNames) async throws(EventLogError) -> [ReplayRow] {
        let missing = try decode { () throws(PostgresError) in try names.missing(in: page) }
        if !missing.isEmpty {
            let found = try await query(Self.nameStreams, [.int8Array(missing)])
            try decode { () throws(PostgresError) in try names.insert(found) }
        }
        let archived = try await archived(in: page, payload: 6)
        let rows = try decode { () throws(PostgresError) in
            var rows: [ReplayRow] = []
            rows.reserveCapacity(page.count)
            for row in page { rows.append(try names.replayRow(row, archived)) }
            return rows
        }
        return try upcaster.present(rows)
    }

    private static let readRange = PostgresStatement(
        "read_range",
        """
        SELECT position, recorded_at, stream, revision, type, is_keyframe, payload, version
        FROM log.events WHERE position > $1 AND position <= $2 AND revision > 0 ORDER BY position
        """)

    private static let nameStreams = PostgresStatement(
        "name_streams", "SELECT id, name FROM log.streams WHERE id = ANY($1)")
}

/// How many positions to ask for at once, so that a page stays between 1 and 8 MB where it can.
private struct ReplaySpan {
    private(set) var count: Position = 2048

    mutating func adapt(to page: PostgresResult) {
        if page.byteCount > 8 << 20 { count = max(count / 4, 16) }
        if page.byteCount < 1 << 20 { count = min(count * 2, 32_768) }
    }
}

/// Names of the streams met in a replay, each kept once.
private struct StreamNames {
    private var names: [Int64: String] = [:]

    func missing(in page: PostgresResult) throws(PostgresError) -> [Int64] {
        var missing: Set<Int64> = []
        for row in page {
            let id = try row.int8(2)
            if names[id] == nil { missing.insert(id) }
        }
        return Array(missing)
    }

    mutating func insert(_ found: PostgresResult) throws(PostgresError) {
        for row in found { names[try row.int8(0)] = try row.text(1) }
    }

    func replayRow(_ row: PostgresRow, _ archived: [Position: ArchivedEvent]) throws(PostgresError) -> ReplayRow {
        let position = try row.int8(0)
        guard let stream = names[try row.int8(2)] else { throw .unexpectedResult("an event's stream has no name") }
        return ReplayRow(
            position: position, recordedAt: Timestamp(microseconds: try row.timestamp(1)), stream: stream,
            revision: try row.int8(3), type: try row.text(4), version: try row.version(7),
            isKeyframe: try row.bool(5), payload: try row.bytea(6, or: archived[position]?.payload))
    }
}
