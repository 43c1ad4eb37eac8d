import APIServer
import EventLog
import KubeModel
import LogBackup
import Postgres
import PostgresEventLog
import PostgresTesting
import Testing

@testable import PurserCommands

@Suite("A database that is filled with a log") struct NewDatabaseTests {
    /// A database in which nothing ever was.
    private func empty(_ cluster: PostgresTesting.PostgresCluster) async throws -> String {
        let name = "empty_\(UInt32.random(in: 0 ... .max))"
        let admin = PostgresConnection(cluster.conninfo())
        defer { admin.close() }
        _ = try await admin.execute(PostgresStatement("create", "CREATE DATABASE \(name)"))
        return cluster.conninfo(database: name)
    }

    @Test("only an empty one is, and never the one that is read")
    func onlyEmpty() async throws {
        let cluster = try PostgresTesting.PostgresCluster.shared.get()
        let log = try await PastLog.make()
        let conninfo = try await empty(cluster)
        let target = NewDatabase(conninfo: conninfo)
        let same = await #expect(throws: CommandError.self) { try await target.prepare(source: conninfo) }
        #expect(same?.message.contains("very one") == true)

        try await target.prepare()
        // A second attempt, after one that made the tables only.
        try await target.prepare()
        let state = try await target.fill(through: 4) { try await LogCopy(of: log).write(through: 4, into: $0) }
        try await target.writeReadTables(of: state)
        let connection = PostgresConnection(conninfo)
        defer { connection.close() }
        let rows = try await connection.execute(
            PostgresStatement("rows", "SELECT name FROM purser.desired_state ORDER BY name"))
        #expect(try rows.map { try $0.text(0) } == ["c", "s", "shop"])
        let full = await #expect(throws: CommandError.self) { try await target.prepare() }
        #expect(full?.message.contains("holds a log") == true && full?.status == .conflict)

        let other = try await empty(cluster)
        let stranger = PostgresConnection(other)
        defer { stranger.close() }
        _ = try await stranger.execute(PostgresStatement("make", "CREATE TABLE orders (id int)"))
        let foreign = await #expect(throws: CommandError.self) { try await NewDatabase(conninfo: other).prepare() }
        #expect(foreign?.message.contains("something else") == true)
        let tables = try await stranger.execute(PostgresStatement("tables", "SELECT to_regclass('log.head') IS NULL"))
        #expect(try tables[0].bool(0))
    }

    @Test("a moment is a position of the log, a time or an age, or an error says what there is")
    func moments() async throws {
        let log = try await PastLog.make()
        #expect(try await AsOf("3").position(in: log) == 3)
        let now = try #require(Timestamp(rfc3339: "2028-01-01T00:00:00Z"))
        #expect(try await AsOf("2027-01-15T08:00:01Z").position(in: log, now: now) == 2)
        #expect(try await AsOf("1d").position(in: log, now: now) == 5)
        for text in ["0", "6", "2001-01-01T00:00:00Z", "2028-01-01T00:00:01Z"] {
            let error = await #expect(throws: CommandError.self) { try await AsOf(text).position(in: log, now: now) }
            #expect(error?.status == .notFound)
        }
    }
}
