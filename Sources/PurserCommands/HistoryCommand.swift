import ArgumentParser
import KubeClient
import KubeModel
import KubeYAML

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show what happened: position, time, who, and what changed.",
        discussion: """
            EXAMPLES
              purser history deployment/web
              purser history pods --limit 20          every pod of the namespace
              purser history -n shop                  everything in the namespace
              purser history deployment/web --reads   who looked at it, too
            """)

    @Argument(help: ArgumentHelp("TYPE/NAME, TYPE NAME, TYPE, or nothing for the namespace", valueName: "what"))
    var what: [String] = []
    @Option(help: "Only events after this position.")
    var after: Int64?
    @Option(help: "At most so many events.")
    var limit = 500
    @Flag(help: "Show reads and refusals too.")
    var reads = false
    @Option(name: .shortAndLong, help: "table, wide (all changes of an event), json or yaml.")
    var output: OutputFormat = .wide
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        var query = try await scope(session)
        if reads { query.append(("reads", "true")) }
        var items: [JSON] = []
        var next = after.map { "\($0)" }
        while items.count < limit {
            var page = query + [("limit", "\(limit - items.count)")]
            if let next { page.append(("after", next)) }
            let answer = try await session.purser("GET", "history", query: page)
            items += answer.array("items")
            guard let token = answer["continue"], !token.isNull else { break }
            next = Output.cell(token)
        }
        switch output {
        case .json: Console.write(Output.json(["items": .array(items)]))
        case .yaml: Console.write(YAML.text(["items": .array(items)]))
        case .table, .wide, .name: Console.write(History.text(items, all: output != .table))
        }
    }

    private func scope(_ session: Session) async throws -> [(String, String)] {
        guard !what.isEmpty else { return [("namespace", session.namespace)] }
        let references = try ObjectReferences.parse(what, try await session.mapping())
        guard references.count == 1, let reference = references.first else {
            throw ValidationError("the history is of one object, one type or one namespace")
        }
        let namespace = reference.resource.isNamespaced ? session.namespace : ""
        guard let name = reference.name else {
            return [("resource", "\(reference.resource.groupResource)"), ("namespace", namespace)].filter {
                !$0.1.isEmpty
            }
        }
        return [("stream", ObjectKey(reference.resource.groupResource, namespace: namespace, name: name).description)]
    }
}

/// Events of the log as lines for people.
enum History {
    static func text(_ items: [JSON], all: Bool) -> String {
        let rows = items.flatMap { item -> [[String]] in
            let changes = item.array("changes").map(change)
            let first = [
                Output.cell(item["position"] ?? .null), time(item.string("recordedAt") ?? ""),
                item.string("type") ?? "",
                caller(item["caller"] ?? [:]), changes.first ?? item.string("stream") ?? "",
            ]
            guard all else { return [first] }
            return [first] + changes.dropFirst().map { ["", "", "", "", $0] }
        }
        return Output.table(["POSITION", "TIME", "EVENT", "WHO", "WHAT CHANGED"], rows)
    }

    /// To the millisecond: finer than a person compares.
    static func time(_ text: String) -> String {
        guard let dot = text.firstIndex(of: "."), text.hasSuffix("Z") else { return text }
        return "\(text[..<dot])\(text[dot...].prefix(4))Z"
    }

    static func caller(_ caller: JSON) -> String {
        let subject = caller.string("subject") ?? "unknown"
        guard let agent = caller.string("userAgent"), !agent.isEmpty else { return subject }
        return "\(subject) (\(agent.split(separator: " ").first ?? ""))"
    }

    static func change(_ change: JSON) -> String {
        let path = change.string("path") ?? ""
        func side(_ value: JSON?) -> String? {
            guard let value, !value.isNull else { return nil }
            return shorten(value.stringValue ?? value.canonicalText)
        }
        switch (side(change["old"]), side(change["new"])) {
        // The whole object came or went.
        case (nil, _?) where path.isEmpty: return "created"
        case (_?, nil) where path.isEmpty: return "deleted"
        case (nil, let new?): return "+ \(path): \(new)"
        case (let old?, nil): return "- \(path): \(old)"
        case (let old?, let new?): return "~ \(path): \(old) -> \(new)"
        case (nil, nil): return path
        }
    }

    private static func shorten(_ text: String) -> String {
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "⏎")
        return line.count > 100 ? line.prefix(97) + "…" : line
    }
}
