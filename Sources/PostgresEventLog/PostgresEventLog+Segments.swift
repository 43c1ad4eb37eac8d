import Domain
import EventLog
import Postgres

/// Up to where the table's partitions go.
struct SegmentRoom: Sendable {
    /// Up to here there is one more segment ahead.
    var ahead: Position
    /// The end of the last one.
    var end: Position
}

extension PostgresEventLog {
    public func segments() async throws(EventLogError) -> [LogSegment] {
        let result = try await query(Self.readSegments, [])
        return try decode { () throws(PostgresError) in
            var segments: [LogSegment] = []
            for row in result {
                var segment = LogSegment(try row.int8(0)...(try row.int8(1)))
                if !row.isNull(2) { (segment.file, segment.sha256) = (try row.text(2), try row.bytea(3)) }
                segments.append(segment)
            }
            return segments
        }
    }

    /// Sees to it that positions up to one have a partition. It asks once a segment and is one segment early, so that
    /// an append does without where the database has no time for it.
    func makeRoom(through position: Position) async throws(EventLogError) {
        let room = room.withLock { $0 }
        guard position > room.ahead else { return }
        do {
            let result = try await write(Self.extend, [.int8(position)])
            let made = try decode { () throws(PostgresError) in
                SegmentRoom(ahead: try result[0].int8(0), end: try result[0].int8(1))
            }
            self.room.withLock { $0 = made }
        } catch {
            if position > room.end { throw error }
        }
    }

    private static let readSegments = PostgresStatement(
        "read_segments", "SELECT first, last, file, sha256 FROM log.segments ORDER BY first")

    private static let extend = PostgresStatement("extend", "SELECT ahead, room FROM log.extend($1)")
}
