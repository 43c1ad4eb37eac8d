import ArgumentParser
import KubeClient
import KubeModel

struct DeleteCommand: AsyncParsableCommand {
    enum Cascade: String, ExpressibleByArgument, CaseIterable {
        case background, foreground, orphan
        var policy: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
    }

    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete objects and wait until they are gone.",
        discussion: """
            EXAMPLES
              purser delete pod web-1
              purser delete deployment/web service/web
              purser delete -f web.yaml
              purser delete pods -l app=web --grace-period 5
            """)

    @Argument(help: ArgumentHelp("TYPE NAME …, TYPE/NAME …, or TYPE with -l or --all", valueName: "what"))
    var what: [String] = []
    @OptionGroup var files: ManifestOptions
    @Option(name: [.customShort("l"), .customLong("selector")], help: "Delete the objects with these labels.")
    var labelSelector: String?
    @Flag(help: "Delete all objects of the type in the namespace.")
    var all = false
    @Option(help: "Seconds that processes get to end by themselves.")
    var gracePeriod: Int64?
    @Flag(help: "End processes at once (a grace period of 1 second).")
    var now = false
    @Option(help: "What happens to dependents: background, foreground or orphan.")
    var cascade: Cascade = .background
    @Flag(inversion: .prefixedNo, help: "Wait until the objects are gone.")
    var wait = true
    @Option(help: "Seconds to wait at most; 0 waits for ever.")
    var timeout: Double = 0
    @Flag(help: "Succeed when an object does not exist.")
    var ignoreNotFound = false
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if what.isEmpty == files.filenames.isEmpty {
            throw ValidationError("say what to delete: TYPE NAME, TYPE/NAME or -f FILE")
        }
        if all, labelSelector != nil { throw ValidationError("--all and -l exclude each other") }
    }

    func run() async throws {
        let session = try cluster.connect()
        let targets = try await targets(session)
        var gone: [(APIResource, String?, KubeObject)] = []
        for target in targets {
            let (resource, namespace, name) = target
            let options = DeleteOptions(gracePeriodSeconds: now ? 1 : gracePeriod, propagationPolicy: cascade.policy)
            do {
                let answer = try await session.client.delete(
                    resource, namespace: namespace, name: name, options: options)
                Console.line("\(resource.label(name)) deleted")
                if answer.string("kind") != "Status" { gone.append((resource, namespace, KubeObject(answer))) }
            } catch let status as KubeStatus where status.code == 404 && ignoreNotFound {
                continue
            }
        }
        guard wait else { return }
        let clock = ContinuousClock()
        let deadline = timeout > 0 ? clock.now + .seconds(timeout) : nil
        for (resource, namespace, object) in gone {
            try await waitUntilGone(session.client, resource, namespace, object, deadline)
        }
    }

    private typealias Target = (APIResource, String?, String)

    private func targets(_ session: Session) async throws -> [Target] {
        let mapping = try await session.mapping()
        if !files.filenames.isEmpty {
            return try files.read().map { manifest in
                let object = KubeObject(manifest.object)
                let kind = GroupVersionKind(apiVersion: object.apiVersion, kind: object.kind)
                guard let resource = mapping.find(kind) else {
                    throw CommandError("\(manifest.origin): the server has no kind \(kind)", status: .notFound)
                }
                return (resource, object.namespace.isEmpty ? session.namespace : object.namespace, object.name)
            }
        }
        var targets: [Target] = []
        for reference in try ObjectReferences.parse(what, mapping) {
            if let name = reference.name {
                targets.append((reference.resource, session.namespace, name))
                continue
            }
            guard all || labelSelector != nil else {
                throw ValidationError("name the objects, or select them with -l or --all")
            }
            let list = try await session.client.list(
                reference.resource, namespace: session.namespace, labelSelector: labelSelector)
            targets += list.items.map { (reference.resource, $0.namespace, $0.name) }
        }
        return targets
    }

    /// An object of the same name with another uid is a new one.
    private func waitUntilGone(
        _ client: APIClient, _ resource: APIResource, _ namespace: String?, _ object: KubeObject,
        _ deadline: ContinuousClock.Instant?
    ) async throws {
        var pause = Backoff(first: .milliseconds(50), longest: .seconds(1))
        while true {
            do {
                let live = try await client.get(resource, namespace: namespace, name: object.name)
                if live.uid != object.uid { return }
            } catch let status as KubeStatus where status.code == 404 {
                return
            }
            if let deadline, ContinuousClock.now >= deadline {
                throw CommandError(
                    "\(resource.label(object.name)) is still there",
                    next: "see its finalizers with `purser get … -o yaml`")
            }
            try await Task.sleep(for: pause.next())
        }
    }
}
