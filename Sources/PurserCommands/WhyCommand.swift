import ArgumentParser
import KubeClient
import KubeModel

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Explain why something is as it is: the chain of causes, back to who began it.",
        discussion: """
            Works at any age, also for objects long deleted: why a pod died, was evicted, was not scheduled.

            EXAMPLES
              purser why pod/web-65d9ddd7f5-t6knr
              purser why deployment/web --field spec.replicas
              purser why configmap/settings --field 'data[app.properties]'
              purser why --event 1234
            """)

    @Argument(help: ArgumentHelp("TYPE/NAME or TYPE NAME", valueName: "what"))
    var what: [String] = []
    @Option(help: ArgumentHelp("Why this field has its value (`spec.replicas`).", valueName: "path"))
    var field: String?
    @Option(help: ArgumentHelp("What led to the event at this position.", valueName: "position"))
    var event: Int64?
    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output: OutputFormat = .table
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        var query: [(String, String)] = []
        if let event {
            guard what.isEmpty, field == nil else { throw ValidationError("--event stands alone") }
            query.append(("event", "\(event)"))
        } else {
            query.append(("stream", try await session.key(of: what).description))
            guard field?.isEmpty != true else { throw ValidationError("--field names a field, such as spec.replicas") }
            if let field { query.append(("field", field)) }
        }
        let answer = try await session.purser("GET", "why", query: query)
        Output.show(answer, output, text: CauseChain.text)
    }
}

struct BisectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bisect", abstract: "Find the change with which something stopped to be true.",
        discussion: """
            Halves the object's history between a moment at which it was true and one at which it was not, and tells \
            the event that ended it, with its chain of causes back to who began it.

            EXAMPLES
              purser bisect -n shop --good 2h --bad 5m --until 'deployment/web Available'
              purser bisect --good 1200 --bad 1900 --until 'deployment/web status.readyReplicas>=3'
            """)

    @Option(help: "A moment at which it was true: a position, a time (RFC 3339), or an age such as 2h.")
    var good: String
    @Option(help: "A later moment at which it was not.")
    var bad: String
    @Option(
        help: ArgumentHelp(
            "What was true: TYPE/NAME and a condition (Available, Ready=False), or a field and a value "
                + "(status.readyReplicas>=3), or `exists`.", valueName: "test"))
    var until: String
    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output: OutputFormat = .table
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let parts = until.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw ValidationError("--until names an object and what was true of it: 'deployment/web Available'")
        }
        let session = try cluster.connect()
        let query = [
            ("stream", try await session.key(of: [parts[0]]).description), ("until", parts[1]), ("good", good),
            ("bad", bad),
        ]
        let answer = try await session.purser("GET", "bisect", query: query)
        Output.show(answer, output, text: CauseChain.bisection)
    }
}

/// Chains of causes as lines for people.
enum CauseChain {
    static func text(_ answer: JSON) -> String {
        answer.array("answers").map { "\($0.string("question") ?? "")\n\(chain($0.array("chain")))" }.joined(
            separator: "\n")
    }

    static func bisection(_ answer: JSON) -> String {
        let chain = answer.array("chain")
        let ended = chain.first.map { "\($0.string("type") ?? "") at position \($0.int("position") ?? 0)" } ?? ""
        var text =
            "\(answer.string("object") ?? "") \(answer.string("until") ?? ""): ended by \(ended), "
            + "found among \(answer.int("candidates") ?? 0) events by \(answer.int("looks") ?? 0) looks\n"
        text += Self.chain(chain)
        if let root = chain.last, let caller = root["caller"], !isSystem(caller) {
            text +=
                "the change behind it: \(root.string("type") ?? "") of \(root.string("stream") ?? "") by "
                + "\(History.caller(caller)) at position \(root.int("position") ?? 0)\n"
        }
        return text
    }

    /// An event a line, newest first, with what it says below it. Statuses that only pass a cause on are counted.
    private static func chain(_ links: [JSON]) -> String {
        var text = ""
        var passed = 0
        for (index, link) in links.enumerated() {
            let isEdge = index == 0 || index == links.count - 1
            if !isEdge, link.string("type")?.hasSuffix("StatusChanged") == true, link.string("note") == nil {
                passed += 1
                continue
            }
            if passed > 0 { text += "  <- \(passed) change\(passed == 1 ? "" : "s") of status\n" }
            passed = 0
            text += line(link, isFirst: index == 0)
        }
        return text
    }

    private static func line(_ link: JSON, isFirst: Bool) -> String {
        let time = History.time(link.string("recordedAt") ?? "")
        var text =
            "  \(isFirst ? "  " : "<-") \(link.int("position") ?? 0)  \(time)  \(link.string("type") ?? "")  "
            + "\(link.string("stream") ?? "")  by \(History.caller(link["caller"] ?? [:]))\n"
        if let note = link.string("note") { text += "       \(note)\n" }
        if let verdict = link["verdict"] { text += Self.verdict(verdict).map { "       \($0)\n" }.joined() }
        let changes = link.array("changes").filter { isTold($0.string("path") ?? "", of: link, isFirst: isFirst) }
        text += changes.map { "       \(History.change($0))\n" }.joined()
        return text
    }

    /// A note sums up a status or a Kubernetes Event, a verdict a binding; times and generations only follow.
    private static func isTold(_ path: String, of link: JSON, isFirst: Bool) -> Bool {
        if path.hasPrefix("status") {
            guard isFirst else { return path == "status.blueGreen.activeHash" }
            return link["note"] == nil && link["verdict"] == nil && !path.hasSuffix("Time")
        }
        return path != "metadata.generation" && link.string("stream")?.hasPrefix("events/") != true
    }

    /// What the scheduler thought of every node.
    static func verdict(_ verdict: JSON) -> [String] {
        let chosen = verdict.string("chosen")
        let nodes = verdict.object("nodes").map { name, value -> String in
            if let points = value.intValue { return "\(name): \(points) points\(name == chosen ? ", chosen" : "")" }
            return "\(name): \((value.arrayValue ?? []).compactMap(\.stringValue).joined(separator: ", "))"
        }
        let refused = verdict.object("refused").map { "\($0.value.canonicalText) nodes: \($0.key)" }
        return nodes + refused
    }

    private static func isSystem(_ caller: JSON) -> Bool { caller.string("subject")?.hasPrefix("system:") ?? true }
}
