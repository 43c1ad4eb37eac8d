import ArgumentParser
import Glibc
import KubeClient
import KubeModel

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show what a container wrote.",
        discussion: """
            EXAMPLES
              purser logs web-1
              purser logs -f deployment/web --tail 20
              purser logs web-1 -c sidecar --previous
            """)

    @Argument(help: ArgumentHelp("POD, or TYPE/NAME of a workload (its first pod)", valueName: "what"))
    var what: String
    @Option(name: [.customShort("c"), .long], help: "The container; the pod's first one if none is given.")
    var container: String?
    @Flag(name: .shortAndLong, help: "Go on with what comes.")
    var follow = false
    @Flag(name: .shortAndLong, help: "Of the container's run before this one.")
    var previous = false
    @Option(help: "Only the last lines.")
    var tail: Int?
    @Option(help: "Only what is younger: 30s, 5m, 2h.")
    var since: String?
    @Flag(help: "Show the time of each line.")
    var timestamps = false
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        let pod = try await Workload.pod(what, session)
        var query: [(String, String)] = []
        if let container { query.append(("container", container)) }
        if follow { query.append(("follow", "true")) }
        if previous { query.append(("previous", "true")) }
        if timestamps { query.append(("timestamps", "true")) }
        if let tail { query.append(("tailLines", "\(tail)")) }
        if let since { query.append(("sinceSeconds", "\(try Workload.seconds(since))")) }
        let path = APIResource.pods.path(namespace: session.namespace, name: pod, subresource: "log")
        for try await piece in try await session.client.stream("GET", path, query: query) {
            Console.write(piece, to: STDOUT_FILENO)
        }
    }
}

/// Finding pods from what a person names.
enum Workload {
    /// `web-1` or `pod/web-1` itself; of `deployment/web` the newest running pod, in order of name among equals.
    static func pod(_ text: String, _ session: Session) async throws -> String {
        guard text.contains("/") else { return text }
        let (resource, name) = try ObjectReferences.single([text], try await session.mapping())
        if resource.groupResource == .pods { return name }
        let owner = try await session.client.get(resource, namespace: session.namespace, name: name)
        let selector =
            resource.groupResource == .services
            ? LabelSelector(matching: owner.spec.stringMap("selector")) : LabelSelector(json: owner.spec["selector"])
        guard let selector, !selector.isEmpty else {
            throw CommandError("\(resource.label(name)) selects no pods", next: "name a pod", status: .usage)
        }
        let pods = try await session.client.list(.pods, namespace: session.namespace).items
            .filter { selector.matches($0.labels) && !$0.isBeingDeleted }
        let running = pods.filter { $0.status.string("phase") == "Running" }
        guard let chosen = (running.isEmpty ? pods : running).min(by: { $0.name < $1.name }) else {
            throw CommandError("\(resource.label(name)) has no pod", next: "see `purser get pods`", status: .notFound)
        }
        return chosen.name
    }

    /// `90`, `90s`, `5m`, `2h`, `1d` in seconds.
    static func seconds(_ text: String) throws -> Int64 {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let (digits, factor) =
            text.last.flatMap { units[$0] }.map { (text.dropLast(), $0) } ?? (text[...], 1)
        guard let value = Int64(digits), value >= 0 else {
            throw ValidationError("\"\(text)\" is no duration; write 30s, 5m, 2h or 1d")
        }
        return value * factor
    }
}
