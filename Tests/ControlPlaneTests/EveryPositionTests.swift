import Domain
import EventLog
import KubeModel
import PropertyTesting
import Testing

@testable import ControlPlane

@Suite("Every position of a random history")
struct EveryPositionTests {
    /// Commands of each history; each is an event or more.
    private static let commands = 2000

    @Test(
        "has the state that the events up to it fold to: live, from snapshots, and object by object",
        arguments: [21, 22] as [UInt64])
    func states(seed: UInt64) async throws {
        let log = InMemoryEventLog()
        try await Replica.run(on: log) { replica in
            var random = SeededRandom(seed: seed)
            for namespace in ["shop", "bank"] { try await replica.createNamespace(namespace) }
            var live: [Position: [UInt8]] = [:]
            for step in 0..<Self.commands {
                try await replica.change(step, using: &random)
                let state = replica.cluster.state
                live[state.position] = state.contentHash()
                if step % 50 == 0 { try await log.store(snapshot: state.snapshotBytes(), position: state.position) }
            }
            #expect(live.count == Self.commands)

            var fold = ClusterState()
            for event in try await log.read(after: 0, limit: .max, filter: .all) {
                try fold.apply(event)
                let (position, hash) = (event.position, fold.contentHash())
                if let seen = live.removeValue(forKey: position) { #expect(seen == hash, "seed \(seed), \(position)") }
                let loaded = try await StateLoader.state(log, at: position)
                #expect(loaded.contentHash() == hash, "seed \(seed), \(position)")
                guard event.event.changesState, let key = ObjectKey(stream: event.event.stream) else { continue }
                let object = try await replica.cluster.history.object(key, at: position)
                #expect(object == fold[key], "seed \(seed), \(key) at \(position)")
            }
            #expect(live.isEmpty)
        }
    }
}
