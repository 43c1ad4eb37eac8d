import ArgumentParser
import KubeModel

struct ScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Set the number of replicas.",
        discussion: "EXAMPLE\n  purser scale deployment/web --replicas 5")

    @Argument(help: ArgumentHelp("TYPE/NAME or TYPE NAME", valueName: "what"))
    var what: [String]
    @Option(help: "The wanted number.")
    var replicas: Int64
    @Option(help: "Change it only if it is this number now.")
    var currentReplicas: Int64?
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if replicas < 0 { throw ValidationError("--replicas must be 0 or more") }
    }

    func run() async throws {
        let session = try cluster.connect()
        let (resource, name) = try ObjectReferences.single(what, try await session.mapping())
        var patch: JSON = ["spec": ["replicas": .int(replicas)]]
        if let currentReplicas {
            let scale = try await session.client.get(
                resource, namespace: session.namespace, name: name, subresource: "scale")
            let current = scale.spec.int("replicas") ?? 0
            guard current == currentReplicas else {
                throw CommandError(
                    "\(resource.label(name)) has \(current) replicas, not \(currentReplicas)", status: .conflict)
            }
            patch[["metadata", "resourceVersion"]] = .string(scale.resourceVersion)
        }
        _ = try await session.client.patch(
            resource, namespace: session.namespace, name: name, patch, subresource: "scale")
        Console.line("\(resource.label(name)) scaled")
    }
}
