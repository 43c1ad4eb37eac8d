import ArgumentParser
import KubeClient
import KubeModel

struct WhatIfCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "what-if", abstract: "See what a change would lead to, without changing anything.",
        discussion: """
            The change is applied to a fork of the cluster's state, now or at any moment of the log, and the real \
            reconcilers and the real scheduler run there with simulated nodes until nothing moves any more. Shown are \
            what the change changes, what runs in the end and where, what finds no node and how much is missing, and \
            what the requests cost a month (730 h) before and after.

            On simulated nodes images are there, containers run on, probes succeed after their delays, and pods that \
            are deleted take their whole grace; a pod that lacks a ConfigMap or a Secret does not start, and what \
            failed at the moment of the fork goes on failing.

            With --nodes the file's nodes stand in for the cluster's (`purser get nodes -o yaml` writes such a file). \
            Pods stay on nodes of the same name while they have room; all others are lost with their node.

            EXAMPLES
              purser what-if -f web.yaml
              purser what-if -f web.yaml --at 2h
              purser what-if -f web.yaml --nodes two-nodes.yaml
              purser what-if --delete deployment/web -n shop
              purser get nodes -o yaml > nodes.yaml && purser what-if --nodes nodes.yaml

            EXIT STATUS
              0 everything runs · 1 something finds no node or does not get ready · 7 the server would refuse a part of \
            the change · others as in `purser help`; for what would be status 1 there, 2.
            """)

    @OptionGroup var files: ManifestOptions
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Delete this as well, behind the files; may be repeated.", valueName: "type/name"))
    var delete: [String] = []
    @Option(help: "Fork at this position, time (RFC 3339) or age such as 2h instead of now.")
    var at: String?
    @Option(help: ArgumentHelp("A file of Nodes that stand in for the cluster's.", valueName: "file"))
    var nodes: String?
    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output: OutputFormat = .table
    @Option(help: "auto (on a terminal, unless NO_COLOR is set), always or never.")
    var color: ColourChoice = .auto
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if files.filenames.isEmpty, delete.isEmpty, nodes == nil {
            throw ValidationError("say what is to be changed: -f FILE, --delete TYPE/NAME or --nodes FILE")
        }
    }

    /// Seconds; longer than the server lets a simulation run.
    private static let timeout = 180.0

    func run() async throws {
        let report: JSON
        do {
            report = try await simulate()
        } catch let error where CommandError(error).status == .failure {
            // 1 means that something does not run.
            throw CommandError(CommandError(error).message, next: CommandError(error).next, status: .usage)
        }
        Output.show(report, output) { WhatIfText($0, .standardOutput(color)).text }
        if let refused = report.array("changes").first(where: { $0.string("action") == "refused" }) {
            let origin = refused.string("origin") ?? ""
            throw CommandError(
                "\(origin): \(refused.string("reason") ?? "")",
                next: origin == "--delete"
                    ? "list what exists with `purser get`; -n names the namespace"
                    : "correct the object; `purser apply --dry-run` tries it against the cluster as it is",
                status: .invalid)
        }
        if report.bool("runs") != true { throw ExitCode(1) }
    }

    private func simulate() async throws -> JSON {
        let manifests = try files.read()
        for manifest in manifests { try cluster.checkNamespace(of: KubeObject(manifest.object)) }
        var request: JSON = ["documents": .array(Self.documents(manifests))]
        if let nodes { request["nodes"] = .array(Self.documents(try Manifests.read([nodes]))) }
        request["at"] = at.map { .string($0) }
        let session = try cluster.connect()
        request["namespace"] = .string(session.namespace)
        if !delete.isEmpty {
            let mapping = try await session.mapping(at: at)
            request["delete"] = .array(
                try delete.map { word in
                    let key = try session.key(of: [word], mapping)
                    return [
                        "resource": .string("\(key.resource)"), "name": .string(key.name),
                        "namespace": .string(key.namespace),
                    ]
                })
        }
        do {
            return try await session.client.json(
                "POST", "/apis/purser.dev/v1alpha1/whatifs", body: request, timeout: Self.timeout)
        } catch let status as KubeStatus where status.code == 504 {
            throw CommandError(status.message, status: .unreachable)
        }
    }

    /// Objects with the words by which errors name them: the file, and which of its objects if it holds several.
    static func documents(_ manifests: [Manifest]) -> [JSON] {
        let sizes = Dictionary(grouping: manifests, by: \.origin).mapValues(\.count)
        var numbers: [String: Int] = [:]
        return manifests.map { manifest in
            numbers[manifest.origin, default: 0] += 1
            let isOnly = sizes[manifest.origin] == 1
            let origin = isOnly ? manifest.origin : "\(manifest.origin), object \(numbers[manifest.origin] ?? 0)"
            return ["object": manifest.object, "origin": .string(origin)]
        }
    }
}
