import Domain
import EventLog
import Merkle
import Postgres
import PostgresEventLog
import PostgresTesting
import Testing

@testable import LogBackup

@Suite("A copy of a log's beginning")
struct LogCopyTests {
    @Test("in PostgreSQL it has the same bytes, the same tree and the term after the last one taken")
    func copied() async throws {
        let original = try await Original(events: 40)
        let cluster = try PostgresCluster.shared.get()
        let log = PostgresEventLog(
            cluster.conninfo(database: try await cluster.database(Migration.all), user: "purser"))
        defer { log.close() }
        try await LogCopy(of: original.log).write(through: 23, into: log)
        let stored = try await log.stored(after: 0, limit: 100)
        #expect(stored == (try await original.log.stored(after: 0, limit: 23)))
        #expect(try await log.head() == LogHead(position: 23, term: 5))
        let leaves = try await log.leaves(1...23)
        let expected = try await original.log.leaves(1...23)
        #expect(Merkle.root(of: leaves[...]) == Merkle.root(of: expected[...]))
        let error = await #expect(throws: BackupError.self) {
            try await LogCopy(of: original.log).write(through: 23, into: log)
        }
        #expect(error?.description.contains("holds 23 events") == true)
    }

    private static let contradictions: [(change: @Sendable (inout RecordedEvent) -> Void, words: String)] = [
        ({ $0.event.payload = Array("{}".utf8) }, "payloadMismatch(7)"),
        ({ $0.leaf[0] ^= 1 }, "columns differ from the envelope"),
        ({ $0.event.type = "ConfigMapDeleted" }, "columns differ from the envelope"),
        ({ $0.envelope.append(0x20) }, "columns differ from the envelope"),
    ]

    @Test("a source that is shorter than it says, or contradicts itself, is no source")
    func torn() async throws {
        let original = try await Original(events: 10)
        await #expect(throws: BackupError("position 11: the event is missing")) {
            try await LogCopy(of: original.log).write(through: 12, into: InMemoryEventLog())
        }
        for (change, words) in Self.contradictions {
            var events = try await original.log.read(after: 0, limit: 10, filter: .all)
            change(&events[6])
            let (source, target) = (InMemoryEventLog(), InMemoryEventLog())
            #expect(try await source.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
            await #expect(throws: BackupError("position 7: \(words)")) {
                try await LogCopy(of: source).write(through: 10, into: target)
            }
            #expect(try await target.head().position == 0)
        }
    }
}
