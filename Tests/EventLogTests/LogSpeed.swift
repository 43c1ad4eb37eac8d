import Domain
import EventLog
import Foundation
import KubeModel
import Postgres
import PostgresEventLog
import PostgresTesting
import Synchronization
import Testing

/// Ratios to bare PostgreSQL in the same run. They need a release build, and `PURSER_BENCHMARK=1` to run.
@Suite("The log's speed", .serialized, .enabled(if: ProcessInfo.processInfo.environment["PURSER_BENCHMARK"] != nil))
struct LogSpeed {
    @Test("an append at batch 256 keeps 0.4 of bare COPY of the same bytes", arguments: [false, true])
    func append(areReads: Bool) async throws {
        let fixture = try await PostgresFixture()
        var writer = Writer()
        let batches = (0..<200).map { batch in
            (0..<256).map { index in
                writer.event(
                    "pods/n\(index % 50)/app-\((batch * 7919 + index * 31) % 5000)", isRead: areReads, size: 1000)
            }
        }
        var bytes = 0
        for event in batches.joined() { bytes += event.envelope.count + event.event.payload.count + 32 }
        var head = LogHead(position: 0, term: 1)
        let appended = try await ContinuousClock().measure {
            for batch in batches {
                guard try await fixture.log.append(batch, expected: head) == .appended else {
                    throw Writer.Unexpected(outcome: .stale(head))
                }
                head.position += Position(batch.count)
            }
        }
        let copied = try await copy(fixture)
        let count = Double(head.position)
        let (rate, bare) = (count / appended.seconds, count / copied.seconds)
        print(
            "BENCH append of \(areReads ? "reads" : "state"), batch 256, \(bytes / Int(count)) B/event: \(Int(rate))/s; COPY \(Int(bare))/s; ratio \(rate / bare)"
        )
        #expect(rate / bare > 0.4)
    }

    /// What psql's COPY takes for all the same columns, 20,000 rows a transaction, into a table with a primary key alone.
    private func copy(_ fixture: PostgresFixture) async throws -> Duration {
        let superuser = PostgresConnection(fixture.superuser)
        let end = try await fixture.log.head().position
        let ranges = stride(from: Position(0), to: end, by: 20_000).map { $0 + 1...$0 + 20_000 }
        let file = "\(fixture.cluster.directory)/\(fixture.database)"
        let export = ranges.map {
            "COPY (SELECT * FROM log.events WHERE position BETWEEN \($0.lowerBound) AND \($0.upperBound))"
                + " TO '\(file).\($0.lowerBound)' (FORMAT binary)"
        }
        let prepare = ["CREATE TABLE bare (LIKE log.events, PRIMARY KEY (position))", "CHECKPOINT"]
        for (index, sql) in (export + prepare).enumerated() {
            _ = try await superuser.execute(PostgresStatement("step\(index)", sql))
        }
        return try ContinuousClock().measure {
            let commands = ranges.flatMap { ["-c", "\\copy bare from '\(file).\($0.lowerBound)' (format binary)"] }
            try fixture.cluster.run("psql", ["-X", "-q", "-d", fixture.superuser] + commands)
        }
    }

    @Test("replay of small events runs above 200,000 a second")
    func replay() async throws {
        let fixture = try await PostgresFixture()
        var writer = Writer()
        var head = writer.head
        for batch in 0..<300 {
            let events = (0..<1000).map {
                writer.event("pods/n\($0 % 50)/app-\((batch * 7919 + $0 * 31) % 5000)", size: 300)
            }
            guard try await fixture.log.append(events, expected: head) == .appended else {
                throw Writer.Unexpected(outcome: .stale(head))
            }
            head = writer.head
        }
        for round in 1...3 {
            let count = Mutex(0)
            let time = try await ContinuousClock().measure {
                try await fixture.log.replay(after: 0, through: head.position) { rows in
                    count.withLock { $0 += rows.count }
                }
            }
            let rate = Double(count.withLock { $0 }) / time.seconds
            print("BENCH replay round \(round): \(Int(rate))/s")
            if round == 3 { #expect(rate > 200_000) }
        }
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
