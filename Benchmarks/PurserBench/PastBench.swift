import ArgumentParser
import ControlPlane
import Domain
import EventLog
import KubeModel
import PostgresEventLog

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
        var moments = PastMoments(end: try await log.head().position, streams: streams)
        try await Timed.measure("past-object", moments.anywhere(reads)) { pod, position in
            let key = ObjectKey(.pods, namespace: EventSource.namespace(pod), name: EventSource.name(pod))
            return try await history.object(key, at: position) == nil ? 0 : 1
        }
        try await Timed.measure("past-namespace", moments.anywhere(max(reads / 5, 1))) { pod, position in
            try await history.list(.pods, namespace: EventSource.namespace(pod), at: position).count
        }
        try await Timed.measure("past-namespace-far", moments.newest(max(reads / 5, 1))) { _, position in
            try await history.list(.pods, namespace: EventSource.farNamespace, at: position).count
        }
        for (place, pages) in moments.places(max(reads / 5, 1)) {
            try await Timed.measure("history-object-\(place)", pages) { pod, position in
                let stream = "pods/\(EventSource.namespace(pod))/\(EventSource.name(pod))"
                return try await log.find(
                    EventQuery(.object(stream)), after: 0, through: position, limit: Self.pageSize, newestFirst: true
                ).events.count
            }
            for (name, query) in Self.queries {
                try await Timed.measure("history-\(name)-\(place)", pages) { pod, position in
                    try await log.find(query(pod), after: 0, through: position, limit: Self.pageSize, newestFirst: true)
                        .events.count
                }
            }
        }
    }

    private static let queries: [(String, @Sendable (Int) -> EventQuery)] = [
        ("namespace", { EventQuery(.namespace(EventSource.namespace($0))) }),
        ("person", { _ in EventQuery(caller: EventSource.person) }),
        ("node", { _ in EventQuery(.node(EventSource.rareNode)) }),
        ("cluster", { _ in EventQuery() }),
    ]
}
