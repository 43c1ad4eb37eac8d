import APIServer
import ArgumentParser
import KubeClient
import KubeModel
import KubeYAML

struct HistoryCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, wide, json, yaml, audit }

    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show what happened: position, time, who, and what changed.",
        discussion: """
            Without --after or --since, the latest events are shown, the oldest of them first; with one of them, those \
            that follow. -o audit prints a line an event in the form of audit.k8s.io/v1. The values of Secrets are \
            never shown.

            EXAMPLES
              purser history deployment/web
              purser history deployments --since 2h       every Deployment of the namespace
              purser history -n shop                      everything in the namespace
              purser history node/n1                      the node, what its agent did, and what was bound to it
              purser history --user ann --verb delete     what ann deleted, anywhere in the cluster
              purser history --type PodBound --until 1234
              purser history deployment/web --reads       who looked at it, too
              purser history -A -f                        everything, as it happens
              purser history -A --reads -o audit > audit.log
            """)

    @Argument(
        help: ArgumentHelp("TYPE/NAME, TYPE NAME or TYPE; nothing for the namespace of -n, or all", valueName: "what"))
    var what: [String] = []
    @Flag(name: [.customShort("A"), .long], help: "All namespaces.")
    var allNamespaces = false
    @Option(help: "Only events of this caller.")
    var user: String?
    @Option(help: "Only events of this verb (create, update, patch, delete, get, …).")
    var verb: String?
    @Option(help: "Only events of this type (DeploymentScaled, PodBound, CallRefused, …); can be repeated.")
    var type: [String] = []
    @Option(help: "Only events since a position, a time (RFC 3339), or an age such as 2h.")
    var since: String?
    @Option(help: "Only events until a position, a time (RFC 3339), or an age such as 2h.")
    var until: String?
    @Option(help: "Only events after this position.")
    var after: Int64?
    @Option(help: "Only events before this position.")
    var before: Int64?
    @Option(help: "At most so many events.")
    var limit = 500
    @Flag(help: "Show reads and refusals too.")
    var reads = false
    @Flag(name: .shortAndLong, help: "Go on with what happens, until interrupted.")
    var follow = false
    @Option(name: .shortAndLong, help: "table, wide (all changes of an event), json, yaml or audit.")
    var output: Format = .wide
    @Option(help: "auto (on a terminal, unless NO_COLOR is set), always or never.")
    var color: ColourChoice = .auto
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit must be at least 1") }
        if follow, until != nil || before != nil {
            throw ValidationError("--follow has no end: leave out --until and --before")
        }
        if follow, output == .yaml { throw ValidationError("--follow prints lines: choose table, wide, json or audit") }
    }

    func run() async throws {
        let session = try cluster.connect()
        let scope = try await scope(session)
        let query = scope + filters
        let isOneObject = scope.contains { $0.0 == "stream" }
        let items = try await fetch(session, query)
        let text = HistoryText(
            all: output != .table, showsObject: !isOneObject, palette: .standardOutput(color))
        switch output {
        case .json where !follow: Console.write(Output.json(["items": .array(items)]))
        case .yaml: Console.write(YAML.text(["items": .array(items)]))
        case .audit, .json: for item in items { Console.line(item.canonicalText) }
        case .table, .wide: Console.write(text.table(items))
        }
        if items.isEmpty, let (_, namespace) = scope.first(where: { $0.0 == "namespace" }) {
            Console.note("Only namespace \(namespace) was looked at; -A looks at all of them.")
        }
        guard follow else { return }
        var last = items.last.map(Self.position)
        if last == nil { last = try await newest(session) }
        try await follow(session, query, after: last ?? 0, text)
    }

    private var isAscending: Bool { after != nil || since != nil }

    private var filters: [(String, String)] {
        var query = [("user", user), ("verb", verb), ("since", since), ("until", until)].compactMap { name, value in
            value.map { (name, $0) }
        }
        query += type.map { ("type", $0) }
        if reads { query.append(("reads", "true")) }
        if output == .audit { query.append(("format", "audit")) }
        return query
    }

    /// The events that fit, in the order of the log.
    private func fetch(_ session: Session, _ query: [(String, String)]) async throws -> [JSON] {
        var items: [JSON] = []
        var bounds = [("after", after), ("before", before)].compactMap { name, value in value.map { (name, "\($0)") } }
        while items.count < limit {
            let page = [("limit", "\(limit - items.count)"), ("order", isAscending ? "oldest" : "newest")]
            let answer = try await session.purser("GET", "history", query: query + bounds + page)
            items += answer.array("items")
            guard let next = answer.int("continue") else { break }
            let name = isAscending ? "after" : "before"
            bounds.removeAll { $0.0 == name }
            bounds.append((name, "\(next)"))
        }
        if isAscending, !follow, items.count == limit, let last = items.last {
            Console.note("There may be more: go on with --after \(Self.position(last)), or raise --limit.")
        }
        return isAscending ? items : items.reversed()
    }

    /// An item's position, whichever its form.
    static func position(_ item: JSON) -> Int64 {
        item.int("position") ?? item.string("annotations", "purser.dev/position").flatMap { Int64($0) } ?? 0
    }

    private func newest(_ session: Session) async throws -> Int64? {
        let query = [("order", "newest"), ("limit", "1"), ("reads", "true")]
        return try await session.purser("GET", "history", query: query).array("items").first.map(Self.position)
    }

    /// Prints events as they come; a connection that breaks is made anew where it was.
    private func follow(_ session: Session, _ query: [(String, String)], after start: Int64, _ text: HistoryText)
        async throws
    {
        var last = start
        var backoff = Backoff()
        while true {
            do {
                var splitter = LineSplitter()
                let bytes = try await session.client.stream(
                    "GET", "/apis/purser.dev/v1alpha1/history",
                    query: query.filter { $0.0 != "since" } + [("follow", "true"), ("after", "\(last)")])
                for try await piece in bytes {
                    for line in splitter.feed(piece) {
                        let item = try JSON(parsing: line)
                        Console.write(
                            output == .audit || output == .json ? item.canonicalText + "\n" : text.lines(item))
                        last = Self.position(item)
                        backoff.reset()
                    }
                }
            } catch let error where CommandError(error).status == .unreachable {
                Console.note("The connection was lost; going on after position \(last).")
            }
            try await Task.sleep(for: backoff.next())
        }
    }

    private func scope(_ session: Session) async throws -> [(String, String)] {
        guard !what.isEmpty else {
            guard !allNamespaces, let namespace = cluster.namespace else { return [] }
            return [("namespace", namespace)]
        }
        let references = try ObjectReferences.parse(what, try await session.mapping(naming: what))
        guard references.count == 1, let reference = references.first else {
            throw ValidationError("the history is of one object, one type or one namespace")
        }
        let namespace = reference.resource.isNamespaced && !allNamespaces ? session.namespace : ""
        guard let name = reference.name else {
            return [("resource", "\(reference.resource.groupResource)"), ("namespace", namespace)].filter {
                !$0.1.isEmpty
            }
        }
        if reference.resource.groupResource == .nodes { return [("node", name)] }
        return [("stream", ObjectKey(reference.resource.groupResource, namespace: namespace, name: name).description)]
    }
}
