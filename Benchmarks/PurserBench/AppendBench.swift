import ArgumentParser
import Domain
import EventLog
import Postgres
import PostgresEventLog

struct DatabaseOption: ParsableArguments {
    @Option(help: "A libpq connection string.")
    var database: String
}

struct MigrateBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Make the log's tables, and the login purser, in an empty database.")

    @OptionGroup var options: DatabaseOption

    func run() async throws {
        _ = try await Migrator(options.database, migrations: Migration.all).migrate(serverLogin: "purser")
    }
}

/// Durable appends through the log's own adapter, one commit in flight; the next batch is built and hashed while the
/// one before commits, as the server's sequencer does it.
struct AppendBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "append", abstract: "Append batches of events.")

    @OptionGroup var options: DatabaseOption
    @Option(help: "Events a batch.")
    var batch: [Int] = [1, 64, 256, 1024]
    @Option(help: "Seconds for each size of a batch.")
    var seconds = 4.0
    @Option(help: "Bytes of a payload.")
    var bytes = 1024
    @Option(help: "Streams that the events belong to.")
    var streams = 20_000

    func run() async throws {
        let log = PostgresEventLog(options.database)
        defer { log.close() }
        for size in batch {
            let source = EventSource(
                head: try await log.head(), streams: streams, sizes: EventSource.Sizes(change: bytes, object: bytes))
            try await measure(log, source, batch: size).print()
        }
    }

    private func measure(_ log: PostgresEventLog, _ source: EventSource, batch size: Int) async throws -> Measurement {
        let clock = ContinuousClock()
        let start = clock.now
        var (source, durations, bytes) = (source, [Duration](), 0)
        var expected = source.head
        var events = source.batch(size)
        while start.duration(to: clock.now).seconds < seconds {
            let sent = clock.now
            let (batch, head) = (events, expected)
            async let outcome = log.append(batch, expected: head)
            expected = source.head
            let next = source.batch(size)
            guard try await outcome == .appended else { throw CleanExit.message("somebody else writes to this log") }
            durations.append(sent.duration(to: clock.now))
            bytes += events.reduce(0) { $0 + $1.event.payload.count }
            events = next
        }
        let took = start.duration(to: clock.now).seconds
        var result = Measurement("append")
        result.add("batch", size)
        result.add("events", durations.count * size)
        result.add("seconds", took)
        result.add("events_per_s", Double(durations.count * size) / took)
        result.add("payload_bytes", bytes / max(durations.count * size, 1))
        result.add("envelope_bytes", events.first?.envelope.count ?? 0)
        result.add("commit", milliseconds: durations)
        return result
    }
}
