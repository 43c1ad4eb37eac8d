import ArgumentParser
import KubeClient
import KubeModel
import KubeYAML

struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Bring an object back to what it was at a moment of the log.",
        discussion: """
            Shows the plan first and asks. Nothing is erased: the rollback is itself an event, which can be rolled back.

            EXAMPLES
              purser rollback deployment/web --to 1234
              purser rollback deployment/web --to 2026-01-31T12:00:00Z --yes
              purser rollback deployment/web --to 10m --dry-run
            """)

    @Argument(help: ArgumentHelp("TYPE/NAME or TYPE NAME", valueName: "what"))
    var what: [String]
    @Option(help: "A position in the log, a time (RFC 3339), or an age such as 10m.")
    var to: String
    @Flag(help: "Only show the plan.")
    var dryRun = false
    @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
    var yes = false
    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output: OutputFormat = .table
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        let (resource, name) = try ObjectReferences.single(what, try await session.mapping())
        var request: JSON = [
            "resource": .string("\(resource.groupResource)"), "name": .string(name), "to": .string(to), "dryRun": true,
        ]
        if resource.isNamespaced { request["namespace"] = .string(session.namespace) }
        let plan = try await session.purser("POST", "rollbacks", body: request)
        guard output == .table || dryRun else { return try await perform(request, session, showsPlan: false) }
        show(plan)
        if dryRun { return }
        if plan.array("plan").isEmpty {
            return Console.line("\(resource.label(name)) is already as it was; nothing to do")
        }
        guard yes || Console.confirms("Roll back?") else {
            throw CommandError("nothing was changed", next: "answer y, or pass --yes", status: .failure)
        }
        try await perform(request, session, showsPlan: true)
    }

    private func show(_ plan: JSON) {
        switch output {
        case .json: Console.write(Output.json(plan))
        case .yaml: Console.write(YAML.text(plan))
        default: Console.write(RollbackPlan.text(plan))
        }
    }

    private func perform(_ request: JSON, _ session: Session, showsPlan: Bool) async throws {
        var request = request
        request["dryRun"] = false
        let result = try await session.purser("POST", "rollbacks", body: request)
        if showsPlan {
            Console.line("rolled back by the event at position \(result.int("position") ?? 0)")
        } else {
            show(result)
        }
    }
}

enum RollbackPlan {
    /// A line an object, and one a change below it.
    static func text(_ plan: JSON) -> String {
        plan.array("plan").map { step in
            let head = "\(step.string("action") ?? "change") \(step.string("object") ?? "")\n"
            return head + step.array("changes").map { "  \(History.change($0))\n" }.joined()
        }.joined()
    }
}
