import ArgumentParser
import KubeClient
import KubeMachinery
import KubeModel

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Bring objects to what files say.",
        discussion: """
            Creates what does not exist and changes only what the manifests say; what you leave out now but applied \
            before is removed, what others set stays (a three-way merge, as kubectl does it).

            EXAMPLES
              purser apply -f web.yaml
              purser apply -f manifests/ -n shop
              generate | purser apply -f -
              purser apply -f web.yaml --dry-run
            """)

    @OptionGroup var files: ManifestOptions
    /// Time in which a kind that has just been defined is served.
    private static let longestDefinition = Duration.seconds(10)

    @Flag(help: "Let the server check everything and change nothing.")
    var dryRun = false
    @Option(name: .shortAndLong, help: "Print the results as json, yaml or name instead of a line each.")
    var output: OutputFormat?
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if files.filenames.isEmpty { throw ValidationError("say what to apply: -f FILE, -f DIRECTORY or -f -") }
    }

    func run() async throws {
        let manifests = try files.read()
        let session = try cluster.connect()
        var mapping = try await session.mapping()
        var results: [JSON] = []
        var applied: [Manifest] = []
        var failure: CommandError?
        for manifest in manifests {
            do {
                let resource = try await resource(of: manifest, behind: applied, &mapping, session)
                results.append(try await apply(manifest, resource, session))
                applied.append(manifest)
            } catch let error as TransportError {
                throw error
            } catch {
                // The others are tried all the same; the first fault decides the exit status.
                var fault = CommandError(error)
                fault.message = "\(manifest.origin): \(fault.message)"
                if let failure { Console.note("error: \(failure.message)") }
                failure = fault
            }
        }
        if let output, output == .json || output == .yaml {
            Console.write(Output.objects(results, output, isList: results.count > 1))
        }
        if let failure { throw failure }
    }

    /// The resource of a manifest's kind. One that has been defined just before is waited for until it is served.
    private func resource(
        of manifest: Manifest, behind applied: [Manifest], _ mapping: inout ResourceMapping, _ session: Session
    ) async throws -> APIResource {
        let object = KubeObject(manifest.object)
        let kind = GroupVersionKind(apiVersion: object.apiVersion, kind: object.kind)
        let isDefined = !dryRun && applied.contains { Self.defines($0, kind) }
        let deadline = ContinuousClock.now + Self.longestDefinition
        var pause = Backoff(first: .milliseconds(20), longest: .milliseconds(500))
        while true {
            if let resource = mapping.find(kind) { return resource }
            guard isDefined, ContinuousClock.now < deadline else {
                throw CommandError(
                    "the server has no kind \(kind.kind) in \(kind.apiVersion)", next: "check apiVersion and kind",
                    status: .notFound)
            }
            try await Task.sleep(for: pause.next())
            mapping = try await session.mapping()
        }
    }

    static func defines(_ manifest: Manifest, _ kind: GroupVersionKind) -> Bool {
        guard manifest.object.string("kind") == "CustomResourceDefinition" else { return false }
        let definition = CustomResourceDefinition(manifest.object)
        return definition.group == kind.group && definition.names.kind == kind.kind
    }

    private func apply(_ manifest: Manifest, _ resource: APIResource, _ session: Session) async throws -> JSON {
        let object = KubeObject(manifest.object)
        let namespace = try namespace(of: object, resource, session)
        let (result, word) = try await reconcile(manifest.object, object.name, resource, namespace, session.client)
        if output == .name { Console.line(resource.label(object.name)) }
        if output == nil || output == .table || output == .wide {
            Console.line("\(resource.label(object.name)) \(word)\(dryRun ? " (server dry run)" : "")")
        }
        return result
    }

    private func namespace(of object: KubeObject, _ resource: APIResource, _ session: Session) throws -> String? {
        guard resource.isNamespaced else { return nil }
        try cluster.checkNamespace(of: object)
        return object.namespace.isEmpty ? session.namespace : object.namespace
    }

    private var query: [(String, String)] {
        [("fieldManager", "purser-apply")] + (dryRun ? [("dryRun", "All")] : [])
    }

    /// Creates or changes; a change that somebody else's overtakes is computed again.
    private func reconcile(
        _ manifest: JSON, _ name: String, _ resource: APIResource, _ namespace: String?, _ client: APIClient
    ) async throws -> (JSON, String) {
        var attempts = 5
        while true {
            do {
                let live = try await client.get(resource, namespace: namespace, name: name)
                return try await change(manifest, live, resource, namespace, client)
            } catch let status as KubeStatus where status.code == 404 && status.name == name {
                var object = DeclarativeApply.annotated(manifest)
                if let namespace { object[["metadata", "namespace"]] = .string(namespace) }
                return (try await client.create(resource, namespace: namespace, object, query: query).json, "created")
            } catch let status as KubeStatus where status.code == 409 && status.reason == "Conflict" && attempts > 1 {
                attempts -= 1
            }
        }
    }

    private func change(
        _ manifest: JSON, _ live: KubeObject, _ resource: APIResource, _ namespace: String?, _ client: APIClient
    ) async throws -> (JSON, String) {
        let result: KubeObject
        switch DeclarativeApply.step(manifest: manifest, live: live.json) {
        case .unchanged: return (live.json, "unchanged")
        case .patch(let patch, let kind):
            result = try await client.patch(
                resource, namespace: namespace, name: live.name, patch, kind: kind == .merge ? .merge : .strategicMerge,
                query: query)
        case .replace(let object):
            result = try await client.update(resource, namespace: namespace, name: live.name, object, query: query)
        }
        return (result.json, result.resourceVersion == live.resourceVersion && !dryRun ? "unchanged" : "configured")
    }
}
