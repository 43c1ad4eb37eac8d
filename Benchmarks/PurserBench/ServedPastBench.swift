import ArgumentParser
import Domain
import KubeClient
import KubeModel

/// Lists of the past over the API of a server on a log that `fill` made.
struct ServedPastBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "past-api", abstract: "List namespaces at random positions through the API.")

    @Option(help: "A kubeconfig of the server.")
    var kubeconfig: String
    @Option(help: "Reads of each kind.")
    var reads = 100
    @Option(help: "The number of events that the log was filled with.")
    var events = 1_000_000
    @Option(help: "Pods that the log was filled with.")
    var streams = 10_000

    func run() async throws {
        let client = try APIClient(try Kubeconfig.load(kubeconfig).connection(), userAgent: "purser-bench")
        var moments = PastMoments(end: Position(events), streams: streams)
        try await measure("served-namespace", moments.anywhere(reads), client) { EventSource.namespace($0) }
        try await measure("served-namespace-far", moments.newest(reads), client) { _ in EventSource.farNamespace }
    }

    private func measure(
        _ name: String, _ moments: [PastMoments.Moment], _ client: APIClient, _ namespace: (Int) -> String
    ) async throws {
        try await Timed.measure(name, moments) { pod, position in
            try await client.raw(
                "GET", "/api/v1/namespaces/\(namespace(pod))/pods", query: [("at", "\(position)")])
        } count: {
            try $0.json().array("items").count
        }
    }
}
