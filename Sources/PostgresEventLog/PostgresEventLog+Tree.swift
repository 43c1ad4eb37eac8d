import Domain
import EventLog
import KubeModel
import Postgres

extension PostgresEventLog {
    public func leaves(_ range: ClosedRange<Position>) async throws(EventLogError) -> [[UInt8]] {
        let result = try await query(Self.readLeaves, [.int8(range.lowerBound), .int8(range.upperBound)])
        return try decode { () throws(PostgresError) in
            var leaves: [[UInt8]] = []
            leaves.reserveCapacity(result.count)
            for row in result { leaves.append(try row.bytea(0)) }
            return leaves
        }
    }

    public func tile(level: Int, index: Int64) async throws(EventLogError) -> [UInt8]? {
        let result = try await query(Self.readTile, [.int8(Int64(level)), .int8(index)])
        return try decode { () throws(PostgresError) in try result.first?.bytea(0) }
    }

    public func store(tile: [UInt8], level: Int, index: Int64) async throws(EventLogError) {
        let result = try await query(Self.storeTile, [.int8(Int64(level)), .int8(index), .bytea(tile)])
        guard result.affectedRows == 0 else { return }
        guard try await self.tile(level: level, index: index) == tile else {
            throw .corrupt("tile \(level)/\(index) is stored with other hashes")
        }
    }

    public func store(checkpoint note: [UInt8], size: Position, at: Timestamp) async throws(EventLogError) {
        _ = try await query(Self.storeCheckpoint, [.int8(size), .timestamp(at.microseconds), .bytea(note)])
    }

    public func latestCheckpoint() async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        let result = try await query(Self.readCheckpoint, [])
        return try numbered(result)
    }

    public func checkpoint(from size: Position) async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        try numbered(try await query(Self.findCheckpoint, [.int8(size)])).map { (size: $0, note: $1) }
    }

    public func store(cosignature line: String, of witness: String, size: Position) async throws(EventLogError) {
        let result = try await query(Self.storeCosignature, [.int8(size), .text(witness), .text(line)])
        guard result.affectedRows == 0 else { return }
        guard try await checkpoint(from: size)?.size == size else {
            throw .refused("no tree head of size \(size) was signed")
        }
    }

    public func cosignatures(size: Position) async throws(EventLogError) -> [String] {
        let result = try await query(Self.readCosignatures, [.int8(size)])
        return try decode { () throws(PostgresError) in
            var lines: [String] = []
            for row in result { lines.append(try row.text(0)) }
            return lines
        }
    }

    public func latestCosignedCheckpoint() async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        try numbered(try await query(Self.latestCosigned, [])).map { (size: $0, note: $1) }
    }

    public func store(snapshot: [UInt8], position: Position) async throws(EventLogError) {
        _ = try await query(Self.storeSnapshot, [.int8(position), .bytea(snapshot)])
    }

    public func latestSnapshot(through: Position) async throws(EventLogError) -> (position: Position, bytes: [UInt8])? {
        let result = try await query(Self.readSnapshot, [.int8(through)])
        return try numbered(result).map { (position: $0, bytes: $1) }
    }

    /// A first row of a number and bytes, nil if there is none.
    private func numbered(_ result: PostgresResult) throws(EventLogError) -> (Int64, [UInt8])? {
        try decode { () throws(PostgresError) in
            guard let row = result.first else { return nil }
            return (try row.int8(0), try row.bytea(1))
        }
    }

    private static let readLeaves = PostgresStatement(
        "read_leaves", "SELECT leaf FROM log.events WHERE position BETWEEN $1 AND $2 ORDER BY position")

    private static let readTile = PostgresStatement(
        "read_tile", "SELECT hashes FROM log.tiles WHERE level = $1 AND index = $2")

    private static let storeTile = PostgresStatement(
        "store_tile",
        "INSERT INTO log.tiles (level, index, hashes) VALUES ($1::bigint, $2, $3) ON CONFLICT DO NOTHING")

    private static let storeCheckpoint = PostgresStatement(
        "store_checkpoint",
        "INSERT INTO log.checkpoints (size, recorded_at, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")

    private static let readCheckpoint = PostgresStatement(
        "read_checkpoint", "SELECT size, note FROM log.checkpoints ORDER BY size DESC LIMIT 1")

    private static let findCheckpoint = PostgresStatement(
        "find_checkpoint", "SELECT size, note FROM log.checkpoints WHERE size >= $1 ORDER BY size LIMIT 1")

    private static let storeCosignature = PostgresStatement(
        "store_cosignature",
        """
        INSERT INTO log.cosignatures (size, witness, line)
        SELECT size, $2::text, $3::text FROM log.checkpoints WHERE size = $1 ON CONFLICT DO NOTHING
        """)

    private static let readCosignatures = PostgresStatement(
        "read_cosignatures", "SELECT line FROM log.cosignatures WHERE size = $1 ORDER BY witness")

    private static let latestCosigned = PostgresStatement(
        "latest_cosigned",
        """
        SELECT size, note FROM log.checkpoints
        WHERE size = (SELECT size FROM log.cosignatures ORDER BY size DESC LIMIT 1)
        """)

    /// Of the older snapshots the newest of each distance of a power of two stays, so that they get sparser with age.
    private static let storeSnapshot = PostgresStatement(
        "store_snapshot",
        """
        WITH thinned AS (
            DELETE FROM log.snapshots WHERE position < $1 AND position NOT IN (
                SELECT max(position) FROM log.snapshots WHERE position < $1
                GROUP BY floor(log(2.0, ($1 - position)::numeric)))
        )
        INSERT INTO log.snapshots (position, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING
        """)

    private static let readSnapshot = PostgresStatement(
        "read_snapshot",
        "SELECT position, bytes FROM log.snapshots WHERE position <= $1 ORDER BY position DESC LIMIT 1")
}
