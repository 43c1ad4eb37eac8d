import Domain
import EventLog
import KubeModel
import Postgres
import PostgresEventLog
import Testing

@Suite("Archived segments of the log in PostgreSQL")
struct ArchivedSegmentTests {
    @Test("the database keeps no bytes of an archived segment, and the log reads as before")
    func archived() async throws {
        let fixture = try await ArchivedFixture(segment: 8)
        var writer = Writer()
        let events = try await writer.append((0..<20).map { "pods/a/\($0 % 3)" }, to: fixture.log)
        #expect(
            try await fixture.log.segments() == [
                LogSegment(1...8, file: "file-1", sha256: ArchivedFixture.sha256),
                LogSegment(9...16, file: "file-9", sha256: ArchivedFixture.sha256), LogSegment(17...24),
                LogSegment(25...32),
            ])
        let superuser = PostgresConnection(fixture.fixture.superuser)
        let counts = try await superuser.execute(
            PostgresStatement("count", "SELECT count(envelope), count(payload), count(leaf) FROM log.events"))[0]
        #expect(try counts.int8(0) == 4 && counts.int8(1) == 4 && counts.int8(2) == 20)
        #expect(try await fixture.log.stored(after: 0, limit: 99) == events.map(StoredEvent.init))
        #expect(try await fixture.log.read(after: 6, limit: 4, filter: .all) == Array(events[6..<10]))
        try await writer.append((0..<9).map { "pods/b/\($0)" }, to: fixture.log)
        #expect(try await fixture.log.segments().filter { $0.file != nil }.count == 3)
    }

    @Test("without the archive, reads of it say what is missing, and all others go on")
    func withoutArchive() async throws {
        let fixture = try await ArchivedFixture(segment: 4)
        var writer = Writer()
        let events = try await writer.append((0..<10).map { "pods/a/\($0 % 3)" }, to: fixture.log)
        let log = fixture.fixture.log
        let missing = EventLogError.archiveMissing(
            "the events 5 to 8 are archived in file-5, and this program was not told where the archive is")
        await #expect(throws: missing) { try await log.read(after: 5, limit: 9, filter: .all) }
        await #expect(throws: missing) { try await log.stored(after: 5, limit: 1) }
        await #expect(throws: missing) { try await log.replay(after: 5, through: 7) { _ in } }
        await #expect(throws: EventLogError.self) { try await log.forms([StreamMoment("pods/a/1", at: 6)]) }
        #expect(try await log.read(after: 8, limit: 9, filter: .all) == Array(events[8...]))
        #expect(try await log.leaves(1...10) == events.map(\.leaf))
        #expect(try await log.liveStreams(prefix: "pods/", at: 3).count == 3)
        #expect(try await log.position(at: events[4].recordedAt) == 5)
    }

    @Test("what is open, no segment or archived already is not archived, and nothing changes")
    func refused() async throws {
        let fixture = try await ArchivedFixture(segment: 4)
        var writer = Writer()
        try await writer.append((0..<6).map { "pods/a/\($0)" }, to: fixture.log)
        let before = try await fixture.log.segments()
        for (range, file) in [(1...4, "again"), (5...8, "open"), (9...12, "ahead"), (2...5, "odd"), (13...16, "none")]
            as [(ClosedRange<Position>, String)]
        {
            let error = await #expect(throws: EventLogError.self, "\(file)") {
                try await fixture.owner.archive(LogSegment(range, file: file, sha256: ArchivedFixture.sha256))
            }
            guard case .refused = error else {
                Issue.record("\(file): \(String(describing: error))")
                continue
            }
        }
        #expect(try await fixture.log.segments() == before)
        #expect(try await fixture.log.read(after: 0, limit: 9, filter: .all).count == 6)
    }

    @Test("a segment that lacks an event keeps its bytes")
    func incomplete() async throws {
        let fixture = try await ArchivedFixture(segment: 4)
        let events = {
            var writer = Writer(); return (0..<6).map { writer.event("pods/a/\($0)") }
        }()
        #expect(try await fixture.log.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
        let superuser = PostgresConnection(fixture.fixture.superuser)
        for (index, sql) in [
            "ALTER TABLE log.events DISABLE TRIGGER ALL", "ALTER TABLE log.events_1 DISABLE TRIGGER ALL",
            "DELETE FROM log.events WHERE position = 3",
        ].enumerated() { _ = try await superuser.execute(PostgresStatement("step\(index)", sql)) }
        let error = await #expect(throws: EventLogError.self) { try await fixture.archiveFull() }
        #expect(error?.reason.contains("positions 1 to 4 have 3 events") == true, "\(String(describing: error))")
        #expect(try await fixture.log.read(after: 0, limit: 9, filter: .all).count == 5)
    }

    @Test("edits of archived rows are refused like all others")
    func editsRefused() async throws {
        let fixture = try await ArchivedFixture(segment: 4)
        var writer = Writer()
        try await writer.append((0..<6).map { "pods/a/\($0)" }, to: fixture.log)
        let before = try await fixture.log.stored(after: 0, limit: 9)
        let (superuser, server) = (fixture.fixture.superuser, fixture.fixture.cluster)
        let sessions = [
            (superuser, "SET ROLE purser_owner"), (superuser, "SET session_replication_role = replica"),
            (server.conninfo(database: fixture.fixture.database, user: "purser"), "SET ROLE purser_server"),
        ]
        for (conninfo, setup) in sessions {
            let connection = PostgresConnection(conninfo, setup: [setup])
            for table in ["log.events", "log.events_1"] {
                for (index, sql) in [
                    "UPDATE \(table) SET leaf = sha256('x') WHERE position = 2",
                    "DELETE FROM \(table) WHERE position = 2", "TRUNCATE \(table)",
                ].enumerated() {
                    let error = await #expect(throws: PostgresError.self, "\(setup): \(sql)") {
                        _ = try await connection.execute(PostgresStatement("\(table)\(index)", sql))
                    }
                    #expect(["42501", "55000"].contains(error?.sqlState), "\(setup): \(String(describing: error))")
                }
            }
        }
        #expect(try await fixture.log.stored(after: 0, limit: 9) == before)
    }

    @Test("appends go on while a segment waits to be archived, and no reader sees it without its bytes")
    func whileInUse() async throws {
        let fixture = try await ArchivedFixture(segment: 4)
        var writer = Writer()
        let events = (0..<6).map { _ in writer.event("pods/a/1") }
        let start = LogHead(position: 0, term: 1)
        #expect(try await fixture.log.append(events, expected: start) == .appended)
        let reader = try await reader(of: fixture, name: "psql")
        async let archiving: Void = fixture.archiveFull()
        let more = (0..<6).map { _ in writer.event("pods/a/1") }
        #expect(try await fixture.log.append(more, expected: LogHead(position: 6, term: 1)) == .appended)
        #expect(try await fixture.log.segments()[0].file == nil)
        reader.close()
        try await archiving
        #expect(try await fixture.log.segments()[0].file == "file-1")
        #expect(try await fixture.log.read(after: 0, limit: 99, filter: .all) == events + more)
    }

    @Test("a reader that goes on for too long is named, and nothing changes before it has ended")
    func busy() async throws {
        let fixture = try await ArchivedFixture(segment: 4)
        var writer = Writer()
        let events = (0..<6).map { writer.event("pods/a/\($0)") }
        #expect(try await fixture.log.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
        let before = try await fixture.log.segments()
        let reader = try await reader(of: fixture, name: "pg_dump")
        let error = await #expect(throws: EventLogError.self) { try await fixture.archiveFull(patience: .zero) }
        guard case .busy(let reason) = error else { throw error ?? .refused("it was archived") }
        #expect(reason.contains(/^the segment 1 to 4 was not archived: pg_dump \(process \d+ of the database\) has/))
        #expect(try await fixture.log.segments() == before)
        #expect(try await fixture.fixture.log.stored(after: 0, limit: 9) == events.map(StoredEvent.init))
        reader.close()
        try await fixture.archiveFull()
        #expect(try await fixture.log.segments()[0].file == "file-1")
    }

    /// A session with a transaction that read the log and is not over.
    private func reader(of fixture: ArchivedFixture, name: String) async throws -> PostgresConnection {
        let reader = PostgresConnection(
            "\(fixture.fixture.superuser) application_name=\(name)", setup: ["BEGIN", "SELECT FROM log.events"])
        _ = try await reader.execute(PostgresStatement("hold", "SELECT 1"))
        return reader
    }

    @Test("plain SQL shows who did what to which object in an archived segment, and no payload")
    func plainSQL() async throws {
        let fixture = try await ArchivedFixture(segment: 4)
        var writer = Writer()
        try await writer.append(["configmaps/a/1", "(pods/a)", "nodes/n", "pods/a/2", "pods/a/2"], to: fixture.log)
        let rows = try await PostgresConnection(fixture.fixture.superuser).execute(
            PostgresStatement(
                "history",
                """
                SELECT concat_ws(' ', position, resource, namespace, name, revision, type, caller, verb, payload)
                FROM purser.history ORDER BY position
                """))
        #expect(
            try rows.map { try $0.text(0) } == [
                "1 configmaps a 1 1 ConfigMapUpdated kubernetes-admin update",
                "2 pods  a 0 CallServed kubernetes-admin get",
                "3 nodes  n 1 ConfigMapUpdated kubernetes-admin update",
                "4 pods a 2 1 ConfigMapUpdated kubernetes-admin update",
                "5 pods a 2 2 ConfigMapUpdated kubernetes-admin update \"\"",
            ])
    }
}
