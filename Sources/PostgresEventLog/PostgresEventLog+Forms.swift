import Domain
import EventLog
import KubeModel
import Postgres

/// Objects of the past.
extension PostgresEventLog {
    public func forms(_ moments: [StreamMoment]) async throws(EventLogError) -> [[ReplayRow]] {
        try await moments.concurrentFlatMap(chunk: Self.formsAtOnce) { (moments) async throws(EventLogError) in
            try await self.forms(of: moments)
        }
    }

    private func forms(of moments: [StreamMoment]) async throws(EventLogError) -> [[ReplayRow]] {
        let parts = try await parts(of: moments)
        let result = try await query(
            Self.readParts, [.int8Array(parts.map(\.stream)), .int8Array(parts.map(\.position))])
        let archived = try await archived(in: result, position: 1, payload: 7)
        var forms = try decode { () throws(PostgresError) in
            var forms: [[ReplayRow]] = Array(repeating: [], count: moments.count)
            for row in result {
                let (moment, position) = (parts[Int(try row.int8(0)) - 1].moment, try row.int8(1))
                forms[moment].append(
                    ReplayRow(
                        position: position, recordedAt: Timestamp(microseconds: try row.timestamp(2)),
                        stream: moments[moment].stream, revision: try row.int8(3), type: try row.text(4),
                        version: try row.version(5), isKeyframe: try row.bool(6),
                        payload: try row.bytea(7, or: archived[position]?.payload)))
            }
            return forms
        }
        for index in forms.indices { forms[index] = try upcaster.present(forms[index]) }
        return forms
    }

    /// An event that has a part in an object at a moment, as the index alone tells it.
    private struct Part {
        var moment: Int
        var stream: Int64
        var position: Position
        var revision: Revision
        var members: ChangedMembers?

        init(_ row: PostgresRow) throws(PostgresError) {
            moment = Int(try row.int8(0)) - 1
            (stream, position, revision) = (try row.int8(1), try row.int8(2), try row.int8(3))
            members = try row.members(4)
        }
    }

    /// Of all events since the last revision that must be a keyframe those whose payloads are needed, in order.
    private func parts(of moments: [StreamMoment]) async throws(EventLogError) -> [Part] {
        let result = try await query(
            Self.findParts, [.textArray(moments.map(\.stream)), .int8Array(moments.map(\.position))])
        let all = try decode { () throws(PostgresError) in
            var all: [Part] = []
            all.reserveCapacity(result.count)
            for row in result { all.append(try Part(row)) }
            return all
        }
        var (parts, rest) = ([Part](), all[...])
        while let first = rest.first {
            let run = rest.prefix { $0.moment == first.moment }
            rest = rest.dropFirst(run.count)
            if let last = run.last, last.revision - first.revision != Revision(run.count - 1) {
                throw .corrupt("\(moments[last.moment].stream): events before position \(last.position) are missing")
            }
            parts += zip(run, ChangedMembers.parts(run.map(\.members))).filter { $0.1 }.map { $0.0 }
        }
        return parts
    }

    /// More streams than these are read over several connections: their events lie far from each other, so that most of
    /// the time goes into fetching pages.
    private static let formsAtOnce = 50

    private static let findParts = PostgresStatement(
        "find_parts",
        """
        SELECT m.place, newest.id, e.position, e.revision, e.members::integer
        FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS m (name, position, place),
            LATERAL (
                SELECT s.id, e.position, e.revision, e.revision % \(ClusterState.keyframeInterval) AS changes
                FROM log.streams s, LATERAL (
                    SELECT position, revision FROM log.events
                    WHERE stream = s.id AND revision > 0 AND position >= s.id AND position <= m.position
                    ORDER BY position DESC LIMIT 1) e
                WHERE s.name = m.name) newest,
            LATERAL (
                SELECT position, revision, members FROM log.events
                WHERE stream = newest.id AND revision > 0 AND position >= newest.id AND position <= newest.position
                ORDER BY position DESC LIMIT newest.changes + 1) e
        WHERE e.revision >= newest.revision - newest.changes
        ORDER BY m.place, e.position
        """)

    private static let readParts = PostgresStatement(
        "read_parts",
        """
        SELECT part.place, e.position, e.recorded_at, e.revision, e.type, e.version, e.is_keyframe, e.payload
        FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS part (stream, position, place), log.events e
        WHERE e.stream = part.stream AND e.position = part.position AND e.revision > 0
        ORDER BY part.place
        """)
}
