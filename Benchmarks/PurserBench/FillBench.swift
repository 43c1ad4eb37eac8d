import ArgumentParser
import Domain
import EventLog
import Foundation
import KubeModel
import PostgresEventLog

/// Makes a log of any length. The events are whole and hashed, so that everything that reads a log can be tried on it.
struct FillBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill", abstract: "Fill a log with events of pods, up to a number of events.")

    @OptionGroup var options: DatabaseOption
    @Option(help: "Events that the log has in the end.")
    var events = 1_000_000
    @Option(help: "Bytes of a change's payload.")
    var bytes = 256
    @Option(help: "Bytes of a whole object.")
    var objectBytes = 256
    @Option(help: "Pods that the events belong to, in namespaces of \(EventSource.namespaceSize).")
    var streams = 10_000

    private static let batch = 2048
    /// Events between two lines of progress.
    private static let step: Position = 1_000_000

    func run() async throws {
        let log = PostgresEventLog(options.database)
        defer { log.close() }
        let clock = ContinuousClock()
        let start = clock.now
        let before = try await log.head()
        var source = EventSource(
            head: before, streams: streams, sizes: EventSource.Sizes(change: bytes, object: objectBytes),
            end: Position(events))
        var next = before.position + Self.step
        while source.head.position < Position(events) {
            let expected = source.head
            let batch = source.batch(min(Self.batch, events - Int(expected.position)))
            guard try await log.append(batch, expected: expected) == .appended else {
                throw CleanExit.message("somebody else writes to this log")
            }
            if source.head.position >= next {
                try FileHandle.standardError.write(contentsOf: Array("\(next) events\n".utf8))
                next += Self.step
            }
        }
        let took = start.duration(to: clock.now).seconds
        var result = Measurement("fill")
        result.add("events", events)
        result.add("seconds", took)
        result.add("events_per_s", Double(max(events - Int(before.position), 0)) / took)
        result.print()
    }
}
