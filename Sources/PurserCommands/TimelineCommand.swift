import APIServer
import ArgumentParser
import KubeClient
import KubeModel

struct TimelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: "Show an incident at a glance: who and what did things, side by side.",
        discussion: """
            Lanes: changes by people, roll-outs, scheduling, restarts of containers, kills for lack of memory, failed \
            probes, nodes that come and go, and refused calls. A digit is a number of events in that stretch of time \
            (# for more than nine); the numbers behind @ are positions, for `purser why` and `--at`.

            EXAMPLES
              purser timeline -n shop
              purser timeline -n shop --from 2h --to 1h
              purser timeline -A --from 2026-01-31T12:00:00Z -o json
            """)

    @Option(help: "The beginning: a position, a time (RFC 3339), or an age such as 2h.")
    var from = "1h"
    @Option(help: "The end, in the same forms; now if none is given.")
    var to: String?
    @Flag(name: [.customShort("A"), .long], help: "All namespaces.")
    var allNamespaces = false
    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output: OutputFormat = .table
    @Option(help: "auto (on a terminal, unless NO_COLOR is set), always or never.")
    var color: ColourChoice = .auto
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        let now = Clock.now()
        let (start, end) = (
            try AsOf(from).time(now: now), to == nil ? now : try to.flatMap { try AsOf($0).time(now: now) }
        )
        if let start, let end, start.microseconds > end.microseconds {
            throw ValidationError(
                "the time from \(start.rfc3339) to \(end.rfc3339) runs backwards: --from is the earlier")
        }
        let scope = allNamespaces ? [] : [("namespace", session.namespace)]
        var told = try await tell(session, scope)
        told += try await tell(session, scope + [("type", "CallRefused")])
        if !allNamespaces { told += try await tell(session, [("resource", "nodes")]) }
        let entries = Timeline.merged(told.flatMap(\.entries))
        let times = told.flatMap(\.times).sorted { $0.microseconds < $1.microseconds }
        let text = TimelineText(
            width: Terminal.width(), from: start ?? times.first ?? now, to: end ?? times.last ?? now,
            palette: .standardOutput(color))
        Output.show(["items": .array(entries.map(\.json))], output) { _ in text.text(entries) }
    }

    /// What the events of a scope tell, and the times of the first and the last of them. Events are forgotten page
    /// by page, so that a timeline may be as long as the log.
    private func tell(_ session: Session, _ query: [(String, String)]) async throws
        -> [(entries: [Timeline.Entry], times: [Timestamp])]
    {
        var query = query + [("since", from), ("limit", "1000")]
        if let to { query.append(("until", to)) }
        var told: [(entries: [Timeline.Entry], times: [Timestamp])] = []
        var after: Int64?
        while true {
            let page = after.map { [("after", "\($0)")] } ?? []
            let answer = try await session.purser("GET", "history", query: query + page)
            let items = answer.array("items")
            let ends = [items.first, items.last].compactMap { $0?.string("recordedAt") }
            told.append((items.flatMap(Timeline.entries), ends.compactMap(Timestamp.init(rfc3339:))))
            guard let next = answer.int("continue") else { return told }
            after = next
        }
    }
}
