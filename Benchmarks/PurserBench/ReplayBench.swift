import ArgumentParser
import Domain
import EventLog
import PostgresEventLog
import Synchronization

/// Reads a log from position 1: only its rows, and folded into the state as a server that starts does it.
struct ReplayBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "replay", abstract: "Replay a log.")

    @OptionGroup var options: DatabaseOption

    func run() async throws {
        let log = PostgresEventLog(options.database)
        defer { log.close() }
        let end = try await log.head().position
        try await measure("replay-read", log, through: end) { _, rows in rows.count }.print()
        try await measure("replay-evolve", log, through: end) { state, rows in
            for row in rows {
                try state.apply(
                    stream: row.stream, revision: row.revision, type: row.type, isKeyframe: row.isKeyframe,
                    payload: row.payload, position: row.position)
            }
            return rows.count
        }.print()
    }

    private func measure(
        _ name: String, _ log: PostgresEventLog, through end: Position,
        fold: @escaping @Sendable (inout ClusterState, [ReplayRow]) throws -> Int
    ) async throws -> Measurement {
        let progress = Mutex((state: ClusterState(), events: 0, bytes: 0))
        let clock = ContinuousClock()
        let start = clock.now
        try await log.replay(after: 0, through: end) { rows in
            try progress.withLock { progress in
                progress.events += try fold(&progress.state, rows)
                progress.bytes += rows.reduce(0) { $0 + $1.payload.count }
            }
        }
        let took = start.duration(to: clock.now).seconds
        let (count, bytes) = progress.withLock { ($0.events, $0.bytes) }
        var result = Measurement(name)
        result.add("events", count)
        result.add("seconds", took)
        result.add("events_per_s", Double(count) / took)
        result.add("payload_mb_per_s", Double(bytes) / took / 1e6)
        return result
    }
}
