import ArgumentParser
import KubeClient
import KubeModel

struct SubscribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe", abstract: "Follow the record under a name, and go on where it was left.",
        discussion: """
            Prints each event as a line of JSON, in order, and tells the server how far it has come, so that the next \
            `subscribe` of this name goes on from there, however long that takes and whatever was restarted. What was \
            printed last may be printed again after a crash: at least once, never not at all.

            A new name begins at the end of the log, or where --from says. Under one name the filter stays the same, \
            unless --from and --filter begin anew. When the connection is lost, it is made again.

            EXAMPLES
              purser subscribe billing --from 0
              purser subscribe shop-rollouts --filter 'shop/deployments/*'
              purser subscribe scaling --filter '*/*/DeploymentScaled' --from 2h
              purser subscriptions list
            """)

    @Argument(help: ArgumentHelp("The subscription's name; it is made if there is none.", valueName: "name"))
    var name: String
    @Option(help: "Begin behind this position or time (RFC 3339, or 2h for two hours ago), also where it is elsewhere.")
    var from: String?
    @Option(help: ArgumentHelp("NAMESPACE/TYPE/EVENT; * or nothing admits all.", valueName: "filter"))
    var filter: String?
    @Flag(help: "Reads, refusals and usage reports too.")
    var reads = false
    @Option(help: "End after so many events.")
    var limit: Int?
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        var body: JSON = ["name": .string(name)]
        if filter != nil || reads {
            body["filter"] = try await Self.filter(filter ?? "", reads: reads) { try await session.mapping() }
        }
        body["from"] = from.map { .string($0) }
        _ = try await session.purser("POST", "subscriptions", body: body)
        var (progress, backoff, isLost) = (Progress(), Backoff(), false)
        while !isDone(progress) {
            let printed = progress.printed
            do {
                try await follow(session, &progress)
            } catch let error where CommandError(error).status == .unreachable {
                if !isLost { Console.note("The connection was lost; it is made again.") }
                isLost = true
            }
            if progress.printed > printed {
                isLost = false
                backoff.reset()
            }
            if !isDone(progress) { try await Task.sleep(for: backoff.next()) }
        }
    }

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit \(limit): end after at least one event") }
    }

    /// How far this run has come.
    private struct Progress {
        var printed = 0
        /// What the server was not told yet.
        var taken: Int64?
        var acknowledged = ContinuousClock.now
    }

    private func isDone(_ progress: Progress) -> Bool { limit.map { progress.printed >= $0 } ?? false }

    /// `shop/deployments/DeploymentScaled` as the server takes it.
    static func filter(_ text: String, reads: Bool, mapping: () async throws -> ResourceMapping) async throws -> JSON {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { $0 == "*" ? "" : String($0) }
        guard parts.count <= 3 else {
            throw CommandError(
                "--filter \(text) has more than three parts",
                next: "write NAMESPACE/TYPE/EVENT, for instance 'shop/deployments/*'", status: .usage)
        }
        func part(_ index: Int) -> String? {
            parts.indices.contains(index) && !parts[index].isEmpty ? parts[index] : nil
        }
        var filter: JSON = [:]
        filter["namespace"] = part(0).map { .string($0) }
        if let type = part(1) {
            filter["resource"] = .string(try await mapping().require(type).groupResource.description)
        }
        if let event = part(2) { filter["types"] = .array(event.split(separator: ",").map { .string(String($0)) }) }
        if reads { filter["reads"] = true }
        return filter
    }

    /// Runs until the connection ends or enough is printed.
    private func follow(_ session: Session, _ progress: inout Progress) async throws {
        try await acknowledge(&progress, session)
        let bytes = try await session.client.stream(
            "GET", "/apis/purser.dev/v1alpha1/subscriptions/\(name)/events", accept: "application/json")
        var splitter = LineSplitter()
        for try await piece in bytes {
            for line in splitter.feed(piece) where !isDone(progress) {
                let change = try JSON(parsing: line)
                if try Self.show(change) { progress.printed += 1 }
                progress.taken = change.int("position")
            }
            if isDone(progress) || ContinuousClock.now - progress.acknowledged > .seconds(1) {
                try await acknowledge(&progress, session)
            }
            if isDone(progress) { return }
        }
    }

    /// Prints an event; false for a bookmark.
    private static func show(_ change: JSON) throws -> Bool {
        if change.string("type") == "ERROR" {
            throw CommandError(
                change.string("object", "message") ?? "the server ended the stream", next: "look at the server's log",
                status: .unreachable)
        }
        guard let event = change["object"] else { return false }
        Console.line(event.canonicalText)
        return true
    }

    private func acknowledge(_ progress: inout Progress, _ session: Session) async throws {
        guard let position = progress.taken else { return }
        _ = try await session.purser(
            "POST", "subscriptions/\(name)/acknowledgements", body: ["position": .int(position)])
        (progress.taken, progress.acknowledged) = (nil, .now)
    }
}

struct SubscriptionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriptions", abstract: "List the subscriptions of the record, or remove one.",
        discussion: "EXAMPLES\n  purser subscriptions list\n  purser subscriptions delete billing",
        subcommands: [SubscriptionsListCommand.self, SubscriptionsDeleteCommand.self])
}

struct SubscriptionsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show who follows the record, and how far behind.",
        discussion: "EXAMPLE\n  purser subscriptions list")

    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let answer = try await cluster.connect().purser("GET", "subscriptions")
        let rows = answer.array("items").map { item in
            [
                item.string("name") ?? "", "\(item.int("position") ?? 0)", "\(item.int("lag") ?? 0)",
                History.time(item.string("updatedAt") ?? ""), (item["filter"] ?? [:]).canonicalText,
            ]
        }
        Console.write(Output.table(["NAME", "POSITION", "LAG", "ACKNOWLEDGED", "FILTER"], rows))
    }
}

struct SubscriptionsDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Remove a subscription.",
        discussion: "EXAMPLE\n  purser subscriptions delete billing")

    @Argument(help: ArgumentHelp("The subscription's name.", valueName: "name"))
    var name: String
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        _ = try await cluster.connect().purser("DELETE", "subscriptions/\(name)")
        Console.line("subscription \(name) removed")
    }
}
