import CommandHandling
import Domain
import EventLog
import KubeMachinery
import KubeModel
import Logging
import ServiceLifecycle
import Testing

@testable import ControlPlane

/// One server's inside on a log: its cluster and its writer.
struct Replica: Sendable {
    let cluster: Cluster
    let writer: Writer

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a replica while `body` runs, and shuts it down gracefully.
    static func run<Result: Sendable>(
        on log: any EventLog, unavailableAfter: Duration = .seconds(60),
        services: (Replica) -> [any Service] = { _ in [] },
        _ body: (Replica) async throws -> Result
    ) async throws -> Result {
        let range = try #require(AddressRange("10.96.0.0/16"))
        var configuration = Sequencer.Configuration(serviceRange: range)
        configuration.unavailableAfter = unavailableAfter
        let loaded = try await StateLoader.load(log, logger: quiet)
        let cluster = Cluster(log: log, loaded: loaded, configuration: configuration, logger: quiet)
        let replica = Replica(
            cluster: cluster, writer: Writer(cluster: cluster, sealer: nil, keys: nil, serviceRange: range))
        let group = ServiceGroup(services: [cluster.sequencer] + services(replica), logger: quiet)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result = try await body(replica)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }

    func request(
        _ resource: GroupResource, namespace: String = "", name: String = "", _ operation: WriteRequest.Operation,
        callID: CallID? = nil
    ) throws -> WriteRequest {
        let type = try #require(Registry.builtIn.type(resource))
        return WriteRequest(
            type, namespace: namespace, name: name, operation: operation,
            origin: CallOrigin(caller: Caller(subject: "tester", verb: "test"), callID: callID ?? cluster.newCallID()))
    }

    @discardableResult
    func create(_ resource: GroupResource, _ object: JSON) async throws -> WriteResult {
        let namespace = object.string("metadata", "namespace") ?? ""
        return try await writer.execute(request(resource, namespace: namespace, .create(object)))
    }

    func createNamespace(_ name: String = "shop") async throws {
        try await create(.namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
    }

    static func configMap(_ name: String, _ value: String) -> JSON {
        [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": "shop"],
            "data": ["value": .string(value)],
        ]
    }

    func patch(_ name: String, _ value: String) async throws -> WriteResult {
        let bytes = JSON.object(["data": ["value": .string(value)]]).canonicalBytes
        return try await writer.execute(
            request(.configMaps, namespace: "shop", name: name, .patch(.merge, bytes)))
    }

    /// Waits until what is true of the log is true here.
    func reach(_ position: Position) async throws {
        while cluster.state.position < position { try await Task.sleep(for: .milliseconds(5)) }
    }
}

extension EventLog {
    func everything() async throws -> [RecordedEvent] { try await read(after: 0, limit: .max, filter: .all) }

    /// The hash of the state rebuilt from the first event.
    func replayedHash() async throws -> [UInt8] {
        try await StateLoader.replay(self, through: try await head().position).contentHash()
    }
}
