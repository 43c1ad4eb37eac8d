import Domain
import EventLog
import KubeModel
import Postgres
import PostgresEventLog
import PostgresTesting
import Testing

@Suite("Segments of the log in PostgreSQL")
struct SegmentTests {
    @Test("the table has a segment for every event and always one ahead, each of one node of the tree")
    func ahead() async throws {
        let fixture = try await PostgresFixture(segment: 8)
        #expect(try await fixture.log.segments() == [LogSegment(1...8)])
        var writer = Writer()
        try await writer.append(["pods/a/1"], to: fixture.log)
        #expect(try await fixture.log.segments() == [LogSegment(1...8), LogSegment(9...16)])
        try await writer.append((0..<7).map { "pods/a/\($0 + 2)" }, to: fixture.log)
        #expect(try await fixture.log.segments().last == LogSegment(9...16))
        try await writer.append((0..<30).map { "pods/b/\($0)" }, to: fixture.log)
        #expect(
            try await fixture.log.segments()
                == stride(from: 1, to: 48, by: 8).map { LogSegment(Position($0)...Position($0 + 7)) })
        #expect(try await fixture.log.read(after: 0, limit: 99, filter: .all).map(\.position) == Array(1...38))
    }

    @Test("an append goes on where making room would have to wait, as long as there is some")
    func noTimeForRoom() async throws {
        let fixture = try await PostgresFixture(segment: 4)
        var writer = Writer()
        try await writer.append(["pods/a/1", "pods/a/2"], to: fixture.log)
        let blocker = PostgresConnection(
            fixture.superuser, setup: ["BEGIN", "LOCK TABLE log.events IN SHARE UPDATE EXCLUSIVE MODE"])
        _ = try await blocker.execute(PostgresStatement("hold", "SELECT 1"))
        try await writer.append((3...8).map { "pods/a/\($0)" }, to: fixture.log)
        let (last, expected) = (writer.event("pods/a/9"), LogHead(position: 8, term: 1))
        let error = await #expect(throws: EventLogError.self) {
            _ = try await fixture.log.append([last], expected: expected)
        }
        guard case .unavailable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        blocker.close()
        #expect(try await fixture.log.append([last], expected: expected) == .appended)
        #expect(try await fixture.log.segments().last == LogSegment(13...16))
    }

    @Test("a segment that is being vacuumed keeps no room from being made")
    func roomBesideVacuum() async throws {
        let fixture = try await PostgresFixture(segment: 4)
        var writer = Writer()
        let blocker = PostgresConnection(
            fixture.superuser, setup: ["BEGIN", "LOCK TABLE log.events_1 IN SHARE UPDATE EXCLUSIVE MODE"])
        _ = try await blocker.execute(PostgresStatement("hold", "SELECT 1"))
        for pod in 1...20 { try await writer.append(["pods/a/\(pod)"], to: fixture.log) }
        #expect(try await fixture.log.segments().last == LogSegment(21...24))
        blocker.close()
    }

    static let forbidden = [
        "ALTER TABLE log.events DETACH PARTITION log.events_1",
        "ALTER TABLE log.events ATTACH PARTITION log.events_1 FOR VALUES FROM (1) TO (9)",
        "CREATE TABLE log.events_99 PARTITION OF log.events FOR VALUES FROM (99) TO (100)",
        "ALTER TABLE log.events_1 DISABLE TRIGGER ALL", "DROP TABLE log.events_1", "SELECT * FROM log.events_1",
        "INSERT INTO log.events_1 SELECT * FROM log.events", "UPDATE log.segments SET last = last",
        "DELETE FROM log.segments", "UPDATE log.segment_size SET events = 4", "SELECT log.set_segment_size(4)",
        "SELECT log.guard('log.events')", "SELECT log.prepare_archived(1)",
        "SELECT log.archive_segment(1, 'file', sha256('x'))",
    ]

    @Test("a server can neither touch a partition nor move one")
    func serverForbidden() async throws {
        let fixture = try await PostgresFixture(segment: 4)
        var writer = Writer()
        try await writer.append(["pods/a/1"], to: fixture.log)
        for role in ["purser", "purser_server"] {
            let server = PostgresConnection(
                fixture.cluster.conninfo(database: fixture.database, user: "purser"), setup: ["SET ROLE \(role)"])
            for (index, sql) in Self.forbidden.enumerated() {
                let error = await #expect(throws: PostgresError.self) {
                    _ = try await server.execute(PostgresStatement("try\(index)", sql))
                }
                #expect(error?.sqlState == "42501", "\(sql): \(String(describing: error))")
            }
        }
    }

    @Test("a server cannot make partitions without end, and a log with events keeps its segments")
    func bounds() async throws {
        let fixture = try await PostgresFixture(segment: 4)
        var writer = Writer()
        try await writer.append(["pods/a/1"], to: fixture.log)
        for (user, sql) in [
            ("purser", "SELECT log.extend(9999999)"), ("postgres", "SELECT log.set_segment_size(8)"),
        ] {
            let error = await #expect(throws: PostgresError.self) {
                _ = try await PostgresConnection(
                    fixture.cluster.conninfo(database: fixture.database, user: user)
                ).execute(PostgresStatement("bound", sql))
            }
            #expect(error?.sqlState == "55000")
        }
        #expect(try await fixture.log.segments().count == 2)
    }

    @Test("a revision that comes twice is refused across segments, and by a server that has just started")
    func revisionTwice() async throws {
        let fixture = try await PostgresFixture(segment: 4)
        var writer = Writer()
        try await writer.append((0..<20).map { "pods/a/\($0 % 2)" }, to: fixture.log)
        let expected = writer.head
        writer.revisions["pods/a/1"] = 9
        let event = writer.event("pods/a/1")
        let fresh = PostgresEventLog(fixture.cluster.conninfo(database: fixture.database, user: "purser"))
        defer { fresh.close() }
        for log in [fixture.log, fresh] {
            await #expect(throws: EventLogError.refused("pods/a/1: revision 10 is not next")) {
                _ = try await log.append([event], expected: expected)
            }
        }
        let stale = LogHead(position: 19, term: 1)
        #expect(try await fixture.log.append([], expected: stale) == .stale(expected))
    }

    @Test("a log of the version before becomes the first segment, with every event as it was")
    func migrated() async throws {
        let cluster = try PostgresCluster.shared.get()
        let database = try await cluster.database(Migration.all.filter { $0.name < "0006" })
        let owner = PostgresConnection(cluster.conninfo(database: database), setup: ["SET ROLE purser_owner"])
        var writer = Writer()
        let events = (0..<40).map { writer.event($0 % 3 == 0 ? "pods/a/r" : "pods/a/\($0 % 5)", isRead: $0 % 3 == 0) }
        try await Self.write(events, to: owner)
        #expect(
            try await Migrator(cluster.conninfo(database: database), migrations: Migration.all).migrate().count >= 1)

        let log = PostgresEventLog(cluster.conninfo(database: database, user: "purser"))
        defer { log.close() }
        let stored = try await log.stored(after: 0, limit: 99)
        #expect(stored.count == events.count && zip(stored, events).allSatisfy { $0.isCopy(of: $1) })
        try await writer.append(["pods/a/1", "pods/a/9"], to: log)
        #expect(try await log.segments() == [LogSegment(1...1_048_576), LogSegment(1_048_577...2_097_152)])
        let stream = try await log.readStream("pods/a/1", after: 0, through: 99, limit: 99, newestFirst: true)
        #expect(stream.map(\.position) == [41, 32, 27, 17, 12, 2])
        let found = try await log.find(
            EventQuery(.object("pods/a/r"), includesReads: true), after: 0, through: 99, limit: 99, newestFirst: false)
        #expect(found.events.count == 14)
    }

    /// As version 5 stored them.
    private static func write(_ events: [RecordedEvent], to owner: PostgresConnection) async throws {
        var ids: [String: Int64] = [:]
        for event in events.map(StoredEvent.init) {
            let isState = event.revision > 0
            if event.revision == 1 {
                ids[event.stream] = event.position
                _ = try await owner.execute(
                    PostgresStatement("stream", "INSERT INTO log.streams VALUES ($1, $2)"),
                    [.int8(event.position), .text(event.stream)])
            }
            _ = try await owner.execute(
                PostgresStatement(
                    "event",
                    """
                    INSERT INTO log.events (position, recorded_at, stream, revision, call, ordinal, is_keyframe, type,
                        subject, caller, verb, resource, namespace, leaf, envelope, payload)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                    """),
                [
                    .int8(event.position), .timestamp(event.recordedAt.microseconds),
                    .int8(isState ? ids[event.stream] ?? 0 : 0), .int8(event.revision),
                    .uuid(PostgresUUID(high: event.callID.high, low: event.callID.low)), .int4(Int32(event.ordinal)),
                    .bool(event.isKeyframe), .text(event.type), isState ? .null : .text(event.stream),
                    .text(event.caller), .text(event.verb), .text(event.target.resource),
                    .text(event.target.namespace), .bytea(event.leaf), .bytea(event.envelope), .bytea(event.payload),
                ])
        }
        guard let last = events.last else { return }
        _ = try await owner.execute(
            PostgresStatement("head", "UPDATE log.head SET position = $1, recorded_at = $2"),
            [.int8(last.position), .timestamp(last.recordedAt.microseconds)])
    }
}
