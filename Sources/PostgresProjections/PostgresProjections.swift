import Domain
import EventLog
import KubeModel
import Postgres
import Rating

/// The read tables in PostgreSQL (schema `projection`), for those who read them. `ProjectionWriter` writes them.
public final class PostgresProjections: ReadTables {
    let readers: PostgresPool

    /// - Parameter conninfo: of a login that is a member of `purser_server`.
    public init(_ conninfo: String) { readers = PostgresPool(conninfo, size: 2, setup: ["SET jit = off"]) }

    public func close() { readers.close() }

    public func progress() async throws(EventLogError) -> [ProjectionProgress] {
        try await read(Self.checkpoints, []) { row throws(PostgresError) in
            ProjectionProgress(name: try row.text(0), checkpoint: try row.int8(1), rebuilds: try row.int8(2))
        }
    }

    public func rebuild(_ name: String) async throws(EventLogError) -> Bool {
        guard let projection = Projection(rawValue: name) else { return false }
        do { _ = try await readers.execute(projection.clear, [.null]) } catch { throw Self.wrapped(error) }
        return true
    }

    public func usage(in period: BillingPeriod, boundaries: [Timestamp], namespace: String?, through: Position)
        async throws(EventLogError) -> UsageTotals
    {
        let rows = try await read(
            Self.totals,
            [
                .timestamp(period.from.microseconds), .timestamp(period.to.microseconds),
                .timestampArray(boundaries.map(\.microseconds)), .text(namespace ?? ""), .int8(through),
            ]
        ) { row throws(PostgresError) in
            let progress = ProjectionProgress(
                name: Projection.usage.rawValue, checkpoint: try row.int8(0), rebuilds: try row.int8(1))
            return (progress, row.isNull(2) ? nil : try PodUsage(row))
        }
        guard let progress = rows.first?.0 else { throw .corrupt("the usage table has no checkpoint") }
        return UsageTotals(usage: rows.compactMap(\.1), progress: progress)
    }

    public func lastReadings(of series: [UsageRecord.Series], through: Position)
        async throws(EventLogError) -> [UsageRecord.Series: UsageReading]
    {
        guard !series.isEmpty else { return [:] }
        let rows = try await read(UsageRows.lastReadings, UsageRows.values(series, through: through)) {
            row throws(PostgresError) in try UsageRows.reading(row)
        }
        return Dictionary(rows, uniquingKeysWith: { $1 })
    }

    private func read<Value>(
        _ statement: PostgresStatement, _ values: [PostgresValue],
        _ decode: (PostgresRow) throws(PostgresError) -> Value
    ) async throws(EventLogError) -> [Value] {
        do {
            let result = try await readers.execute(statement, values, isRepeatable: true)
            var found: [Value] = []
            for row in result { found.append(try decode(row)) }
            return found
        } catch {
            throw Self.wrapped(error)
        }
    }

    static func wrapped(_ error: PostgresError) -> EventLogError {
        if case .unexpectedResult(let what) = error { .corrupt(what) } else { .unavailable(error.description) }
    }

    private static let checkpoints = PostgresStatement(
        "projection_checkpoints", "SELECT name, position, rebuilds FROM projection.checkpoints ORDER BY name")

    /// One statement, so that sums and checkpoint belong together. A pod's names are those of its first record.
    private static let totals = PostgresStatement(
        "usage_totals",
        """
        SELECT c.position, c.rebuilds, t.* FROM projection.checkpoints c LEFT JOIN LATERAL (
            SELECT u.uid, u.span,
                (array_agg(u.namespace ORDER BY u.position))[1], (array_agg(u.pod ORDER BY u.position))[1],
                (array_agg(u.workload ORDER BY u.position))[1],
                sum(u.cpu_nanoseconds_used)::text, sum(u.memory_byte_seconds_used)::text,
                sum(u.io_read_bytes_used)::text, sum(u.io_write_bytes_used)::text,
                sum(u.network_sent_bytes_used)::text, sum(u.network_received_bytes_used)::text
            FROM (
                SELECT *, (SELECT count(*) FROM unnest($3::timestamptz[]) AS b (begins) WHERE b.begins <= observed_at)
                    AS span
                FROM projection.usage
                WHERE observed_at >= $1 AND observed_at < $2 AND position <= $5 AND ($4 = '' OR namespace = $4)
            ) u GROUP BY u.uid, u.span
        ) t ON true
        WHERE c.name = 'usage'
        """)
}

extension PodUsage {
    fileprivate init(_ row: PostgresRow) throws(PostgresError) {
        var used = UsageCounters()
        for (offset, counter) in UsageRows.counters.enumerated() {
            guard let sum = Int128(try row.text(7 + offset)) else {
                throw .unexpectedResult("a sum is no whole number")
            }
            used[keyPath: counter] = sum
        }
        self.init(
            uid: try row.text(2), namespace: try row.text(4), name: try row.text(5), workload: try row.text(6),
            span: Int(try row.int8(3)), used: used)
    }
}
