import Domain
import EventLog
import KubeModel
import Postgres

extension PostgresEventLog: SubscriptionTable {
    public func subscriptions() async throws(EventLogError) -> [Subscription] {
        try await readSubscriptions(Self.listSubscriptions, [])
    }

    public func subscription(_ name: String) async throws(EventLogError) -> Subscription? {
        try await readSubscriptions(Self.readSubscription, [.text(name)]).first
    }

    public func store(_ subscription: Subscription) async throws(EventLogError) {
        _ = try await query(
            Self.storeSubscription,
            [
                .text(subscription.name),
                .text(String(decoding: subscription.filter.json.canonicalBytes, as: UTF8.self)),
                .int8(subscription.position), .timestamp(subscription.createdAt.microseconds),
                .timestamp(subscription.updatedAt.microseconds),
            ])
    }

    public func acknowledge(_ name: String, position: Position, at: Timestamp) async throws(EventLogError) -> Bool {
        try await query(Self.acknowledge, [.text(name), .int8(position), .timestamp(at.microseconds)]).affectedRows > 0
    }

    public func removeSubscription(_ name: String) async throws(EventLogError) -> Bool {
        try await query(Self.removeSubscription, [.text(name)]).affectedRows > 0
    }

    private func readSubscriptions(_ statement: PostgresStatement, _ values: [PostgresValue])
        async throws(EventLogError) -> [Subscription]
    {
        let result = try await query(statement, values)
        return try decode { () throws(PostgresError) in
            var found: [Subscription] = []
            for row in result {
                guard let filter = try? JSON(parsing: Array(try row.text(1).utf8)) else {
                    throw .unexpectedResult("a subscription's filter is no JSON")
                }
                found.append(
                    Subscription(
                        name: try row.text(0), filter: EventQuery(json: filter), position: try row.int8(2),
                        createdAt: Timestamp(microseconds: try row.timestamp(3)),
                        updatedAt: Timestamp(microseconds: try row.timestamp(4))))
            }
            return found
        }
    }

    private static let subscriptionColumns = "name, filter, position, created_at, updated_at"

    private static let listSubscriptions = PostgresStatement(
        "list_subscriptions", "SELECT \(subscriptionColumns) FROM log.subscriptions ORDER BY name")

    private static let readSubscription = PostgresStatement(
        "read_subscription", "SELECT \(subscriptionColumns) FROM log.subscriptions WHERE name = $1")

    private static let storeSubscription = PostgresStatement(
        "store_subscription",
        """
        INSERT INTO log.subscriptions (\(subscriptionColumns)) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (name) DO UPDATE SET filter = excluded.filter, position = excluded.position,
            created_at = excluded.created_at, updated_at = excluded.updated_at
        """)

    private static let acknowledge = PostgresStatement(
        "acknowledge",
        """
        UPDATE log.subscriptions SET updated_at = $3, position = greatest(position, $2)
        WHERE name = $1
        """)

    private static let removeSubscription = PostgresStatement(
        "remove_subscription", "DELETE FROM log.subscriptions WHERE name = $1")
}
