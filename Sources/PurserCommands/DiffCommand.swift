import ArgumentParser
import KubeClient
import KubeModel

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show what differs between two moments, field by field.",
        discussion: """
            A moment is a position in the log, a time (RFC 3339), or an age such as 2h. Exits with 0 where nothing \
            differs, 1 where something does, and more than 1 after an error. Where --to lies before --from, the differences \
            are those that lead back. The values of Secrets are never shown.

            EXAMPLES
              purser diff deployment/web --from 1234                since position 1234
              purser diff deployment/web --from 2h --to 1h
              purser diff -n shop --from 2026-01-31T12:00:00Z       everything in the namespace
              purser diff --cluster --from 1234 --to 2345 -o json
            """)

    @Argument(help: ArgumentHelp("TYPE/NAME or TYPE NAME; nothing for the whole namespace", valueName: "what"))
    var what: [String] = []
    @Option(help: "The moment that is compared with.")
    var from: String
    @Option(help: "The other moment; now if none is given.")
    var to: String?
    @Flag(name: [.customShort("A"), .customLong("all-namespaces"), .customLong("cluster")], help: "The whole cluster.")
    var wholeCluster = false
    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output: OutputFormat = .table
    @Option(help: "auto (on a terminal, unless NO_COLOR is set), always or never.")
    var color: ColourChoice = .auto
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if wholeCluster, !what.isEmpty { throw ValidationError("name an object or --cluster, not both") }
    }

    func run() async throws {
        let answer: JSON
        do {
            answer = try await compare()
        } catch let error where CommandError(error).status == .failure {
            // 1 means that something differs.
            throw CommandError(CommandError(error).message, next: CommandError(error).next, status: .usage)
        }
        Output.show(answer, output) { Difference.text($0, .standardOutput(color)) }
        if !answer.array("items").isEmpty { throw ExitCode(1) }
    }

    private func compare() async throws -> JSON {
        let session = try cluster.connect()
        var query = [("from", from)]
        if let to { query.append(("to", to)) }
        if !what.isEmpty {
            query.append(("stream", try await session.key(of: what).description))
        } else if !wholeCluster {
            query.append(("namespace", session.namespace))
        }
        return try await session.purser("GET", "diff", query: query)
    }
}

enum Difference {
    /// A line an object, and one a change below it.
    static func text(_ answer: JSON, _ palette: Palette = .plain) -> String {
        answer.array("items").map { item in
            let action = item.string("action") ?? "changed"
            let head = "\(action) \(item.string("object") ?? "")"
            guard action == "changed" else {
                return (action == "created" ? palette.green(head) : palette.red(head)) + "\n"
            }
            return palette.bold(head) + "\n"
                + item.array("changes").map { "  \(History.change($0, palette))\n" }.joined()
        }.joined()
    }
}
