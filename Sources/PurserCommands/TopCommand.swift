import ArgumentParser
import KubeModel

struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Show what pods or nodes use, now or as of a moment.",
        discussion: "EXAMPLES\n  purser top pods -A\n  purser top nodes --at 2h",
        subcommands: [TopPodsCommand.self, TopNodesCommand.self])
}

struct TopPodsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pods", abstract: "Show the pods' CPU and memory.",
        discussion: "EXAMPLE\n  purser top pods -n shop",
        aliases: ["pod", "po"])

    @Flag(name: [.customShort("A"), .long], help: "All namespaces.")
    var allNamespaces = false
    @Option(help: "As of a position in the log, a time (RFC 3339), or an age such as 2h.")
    var at: String?
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        let query = (allNamespaces ? [] : [("namespace", session.namespace)]) + (at.map { [("at", $0)] } ?? [])
        let usage = try await session.purser("GET", "usage", query: query)
        Console.write(Usage.pods(usage.array("items"), showsNamespace: allNamespaces))
    }
}

struct TopNodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes", abstract: "Show what the pods of each node use together.",
        discussion: "EXAMPLE\n  purser top nodes",
        aliases: ["node", "no"])

    @Option(help: "As of a position in the log, a time (RFC 3339), or an age such as 2h.")
    var at: String?
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        let usage = try await session.purser("GET", "usage", query: at.map { [("at", $0)] } ?? [])
        Console.write(Usage.nodes(usage.array("items")))
    }
}

/// Latest usage as tables. Rates are per second over the last reporting interval.
enum Usage {
    static func cores(_ item: JSON) -> Double {
        switch item["cpuCores"] {
        case .double(let value)?: value
        case .int(let value)?: Double(value)
        case .string(let text)?: Double(text) ?? 0
        default: 0
        }
    }

    private static func cpu(_ cores: Double) -> String { "\(Int64((cores * 1000).rounded(.up)))m" }

    static func pods(_ items: [JSON], showsNamespace: Bool) -> String {
        let rows = items.map { item in
            (showsNamespace ? [item.string("namespace") ?? ""] : [])
                + [
                    item.string("name") ?? "", cpu(cores(item)), Output.bytes(item.int("memoryBytes") ?? 0),
                    item.string("node") ?? "",
                ]
        }
        return Output.table((showsNamespace ? ["NAMESPACE"] : []) + ["NAME", "CPU", "MEMORY", "NODE"], rows)
    }

    static func nodes(_ items: [JSON]) -> String {
        let nodes = Dictionary(grouping: items) { $0.string("node") ?? "" }
        let rows = nodes.sorted { $0.key < $1.key }.map { name, pods in
            [
                name, "\(pods.count)", cpu(pods.reduce(0) { $0 + cores($1) }),
                Output.bytes(pods.reduce(0) { $0 + ($1.int("memoryBytes") ?? 0) }),
            ]
        }
        return Output.table(["NODE", "PODS", "CPU", "MEMORY"], rows)
    }
}
