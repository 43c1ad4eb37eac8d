import ArgumentParser
import KubeClient
import KubeModel

struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Bring back what people had asked for at a moment of the log.",
        discussion: """
            Of one object, of a namespace, of what a label selector chooses, or of the whole cluster. Shows the plan \
            first (what is created, changed and deleted, whether it fits the nodes, what it costs) and asks; then all \
            of it happens in one transaction. What controllers own follows by itself. Nothing is erased: the rollback \
            is itself events, and can be rolled back.

            EXAMPLES
              purser rollback deployment/web --to 1234
              purser rollback --namespace shop --to 2026-01-31T12:00:00Z
              purser rollback --selector app=web -n shop --to 10m --dry-run
              purser rollback --cluster --to 1234 --yes
            """)

    @Argument(help: ArgumentHelp("TYPE/NAME or TYPE NAME; nothing for a namespace or the cluster", valueName: "what"))
    var what: [String] = []
    @Option(help: "A position in the log, a time (RFC 3339), or an age such as 10m.")
    var to: String
    @Option(name: [.customShort("l"), .long], help: "What these labels choose in the namespace, now or then.")
    var selector: String?
    @Flag(name: .customLong("cluster"), help: "Everything in the cluster.")
    var wholeCluster = false
    @OptionGroup var asking: PlanOptions
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        guard [!what.isEmpty, selector != nil, wholeCluster].count(where: { $0 }) <= 1 else {
            throw ValidationError("name one thing: TYPE/NAME, --selector, --namespace or --cluster")
        }
        if wholeCluster, let namespace = cluster.namespace {
            throw ValidationError("--cluster is everything: leave out --cluster or --namespace \(namespace)")
        }
        // A whole namespace is named, never meant by default.
        guard !what.isEmpty || selector != nil || wholeCluster || cluster.namespace != nil else {
            throw ValidationError(
                "say what is to be rolled back: TYPE/NAME, --selector LABELS, --namespace NAME or --cluster")
        }
    }

    func run() async throws {
        let session = try cluster.connect()
        var request = try await extent(session)
        request["to"] = .string(to)
        try await asking.carryOut(request, session, question: "Roll back?", done: "rolled back")
    }

    private func extent(_ session: Session) async throws -> JSON {
        if wholeCluster { return ["cluster": true] }
        if !what.isEmpty { return try await session.rollbackObject(what) }
        var extent: JSON = ["namespace": .string(session.namespace)]
        if let selector { extent["selector"] = .string(selector) }
        return extent
    }
}

struct UndeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelete", abstract: "Bring a deleted object or namespace back.",
        discussion: """
            The object is made anew as it was before its deletion was asked for; a namespace with everything in it.

            EXAMPLES
              purser undelete configmap/settings -n shop
              purser undelete namespace shop
            """)

    @Argument(help: ArgumentHelp("TYPE/NAME or TYPE NAME", valueName: "what"))
    var what: [String]
    @OptionGroup var asking: PlanOptions
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        var request = try await session.rollbackObject(what)
        if request.string("resource") == "namespaces" { request = ["namespace": request["name"] ?? .null] }
        request["undelete"] = true
        try await asking.carryOut(request, session, question: "Bring it back?", done: "brought back")
    }
}

/// How a plan is shown and agreed to.
struct PlanOptions: ParsableArguments {
    @Flag(help: "Only show the plan.")
    var dryRun = false
    @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
    var yes = false
    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output: OutputFormat = .table

    /// Shows the plan, asks, and carries out just what was shown.
    func carryOut(_ request: JSON, _ session: Session, question: String, done: String) async throws {
        var request = request
        request["dryRun"] = true
        let plan = try await session.purser("POST", "rollbacks", body: request)
        if dryRun || output == .table { show(plan) }
        if dryRun { return }
        if plan.array("plan").isEmpty {
            if output != .table { show(plan) }
            guard plan.array("refused").isEmpty else {
                throw CommandError(
                    "nothing was changed: none of it can be brought back", next: "see above why each is left",
                    status: .conflict)
            }
            return
        }
        try agree(question)
        request["dryRun"] = false
        request["plan"] = plan["digest"]
        // The moment that the plan was made for; an age would be another one by now.
        if request["undelete"] == nil { request["to"] = .string("\(plan.int("to") ?? 0)") }
        let result = try await session.purser("POST", "rollbacks", body: request)
        guard output == .table else { return show(result) }
        Console.line("\(done) by the event at position \(result.int("position") ?? 0)")
    }

    private func agree(_ question: String) throws {
        if yes { return }
        guard Console.isInteractive else {
            throw CommandError(
                "nothing was changed: nobody is there to be asked",
                next: "look at the plan with --dry-run, then pass --yes",
                status: .usage)
        }
        guard Console.confirms(question) else {
            throw CommandError("nothing was changed", next: "answer y, or pass --yes", status: .failure)
        }
    }

    private func show(_ plan: JSON) {
        Output.show(plan, output, text: RollbackPlan.text)
    }
}

extension Session {
    /// One object as a rollback names it.
    func rollbackObject(_ words: [String]) async throws -> JSON {
        let key = try await key(of: words)
        var object: JSON = ["resource": .string("\(key.resource)"), "name": .string(key.name)]
        if !key.namespace.isEmpty { object["namespace"] = .string(key.namespace) }
        return object
    }
}

enum RollbackPlan {
    /// A line an object and one a change below it; then what is refused, whether it fits, and what it costs.
    static func text(_ plan: JSON) -> String {
        var text = plan.array("plan").map(step).joined()
        for refusal in plan.array("refused") {
            text += "leave \(refusal.string("object") ?? "")\n  ! \(refusal.string("reason") ?? "")\n"
        }
        guard !plan.array("plan").isEmpty else {
            return text
                + (plan.array("refused").isEmpty
                    ? "everything is already as it was; nothing to do\n"
                    : "none of it can be brought back; all else is already as it was\n")
        }
        if let fit = plan["fit"], fit.int("pods") ?? 0 > 0 {
            text += "nodes: \(fit.bool("fits") == true ? "" : "it does not fit: ")\(fit.string("message") ?? "")\n"
        }
        if let cost = plan["cost"], cost.string("perHourBefore") != cost.string("perHourAfter") {
            text +=
                "requests cost \(cost.string("perHourBefore") ?? "") \(cost.string("currency") ?? "") an hour now, "
                + "\(cost.string("perHourAfter") ?? "") after\n"
        }
        return text
    }

    private static func step(_ step: JSON) -> String {
        let action = step.string("action") ?? "change"
        let head = "\(action) \(step.string("object") ?? "")\n"
        // That it comes or goes as a whole is said by the action.
        let changes = step.array("changes").filter { $0.string("path") != "" }.map { "  \(History.change($0))\n" }
        return head + changes.joined() + step.array("notes").map { "  ! \($0.stringValue ?? "")\n" }.joined()
    }
}
