import ArgumentParser
import Glibc
import KubeClient
import KubeModel

/// Which cluster a command speaks to.
struct ClusterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The kubeconfig file.", valueName: "file"))
    var kubeconfig: String?
    @Option(help: ArgumentHelp("The context within it.", valueName: "name"))
    var context: String?
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The namespace; the context's, or default, if none is given.", valueName: "name"))
    var namespace: String?

    func connect() throws -> Session {
        var connection = try Self.load(kubeconfig, environment: Self.environment).connection(context: context)
        if let namespace { connection.namespace = namespace }
        return Session(
            client: try APIClient(connection, userAgent: "purser/\(Version.text)"), namespace: connection.namespace)
    }

    /// - Throws: where the manifest names another namespace than -n does.
    func checkNamespace(of object: KubeObject) throws {
        guard let namespace, !object.namespace.isEmpty, object.namespace != namespace else { return }
        throw CommandError(
            "the namespace from the manifest (\(object.namespace)) is not the one from -n (\(namespace))",
            next: "leave -n out, or change the manifest", status: .usage)
    }

    static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// The first source that is named or exists; a file that is named must exist.
    static func load(_ option: String?, environment: (String) -> String?) throws -> Kubeconfig {
        if let named = option ?? environment("PURSER_KUBECONFIG") { return try Kubeconfig.load(named) }
        let listed = environment("KUBECONFIG").map { $0.split(separator: ":").map(String.init) } ?? []
        let standard = [
            "\(environment("PURSER_DATA") ?? Instance.defaultDirectory)/kubeconfig",
            environment("HOME").map { "\($0)/.kube/config" },
        ]
        for path in listed + standard.compactMap({ $0 }) where access(path, R_OK) == 0 {
            return try Kubeconfig.load(path)
        }
        throw CommandError(
            "no kubeconfig was found", next: "start a cluster with `purser up`, or name a file with --kubeconfig",
            status: .unreachable)
    }
}

/// A connection with the namespace of its calls.
struct Session {
    let client: APIClient
    let namespace: String

    /// The resources that are served, or were at a moment.
    func mapping(at moment: String? = nil) async throws -> ResourceMapping {
        try await ResourceMapping.discover(client, query: moment.map { [("at", $0)] } ?? [])
    }

    /// Purser's own endpoints.
    func purser(_ method: String, _ path: String, query: [(String, String)] = [], body: JSON? = nil) async throws
        -> JSON
    {
        try await client.json(method, "/apis/purser.dev/v1alpha1/\(path)", query: query, body: body)
    }

    /// When the last event before a moment was recorded; now without a moment, and before the first event.
    func time(of moment: String?) async throws -> Timestamp {
        guard let moment else { return Clock.now() }
        let query = [("until", moment), ("order", "newest"), ("limit", "1"), ("reads", "true")]
        let last = try await purser("GET", "history", query: query).array("items").first
        return last?.string("recordedAt").flatMap(Timestamp.init(rfc3339:)) ?? Clock.now()
    }
}

extension ResourceMapping {
    /// The resource that a person means; the error says what there is.
    func require(_ text: String) throws -> APIResource {
        if let found = find(text) { return found }
        let known = Set(resources.filter { $0.verbs.contains("get") }.map(\.name)).sorted()
        throw CommandError(
            "the server has no resource type \"\(text)\"",
            next:
                "known types: \(known.joined(separator: ", ")); of a type whose definition was deleted, the history is "
                + "found by its full name, such as widgets.example.com", status: .notFound)
    }
}
