import EventLog
import KubeModel
import PostgresEventLog
import Testing

@Suite("Subscriptions")
struct SubscriptionTests {
    static let filters: [EventQuery] = [
        EventQuery(), EventQuery(.namespace("shop")), EventQuery(.resource("pods", namespace: nil)),
        EventQuery(.resource("deployments.apps", namespace: "shop"), types: ["DeploymentScaled", "DeploymentCreated"]),
        EventQuery(.node("n1"), caller: "alice", verb: "update", includesReads: true), EventQuery(.object("pods/a/b")),
    ]

    @Test("a filter is read back from its JSON", arguments: filters)
    func filterJSON(_ filter: EventQuery) { #expect(EventQuery(json: filter.json) == filter) }

    @Test("a subscription lies in PostgreSQL with its filter and moves on, never back")
    func stored() async throws {
        let fixture = try await PostgresFixture()
        let (made, later) = (Timestamp(seconds: 5), Timestamp(seconds: 9))
        let expected = Subscription(
            name: "billing", filter: Self.filters[3], position: 7, createdAt: made, updatedAt: made)
        try await fixture.log.store(expected)
        #expect(try await fixture.log.subscription("billing") == expected)
        #expect(try await fixture.log.acknowledge("billing", position: 12, at: later))
        #expect(try await fixture.log.acknowledge("billing", position: 3, at: later))
        #expect(try await fixture.log.subscriptions().map(\.position) == [12])
        #expect(try await fixture.log.subscription("billing")?.updatedAt == later)
        #expect(try await !fixture.log.acknowledge("other", position: 1, at: later))
        #expect(try await fixture.log.removeSubscription("billing"))
        #expect(try await !fixture.log.removeSubscription("billing"))
        #expect(try await fixture.log.subscriptions().isEmpty)
    }
}
