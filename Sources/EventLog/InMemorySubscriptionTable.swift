import Domain
import KubeModel
import Synchronization

/// The subscriptions in memory: for tests and simulations.
public final class InMemorySubscriptionTable: SubscriptionTable {
    private let storage = Mutex<[String: Subscription]>([:])

    public init() {}

    public func subscriptions() async throws(EventLogError) -> [Subscription] {
        storage.withLock { $0.values.sorted { $0.name < $1.name } }
    }

    public func subscription(_ name: String) async throws(EventLogError) -> Subscription? {
        storage.withLock { $0[name] }
    }

    public func store(_ subscription: Subscription) async throws(EventLogError) {
        storage.withLock { $0[subscription.name] = subscription }
    }

    public func acknowledge(_ name: String, position: Position, at: Timestamp) async throws(EventLogError) -> Bool {
        storage.withLock { table in
            guard var subscription = table[name] else { return false }
            (subscription.position, subscription.updatedAt) = (max(subscription.position, position), at)
            table[name] = subscription
            return true
        }
    }

    public func removeSubscription(_ name: String) async throws(EventLogError) -> Bool {
        storage.withLock { $0.removeValue(forKey: name) != nil }
    }
}
