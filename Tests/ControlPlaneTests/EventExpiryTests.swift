import Domain
import EventLog
import KubeModel
import Testing

@testable import ControlPlane
@testable import KubeMachinery

@Suite struct EventExpiryTests {
    @Test("an Event ends an hour after it was last written, nothing else does, and the log keeps it")
    func expires() async throws {
        let log = InMemoryEventLog()
        try await Replica.run(on: log) { replica in
            try await replica.createNamespace()
            for name in ["old", "young"] {
                try await replica.create(
                    .events,
                    [
                        "apiVersion": "v1", "kind": "Event", "reason": "Started", "type": "Normal",
                        "metadata": ["name": .string(name), "namespace": "shop"],
                        "involvedObject": ["kind": "Pod", "name": "web", "namespace": "shop"],
                    ])
            }
            let old = ObjectKey(.events, namespace: "shop", name: "old")
            let young = ObjectKey(.events, namespace: "shop", name: "young")
            let cluster = replica.cluster
            let position = try #require(cluster.state[old]?.position)
            #expect(EventExpiry.expired(in: cluster.state, through: position - 1) == [])
            let uid = try #require(cluster.state[old]?.uid)
            #expect(
                EventExpiry.expired(in: cluster.state, through: position) == [.delete(old, uid: uid, graceSeconds: 0)])

            let term = try #require(
                await cluster.sequencer.takeTerm(
                    as: Caller(subject: "test", verb: "create"), callID: cluster.newCallID()))
            let executor = PlanExecutor(
                writer: replica.writer, cluster: cluster, subject: "test", term: term)
            let expiry = EventExpiry(cluster: cluster, executor: executor, logger: Replica.quiet)
            #expect(await expiry.sweep(now: cluster.clock.now.adding(seconds: EventExpiry.timeToLive - 60)))
            #expect(cluster.state[old] != nil && cluster.state[young] != nil)
            #expect(await expiry.sweep(now: cluster.clock.now.adding(seconds: EventExpiry.timeToLive + 60)))
            #expect(cluster.state[old] == nil && cluster.state[young] == nil)
            #expect(cluster.state.count(.namespaces) == 1)
            #expect(try await cluster.history.object(old, at: position) != nil)
        }
    }
}
