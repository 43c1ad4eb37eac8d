import ArgumentParser
import KubeClient
import KubeModel
import KubeYAML

struct BillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bill", abstract: "Show what was used and what it costs.",
        discussion: "EXAMPLES\n  purser bill report --by workload\n  purser bill prices",
        subcommands: [BillReportCommand.self, BillPricesCommand.self])
}

struct BillReportCommand: AsyncParsableCommand {
    enum Grouping: String, ExpressibleByArgument, CaseIterable { case namespace, workload, pod }

    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Show the use of each namespace, workload or pod under the price plan.",
        discussion: """
            Computed from the log alone: the same period always gives the same bill.

            EXAMPLES
              purser bill report
              purser bill report --at 1234               what the log said at position 1234
              purser bill report --by pod -n shop --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z -o json
              purser bill report --by pod --proof bill.proof
              purser audit verify --offline bill.proof --key /var/lib/purser/server/log.vkey
            """)

    @Option(help: "The beginning, RFC 3339; the log's own if none is given.")
    var from: String?
    @Option(help: "The end, RFC 3339; now if none is given.")
    var to: String?
    @Option(help: "As of a position in the log, a time (RFC 3339), or an age such as 2h.")
    var at: String?
    @Option(help: "A line a namespace, workload or pod.")
    var by: Grouping = .workload
    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output: OutputFormat = .table
    @Option(
        help: ArgumentHelp("Write the bill to a file, with proofs of the events that it rests on.", valueName: "file"))
    var proof: String?
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        var query = [("by", by.rawValue)]
        if let from { query.append(("from", from)) }
        if let to { query.append(("to", to)) }
        if let at { query.append(("at", at)) }
        if let namespace = cluster.namespace { query.append(("namespace", namespace)) }
        let report: JSON
        if let proof {
            let evidence = try await session.purser("GET", "billevidence", query: query)
            guard !evidence.array("pods").isEmpty else {
                throw CommandError(
                    "nothing was used in this period, so there is nothing to prove",
                    next: "name another with --from and --to")
            }
            let bill = try await BillProof(evidence: evidence, ServerLogFiles(session: session))
            try PrivateFile.write(bill.text, to: proof, mode: 0o644)
            report = bill.report
        } else {
            report = try await session.purser("GET", "bill", query: query)
        }
        Output.show(report, output, text: Bill.text)
    }
}

struct BillPricesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prices", abstract: "Show the price plan, or set it with -f.",
        discussion: "EXAMPLES\n  purser bill prices -o yaml > prices.yaml\n  purser bill prices -f prices.yaml")

    @Option(name: [.customShort("f"), .customLong("filename")], help: "A file with the new price plan, or -.")
    var filename: String?
    @Option(name: .shortAndLong, help: "yaml or json.")
    var output: OutputFormat = .yaml
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        var prices: JSON
        if let filename {
            let bytes =
                filename == "-"
                ? try PrivateFile.read(descriptor: 0, path: "standard input") : try PrivateFile.read(filename)
            guard let plan = try YAML.documents(String(decoding: bytes, as: UTF8.self)).first else {
                throw CommandError(
                    "\(filename) is empty", next: "start from `purser bill prices -o yaml`", status: .usage)
            }
            prices = try await session.purser("PUT", "prices", body: plan)
        } else {
            prices = try await session.purser("GET", "prices")
        }
        prices["metadata"]?["managedFields"] = nil
        Console.write(output == .json ? Output.json(prices) : YAML.text(prices))
    }
}
