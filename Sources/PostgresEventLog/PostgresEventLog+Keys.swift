import Domain
import EventLog
import Postgres

extension PostgresEventLog {
    public func store(key: [UInt8], id: String) async throws(EventLogError) {
        _ = try await query(Self.storeKey, [.text(id), .bytea(key)])
    }

    public func key(id: String) async throws(EventLogError) -> [UInt8]? {
        let result = try await query(Self.readKey, [.text(id)])
        return try decode { () throws(PostgresError) in try result.first?.bytea(0) }
    }

    public func keys(idPrefix: String) async throws(EventLogError) -> [String: [UInt8]] {
        let result = try await query(Self.readKeys, [.text(idPrefix)])
        return try decode { () throws(PostgresError) in
            var keys: [String: [UInt8]] = [:]
            for row in result { keys[try row.text(0)] = try row.bytea(1) }
            return keys
        }
    }

    public func destroy(id: String) async throws(EventLogError) {
        _ = try await query(id.hasPrefix(Person.prefix) ? Self.destroyPerson : Self.destroyKey, [.text(id)])
        persons.clear()
    }

    private static let storeKey = PostgresStatement(
        "store_key", "INSERT INTO log.keys (id, key) VALUES ($1, $2) ON CONFLICT DO NOTHING")

    private static let readKey = PostgresStatement("read_key", "SELECT key FROM log.keys WHERE id = $1")

    private static let readKeys = PostgresStatement(
        "read_keys", "SELECT id, key FROM log.keys WHERE starts_with(id, $1)")

    private static let destroyPerson = PostgresStatement(
        "destroy_person", "DELETE FROM log.keys WHERE starts_with(id, 'person/') AND purser.commitment(key) = $1")

    private static let destroyKey = PostgresStatement("destroy_key", "DELETE FROM log.keys WHERE id = $1")
}
