import Domain
import KubeModel
import Postgres
import Rating

/// Usage records as rows of `projection.usage`.
struct UsageRows {
    /// In the order of the columns.
    static let counters: [WritableKeyPath<UsageCounters, Int128> & Sendable] = [
        \.cpuNanoseconds, \.memoryByteSeconds, \.ioReadBytes, \.ioWriteBytes, \.networkSentBytes,
        \.networkReceivedBytes,
    ]
    private static let columns = [
        "cpu_nanoseconds", "memory_byte_seconds", "io_read_bytes", "io_write_bytes", "network_sent_bytes",
        "network_received_bytes",
    ]

    private var rows: [(position: Position, record: UsageRecord, used: UsageCounters)] = []
    private var last: [UsageRecord.Series: UsageReading]

    /// - Parameter last: the readings that were written before.
    init(after last: [UsageRecord.Series: UsageReading]) { self.last = last }

    /// Takes the next record of the log; a repetition gives no row.
    mutating func append(_ record: UsageRecord, at position: Position) {
        guard let used = UsageReading.used(record, since: last[record.series]) else { return }
        last[record.series] = UsageReading(observedAt: record.observedAt, counters: record.counters)
        rows.append((position, record, used))
    }

    func values(from: Position, to: Position) -> [PostgresValue] {
        let records = rows.map(\.record)
        let texts = [\UsageRecord.node, \.uid, \.namespace, \.name, \.owner, \.workload].map { path in
            PostgresValue.textArray(records.map { $0[keyPath: path] })
        }
        func column(_ counters: [UsageCounters]) -> [PostgresValue] {
            Self.counters.map { path in .int8Array(counters.map { Int64(clamping: $0[keyPath: path]) }) }
        }
        return [
            .int8(from), .int8(to), .int8Array(rows.map(\.position)),
            .timestampArray(records.map(\.observedAt.microseconds)), .boolArray(records.map(\.isFinal)),
        ] + texts + column(records.map(\.counters)) + column(rows.map(\.used))
    }

    static let write: PostgresStatement = {
        let all =
            ["position", "observed_at", "is_final", "node", "uid", "namespace", "pod", "owner", "workload"] + columns
            + columns.map { "\($0)_used" }
        let types =
            ["bigint", "timestamptz", "boolean"] + Array(repeating: "text", count: 6)
            + Array(repeating: "bigint", count: 2 * columns.count)
        let parameters = types.enumerated().map { "$\($0 + 3)::\($1)[]" }.joined(separator: ", ")
        let names = all.joined(separator: ", ")
        return PostgresStatement(
            "write_usage",
            """
            WITH \(Projection.moving(.usage)), written AS (
                INSERT INTO projection.usage (\(names))
                SELECT \(all.map { "n.\($0)" }.joined(separator: ", "))
                FROM moved, unnest(\(parameters)) AS n (\(names)) ON CONFLICT DO NOTHING
            ) SELECT name FROM moved
            """)
    }()

    static let lastReadings = PostgresStatement(
        "last_readings",
        """
        SELECT k.uid, k.node, u.observed_at, \(columns.map { "u.\($0)" }.joined(separator: ", "))
        FROM unnest($1::text[], $2::text[]) AS k (uid, node), LATERAL (
            SELECT * FROM projection.usage u WHERE u.uid = k.uid AND u.node = k.node AND u.position <= $3
            ORDER BY u.position DESC LIMIT 1
        ) u
        """)

    static func values(_ series: [UsageRecord.Series], through: Position) -> [PostgresValue] {
        [.textArray(series.map(\.uid)), .textArray(series.map(\.node)), .int8(through)]
    }

    static func reading(_ row: PostgresRow) throws(PostgresError) -> (UsageRecord.Series, UsageReading) {
        var counters = UsageCounters()
        for (offset, path) in Self.counters.enumerated() { counters[keyPath: path] = Int128(try row.int8(3 + offset)) }
        return (
            UsageRecord.Series(uid: try row.text(0), node: try row.text(1)),
            UsageReading(observedAt: Timestamp(microseconds: try row.timestamp(2)), counters: counters)
        )
    }
}
