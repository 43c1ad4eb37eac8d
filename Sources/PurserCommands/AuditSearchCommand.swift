import ArgumentParser
import KubeClient
import KubeModel

struct AuditSearchCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, audit }

    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Show who touched what: every call, reads and refusals too.",
        discussion: """
            Filters are combined; without any it shows every call of the cluster. Pages go by position, so that no event is \
            seen twice or missed while the log grows. With -o audit each event is a line of the audit.k8s.io/v1 form, which \
            tools for Kubernetes' audit logs read.

            User, verb, object, namespace and outcome are looked up by index. An address is not: with --from and --to only \
            the events between them are looked at, which makes it fast; without them all are.

            EXAMPLES
              purser audit search secret/db-password            everybody who looked at it
              purser audit search --user alice --from 2h        what alice did in the last two hours
              purser audit search --refused --newest            who was turned away, the newest first
              purser audit search -n shop --verb delete -o audit
              purser audit search --address 10.0.0.7 --from 2026-01-31T08:00:00Z --to 2026-01-31T09:00:00Z
            """)

    @Argument(help: ArgumentHelp("TYPE/NAME, TYPE NAME, TYPE, or nothing", valueName: "object"))
    var object: [String] = []
    @Option(help: ArgumentHelp("Only calls of this user.", valueName: "name"))
    var user: String?
    @Option(help: "Only calls of this verb: get, list, watch, create, update, patch, delete.")
    var verb: String?
    @Option(help: "Only calls from this address; compared event by event, so name a time with --from and --to, too.")
    var address: String?
    @Flag(help: "Only calls that were refused.")
    var refused = false
    @Flag(help: "Only calls that were not refused.")
    var served = false
    @Flag(name: .customLong("no-reads"), help: "Only events that changed something.")
    var noReads = false
    @Option(help: ArgumentHelp("From this position, time (RFC 3339) or age (2h) on.", valueName: "moment"))
    var from: String?
    @Option(help: ArgumentHelp("Up to this position, time or age.", valueName: "moment"))
    var to: String?
    @Flag(help: "The newest first.")
    var newest = false
    @Option(help: "At most so many events.")
    var limit = 500
    @Option(name: .shortAndLong, help: "table, json, or audit (a line an event, audit.k8s.io/v1).")
    var output: Format = .table
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if refused, served { throw ValidationError("--refused and --served exclude each other") }
        if refused, noReads { throw ValidationError("a refused call changed nothing: drop --no-reads") }
        if limit < 1 { throw ValidationError("--limit must be at least 1") }
    }

    func run() async throws {
        let session = try cluster.connect()
        var query = try await scope(session)
        for (name, value) in [("user", user), ("verb", verb), ("address", address), ("from", from), ("to", to)] {
            if let value { query.append((name, value)) }
        }
        if refused || served { query.append(("refused", refused ? "true" : "false")) }
        if noReads { query.append(("reads", "false")) }
        if newest { query.append(("newest", "true")) }
        if output == .audit { query.append(("format", "audit")) }
        let items = try await items(session, query)
        switch output {
        case .json: Console.write(Output.json(["items": .array(items)]))
        case .audit: Console.write(items.map { $0.canonicalText + "\n" }.joined())
        case .table: Console.write(Self.table(items))
        }
    }

    private func items(_ session: Session, _ query: [(String, String)]) async throws -> [JSON] {
        var items: [JSON] = []
        var rest: [(String, String)] = []
        while items.count < limit {
            let page = try await session.purser(
                "GET", "audit", query: query + rest + [("limit", "\(min(limit - items.count, 1000))")])
            items += page.array("items")
            guard let after = page["continue"]?.int("after"), let through = page["continue"]?.int("through") else {
                break
            }
            rest = [("after", "\(after)"), ("through", "\(through)")]
        }
        return items
    }

    private func scope(_ session: Session) async throws -> [(String, String)] {
        guard !object.isEmpty else { return cluster.namespace.map { [("namespace", $0)] } ?? [] }
        let references = try ObjectReferences.parse(object, try await session.mapping(naming: object))
        guard references.count == 1, let reference = references.first else {
            throw ValidationError("the search is for one object or one type")
        }
        let namespace = reference.resource.isNamespaced ? session.namespace : ""
        if let name = reference.name {
            let key = ObjectKey(reference.resource.groupResource, namespace: namespace, name: name)
            return [("stream", key.description)]
        }
        let resource = [("resource", "\(reference.resource.groupResource)")]
        return cluster.namespace == nil || namespace.isEmpty ? resource : resource + [("namespace", namespace)]
    }

    static func table(_ items: [JSON]) -> String {
        let rows = items.map { item in
            [
                Output.cell(item["position"] ?? .null), History.time(item.string("recordedAt") ?? ""),
                item.string("caller", "subject") ?? "", item.string("caller", "address") ?? "",
                item.string("caller", "verb") ?? "", item.string("stream") ?? "", outcome(item),
            ]
        }
        return Output.table(["POSITION", "TIME", "USER", "ADDRESS", "VERB", "OBJECT", "OUTCOME"], rows)
    }

    /// The event that it led to, or the answer's code.
    private static func outcome(_ item: JSON) -> String {
        guard let code = item.int("code") else { return item.string("type") ?? "" }
        let count = item.int("count").map { " ×\($0)" } ?? ""
        return "\(code) \(item.string("reason") ?? "served")\(count)"
    }
}
