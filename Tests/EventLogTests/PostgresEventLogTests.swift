import Domain
import EventLog
import Foundation
import KubeModel
import Postgres
import PostgresEventLog
import PostgresTesting
import Testing

@Suite("The log in PostgreSQL")
struct PostgresEventLogTests {
    @Test("the program carries exactly what lies in migrations/")
    func embeddedMigrations() throws {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appendingPathComponent("migrations")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".sql") }
        #expect(Migration.all.map(\.name) == names.sorted())
        for migration in Migration.all {
            let file = try String(contentsOf: folder.appendingPathComponent(migration.name), encoding: .utf8)
            #expect(migration.sql + "\n" == file, "run tools/embed-migrations")
        }
    }

    static let edits = tables.flatMap { table in
        [
            "UPDATE log.\(table) SET \(columns[table] ?? "")", "DELETE FROM log.\(table)", "TRUNCATE log.\(table)",
        ]
    }
    private static let tables = [
        "events", "events_1", "events_5", "streams", "tiles", "checkpoints", "cosignatures", "head",
    ]
    private static let columns = [
        "events": "payload = ''", "events_1": "payload = ''", "events_5": "payload = ''",
        "streams": "name = name || 'x'", "tiles": "index = index + 1",
        "checkpoints": "note = ''", "cosignatures": "line = ''",
        "head": "position = position - 1",
    ]

    @Test(
        "UPDATE, DELETE and TRUNCATE are refused to the server, to the owner and, by the triggers, to a superuser",
        arguments: edits)
    func editsRefused(_ sql: String) async throws {
        let fixture = try await PostgresFixture(segment: sql.contains("events_5") ? 4 : nil)
        var writer = Writer()
        try await writer.append((1...6).map { "pods/a/\($0)" }, to: fixture.log)
        try await fixture.log.store(tile: [UInt8](repeating: 0, count: 8192), level: 0, index: 0)
        try await fixture.log.store(checkpoint: [1], size: 1, at: Timestamp(seconds: 1))
        try await fixture.log.store(cosignature: "line", of: "witness", size: 1)
        let before = try await fixture.log.stored(after: 0, limit: 9)
        let sessions: [(user: String, setup: String)] = [
            ("purser", "SET ROLE purser"), ("purser", "SET ROLE purser_server"), ("postgres", "SET ROLE purser_owner"),
            ("postgres", "SET session_replication_role = replica"),
        ]
        for session in sessions {
            let connection = PostgresConnection(
                fixture.cluster.conninfo(database: fixture.database, user: session.user), setup: [session.setup])
            let error = await #expect(throws: PostgresError.self, "\(session): \(sql)") {
                _ = try await connection.execute(PostgresStatement("edit", sql))
            }
            #expect(["42501", "55000"].contains(error?.sqlState), "\(session): \(String(describing: error))")
        }
        #expect(try await fixture.log.stored(after: 0, limit: 9) == before)
    }

    @Test("the server's login cannot become the owner, and the owner cannot log in")
    func roles() async throws {
        let fixture = try await PostgresFixture()
        let server = PostgresConnection(fixture.cluster.conninfo(database: fixture.database, user: "purser"))
        let error = await #expect(throws: PostgresError.self) {
            _ = try await server.execute(PostgresStatement("become", "SET ROLE purser_owner"))
        }
        #expect(error?.sqlState == "42501")
        let owner = PostgresConnection(fixture.cluster.conninfo(database: fixture.database, user: "purser_owner"))
        await #expect(throws: PostgresError.self) { _ = try await owner.execute(PostgresStatement("one", "SELECT 1")) }
    }

    @Test(
        "two writers make one order: each event of both is there once, over whatever segments",
        arguments: [nil, 4] as [Int64?])
    func twoWriters(segment: Int64?) async throws {
        let fixture = try await PostgresFixture(segment: segment)
        let conninfo = fixture.cluster.conninfo(database: fixture.database, user: "purser")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in ["a", "b"] {
                group.addTask {
                    let log = PostgresEventLog(conninfo)
                    defer { log.close() }
                    var (done, expected, calls) = (0, LogHead(position: 0, term: 1), UInt64(0))
                    while done < 50 {
                        calls += 1
                        let event = Event(
                            stream: "pods/\(name)/1", revision: Revision(done + 1), type: "PodUpdated",
                            isKeyframe: false, payload: Array("{}".utf8), caller: Caller(subject: name),
                            callID: CallID(high: name == "a" ? 1 : 2, low: calls), ordinal: 0)
                        // One time for all: two clocks are the sequencers' matter.
                        let record = Envelope.record(
                            event, position: expected.position + 1, recordedAt: Timestamp(seconds: 1_795_000_000))
                        do throws(EventLogError) {
                            switch try await log.append([record], expected: expected) {
                            case .appended: (done, expected.position) = (done + 1, expected.position + 1)
                            case .stale(let head): expected = head
                            }
                        } catch .unavailable {
                            // The other one was making room, for longer than this one waits: nothing was written.
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let events = try await fixture.log.read(after: 0, limit: 1000, filter: .all)
        #expect(events.map(\.position) == Array(1...100))
        for name in ["a", "b"] {
            #expect(events.filter { $0.event.stream == "pods/\(name)/1" }.map(\.event.revision) == Array(1...50))
        }
    }

    @Test("an append whose connection is lost while it waits is of unknown outcome, and the look-up is final")
    func lostWhileAppending() async throws {
        let fixture = try await PostgresFixture()
        var writer = Writer()
        try await writer.append(["pods/a/1"], to: fixture.log)
        let expected = writer.head
        let event = writer.event("pods/a/1")
        // Another session holds the head's row, so that the append waits for it.
        let blocker = PostgresConnection(fixture.superuser, setup: ["BEGIN", "SELECT 1 FROM log.head FOR UPDATE"])
        _ = try await blocker.execute(PostgresStatement("hold", "SELECT 1"))
        let append = Task { try await fixture.log.append([event], expected: expected) }
        let observer = PostgresConnection(fixture.superuser)
        let waiting = PostgresStatement(
            "waiting",
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'purser' AND wait_event_type = 'Lock'"
        )
        var pid: Int32?
        while pid == nil { pid = try await observer.execute(waiting).first?.int4(0) }
        _ = try await observer.execute(
            PostgresStatement("kill", "SELECT pg_terminate_backend($1)"), [.int4(try #require(pid))])
        let error = await #expect(throws: EventLogError.self) { _ = try await append.value }
        guard case .outcomeUnknown = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
        blocker.close()
        #expect(try await fixture.log.lookUp(event.event.callID) == [])
        #expect(try await fixture.log.append([event], expected: expected) == .appended)
        #expect(try await fixture.log.lookUp(event.event.callID) == [event])
    }

    @Test("a look-up shuts out an append that was decided before and arrives later")
    func lateOrphan() async throws {
        let fixture = try await PostgresFixture()
        var writer = Writer()
        try await writer.append(["pods/a/1"], to: fixture.log)
        // A second adapter that read the head's fence before the look-up stands for the orphan's connection.
        let orphan = PostgresEventLog(fixture.cluster.conninfo(database: fixture.database, user: "purser"))
        defer { orphan.close() }
        _ = try await orphan.append([], expected: writer.head)
        let fenceBefore = try await fence(fixture)
        let event = writer.event("pods/a/1")
        #expect(try await fixture.log.lookUp(event.event.callID) == [])
        #expect(try await fence(fixture) == fenceBefore + 1)
        // The orphan's statement as it was sent, with the old fence: it finds no head to move.
        let late = try await PostgresConnection(fixture.superuser).execute(
            PostgresStatement("late", "UPDATE log.head SET position = position + 1 WHERE position = 1 AND fence = $1"),
            [.int8(fenceBefore)])
        #expect(late.affectedRows == 0)
        // A live adapter with an old fence reads the new one and appends all the same.
        let expected = LogHead(position: 1, term: 1)
        #expect(try await orphan.append([event], expected: expected) == .appended)
    }

    private func fence(_ fixture: PostgresFixture) async throws -> Int64 {
        try await PostgresConnection(fixture.superuser).execute(
            PostgresStatement("fence", "SELECT fence FROM log.head"))[0]
            .int8(0)
    }

    @Test("an object that lacks an event is damaged, not another object; one whose members were not noted is the same")
    func missingEvent() async throws {
        let fixture = try await PostgresFixture()
        var writer = Writer()
        let events = (0..<9).map { _ in writer.event("pods/a/1") }
        #expect(try await fixture.log.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
        let superuser = PostgresConnection(fixture.superuser)
        func edit(_ sql: String) async throws {
            _ = try await superuser.execute(PostgresStatement(sql, sql))
        }
        try await edit("ALTER TABLE log.events_1 DISABLE TRIGGER ALL")
        try await edit("ALTER TABLE log.events DISABLE TRIGGER ALL")
        try await edit("UPDATE log.events SET members = NULL")
        let form = try await fixture.log.forms([StreamMoment("pods/a/1", at: 9)])
        #expect(form.map { $0.map(\.revision) } == [Array(1...9)])
        try await edit("DELETE FROM log.events WHERE position = 5")
        let error = await #expect(throws: EventLogError.self) {
            try await fixture.log.forms([StreamMoment("pods/a/1", at: 9)])
        }
        #expect(error == .corrupt("pods/a/1: events before position 9 are missing"))
        #expect(try await fixture.log.forms([StreamMoment("pods/a/1", at: 4)])[0].count == 4)
    }

    @Test("older snapshots get sparser with age")
    func snapshotsThin() async throws {
        let fixture = try await PostgresFixture()
        for position in stride(from: Position(100), through: 10_000, by: 100) {
            try await fixture.log.store(snapshot: [1], position: position)
        }
        let count = try await PostgresConnection(fixture.superuser).execute(
            PostgresStatement("count", "SELECT count(*) FROM log.snapshots"))[0].int8(0)
        #expect(count <= 16)
        #expect(try await fixture.log.latestSnapshot(through: 9_950)?.position == 9_900)
    }
}

@Suite("A PostgreSQL that goes away")
struct PostgresRestartTests {
    @Test("after a crash of the server the same log goes on, and nothing acknowledged is lost")
    func restart() async throws {
        let cluster = try PostgresCluster()
        let database = try await cluster.database(Migration.all)
        let log = PostgresEventLog(cluster.conninfo(database: database, user: "purser"))
        var writer = Writer()
        let events = try await writer.append(["pods/a/1", "pods/a/2"], to: log)
        try cluster.stop(mode: "immediate")
        let next = writer
        await #expect(throws: EventLogError.self) {
            var writer = next
            try await writer.append(["pods/a/1"], to: log)
        }
        await #expect(throws: EventLogError.self) { _ = try await log.head() }
        try cluster.start()
        #expect(try await log.read(after: 0, limit: 9, filter: .all) == events)
        #expect(try await log.lookUp(events[0].event.callID) == [events[0]])
        try await writer.append(["pods/a/1"], to: log)
        #expect(try await log.head().position == 3)
        log.close()
    }
}
