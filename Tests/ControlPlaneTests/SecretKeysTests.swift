import CommandHandling
import Domain
import EventLog
import KubeModel
import Testing

@testable import ControlPlane

@Suite("Keys of Secrets")
struct SecretKeysTests {
    @Test("a Secret whose key is in no table is taken for a shredded one, and keeps no other from being listed")
    func missing() async throws {
        let sealer = SecretSealer(wrappingKey: [UInt8](repeating: 1, count: 32))
        let services = { (replica: Replica) in
            [SecretKeys(cluster: replica.cluster, sealer: sealer, keys: InMemoryKeyTable(), logger: Replica.quiet)]
        }
        try await Replica.run(on: InMemoryEventLog(), services: services) { replica in
            try await replica.createNamespace()
            let stored = try await replica.create(
                .secrets,
                [
                    "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "db", "namespace": "shop"],
                    "data": ["a": "Yg=="],
                ])
            let secret = try #require(stored.object)
            while !sealer.isShredded(uid: secret.uid) { try await Task.sleep(for: .milliseconds(1)) }
            #expect(try sealer.openWhereKept(secret.object().json)["data"] == nil)
        }
    }
}
