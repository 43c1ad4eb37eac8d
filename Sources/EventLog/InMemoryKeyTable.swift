import Domain
import Synchronization

/// The key table in memory: for tests and simulations.
public final class InMemoryKeyTable: KeyTable {
    private let storage = Mutex<[String: [UInt8]]>([:])

    public init() {}

    public func store(key: [UInt8], id: String) async throws(EventLogError) {
        storage.withLock { if $0[id] == nil { $0[id] = key } }
    }

    public func key(id: String) async throws(EventLogError) -> [UInt8]? { storage.withLock { $0[id] } }

    public func keys(idPrefix: String) async throws(EventLogError) -> [String: [UInt8]] {
        storage.withLock { $0.filter { $0.key.hasPrefix(idPrefix) } }
    }

    public func destroy(id: String) async throws(EventLogError) {
        storage.withLock { keys in
            keys[id] = nil
            if id.hasPrefix(Person.prefix) { keys = keys.filter { Person.commitment($0.value) != id } }
        }
    }
}
