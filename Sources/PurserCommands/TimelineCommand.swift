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

    /// So many events are looked at; a longer stretch is told as far as that.
    private static let mostEvents = 50_000

    func run() async throws {
        let session = try cluster.connect()
        let now = Clock.now()
        let scope = allNamespaces ? [] : [("namespace", session.namespace)]
        var items = try await events(session, scope)
        items += try await events(session, scope + [("type", "CallRefused")])
        if !allNamespaces { items += try await events(session, [("resource", "nodes")]) }
        items.sort { HistoryCommand.position($0) < HistoryCommand.position($1) }
        let entries = Timeline.entries(items)
        let times = items.compactMap { $0.string("recordedAt").flatMap(Timestamp.init(rfc3339:)) }
        let text = TimelineText(
            width: Terminal.width(), from: try AsOf(from).time(now: now) ?? times.first ?? now,
            to: try to.flatMap { try AsOf($0).time(now: now) } ?? (to == nil ? now : times.last ?? now),
            palette: .standardOutput(color))
        Output.show(["items": .array(entries.map(\.json))], output) { _ in text.text(entries) }
    }

    private func events(_ session: Session, _ query: [(String, String)]) async throws -> [JSON] {
        var query = query + [("since", from), ("limit", "1000")]
        if let to { query.append(("until", to)) }
        var items: [JSON] = []
        var after: Int64?
        while items.count < Self.mostEvents {
            let page = after.map { [("after", "\($0)")] } ?? []
            let answer = try await session.purser("GET", "history", query: query + page)
            items += answer.array("items")
            guard let next = answer.int("continue") else { return items }
            after = next
        }
        Console.note("Only the first \(items.count) events are told: choose a shorter time with --from and --to.")
        return items
    }
}
