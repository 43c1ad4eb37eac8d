import ArgumentParser
import ControlPlane
import Domain
import EventLog
import KubeModel
import PostgresEventLog
import PropertyTesting

/// Reads of the past at random positions of a log that `fill` made: one object, a namespace, pages of history.
struct PastBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "past", abstract: "Read objects, namespaces and history at random positions of a filled log.")

    @OptionGroup var options: DatabaseOption
    @Option(help: "Reads of each kind.")
    var reads = 500
    @Option(help: "Pods that the log was filled with.")
    var streams = 10_000

    private static let pageSize = 100

    func run() async throws {
        let log = PostgresEventLog(options.database)
        defer { log.close() }
        let history = ObjectHistory(log: log)
        let end = try await log.head().position
        var random = SeededRandom(seed: 0xA5_0F)
        // Positions behind the first tenth: by then nearly every pod is there.
        func position() -> Position { end / 10 + Position(random.next() % UInt64(end - end / 10)) + 1 }
        func pod() -> Int { Int(random.next() % UInt64(streams)) }

        let objects = (0..<reads).map { _ in (pod(), position()) }
        try await measure("past-object", objects) { pod, position in
            let key = ObjectKey(.pods, namespace: EventSource.namespace(pod), name: EventSource.name(pod))
            return try await history.object(key, at: position) == nil ? 0 : 1
        }
        let namespaces = (0..<max(reads / 10, 1)).map { _ in (pod(), position()) }
        try await measure("past-namespace", namespaces) { pod, position in
            try await history.list(.pods, namespace: EventSource.namespace(pod), at: position).count
        }
        let streamPages = (0..<reads).map { _ in (pod(), position()) }
        try await measure("history-object", streamPages) { pod, position in
            let stream = "pods/\(EventSource.namespace(pod))/\(EventSource.name(pod))"
            return try await log.readStream(
                stream, after: 0, through: position, limit: Self.pageSize, newestFirst: true
            ).count
        }
        for (name, query) in queries(of: pod()) {
            let pages = (0..<max(reads / 5, 1)).map { _ in (0, position()) }
            try await measure(name, pages) { _, position in
                try await log.find(query, after: 0, through: position, limit: Self.pageSize, newestFirst: true).events
                    .count
            }
        }
    }

    private func queries(of pod: Int) -> [(String, EventQuery)] {
        [
            ("history-namespace", EventQuery(.namespace(EventSource.namespace(pod)))),
            ("history-person", EventQuery(caller: EventSource.person)),
            ("history-cluster", EventQuery()),
        ]
    }

    private func measure(
        _ name: String, _ reads: [(Int, Position)], _ read: (Int, Position) async throws -> Int
    ) async throws {
        let clock = ContinuousClock()
        var (durations, found) = ([Duration](), 0)
        for (pod, position) in reads {
            let start = clock.now
            found += try await read(pod, position)
            durations.append(start.duration(to: clock.now))
        }
        var result = Measurement(name)
        result.add("reads", reads.count)
        result.add("found_mean", Double(found) / Double(reads.count))
        result.add("read", milliseconds: durations)
        result.print()
    }
}
