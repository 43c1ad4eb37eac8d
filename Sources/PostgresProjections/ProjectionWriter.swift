import Domain
import EventLog
import KubeModel
import Logging
import Postgres
import Rating
import ServiceLifecycle

/// Writes the read tables behind the log: every half second what was touched since the checkpoint, as it is now.
///
/// It asks the log only which streams were touched and takes the objects from the state in memory, so that nothing
/// of it is on the way of a call, and an object that changed ten times in between is written once. Only one replica
/// writes: the one whose connection holds a lock of PostgreSQL, and it writes over that connection alone.
public struct ProjectionWriter: Service {
    private let conninfo: String
    private let log: (any EventLog)?
    private let state: @Sendable () -> ClusterState
    private let logger: Logger

    /// From one turn to the next at least.
    private static let interval = Duration.milliseconds(500)
    /// After a turn it rests so many times as long as the turn took: one fifth of one core at most.
    private static let rest = 4
    private static let retry = Duration.seconds(1)

    /// - Parameters:
    ///   - conninfo: of a login that is a member of `purser_server`.
    ///   - log: what reads events whose bytes lie in an archive; a rebuild may meet some.
    ///   - state: the durable state now.
    public init(
        _ conninfo: String, log: (any EventLog)? = nil, state: @escaping @Sendable () -> ClusterState, logger: Logger
    ) {
        (self.conninfo, self.log, self.state, self.logger) = (conninfo, log, state, logger)
    }

    public func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                let session = ProjectionSession(conninfo, log: log)
                defer { session.close() }
                do {
                    try await session.lock()
                    while true { try await turn(session) }
                } catch let error where error is PostgresError || error is EventLogError {
                    try Task.checkCancellation()
                    logger.warning("the read tables cannot be written", metadata: ["error": "\(error)"])
                }
                try await Task.sleep(for: Self.retry)
            }
        }
    }

    private func turn(_ session: ProjectionSession) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        try await session.project(state())
        try await Task.sleep(for: max(Self.interval, (clock.now - start) * Self.rest))
    }
}

/// The connection that writes the read tables, and what it does in a turn.
public final class ProjectionSession: Sendable {
    private let connection: PostgresConnection
    private let log: (any EventLog)?
    /// So far behind, the objects are all written anew rather than looked for.
    private static let rewriteDistance: Position = 100_000
    private static let chunkRows = 2000
    private static let chunkBytes = 4 << 20
    private static let usagePage = 200

    /// A commit that is lost in a crash takes its checkpoint with it, so none has to be waited for.
    /// - Parameter log: as for the writer.
    public init(_ conninfo: String, log: (any EventLog)? = nil) {
        self.log = log
        connection = PostgresConnection(
            conninfo, setup: ["SET synchronous_commit = off", "SET jit = off", "SET client_min_messages = warning"])
    }

    public func close() { connection.close() }

    /// Waits until no other replica writes.
    public func lock() async throws {
        while try await !connection.execute(Self.tryLock)[0].bool(0) { try await Task.sleep(for: .seconds(1)) }
    }

    /// Brings every table to the state's position.
    public func project(_ state: ClusterState) async throws {
        try await projectObjects(state)
        try await projectUsage(through: state.position)
    }

    private func checkpoint(_ projection: Projection) async throws -> Position {
        try await connection.execute(Self.readCheckpoint, [.text(projection.rawValue)])[0].int8(0)
    }

    private func projectObjects(_ state: ClusterState) async throws {
        var checkpoint = try await checkpoint(.objects)
        guard state.position > checkpoint else { return }
        if checkpoint == 0 || state.position - checkpoint > Self.rewriteDistance {
            _ = try await connection.execute(Projection.objects.clear, [.int8(checkpoint)])
            checkpoint = 0
            for chunk in Chunks(state) { guard try await write(chunk, from: 0, to: 0) else { return } }
            _ = try await write(ObjectRows(), from: 0, to: state.position)
        } else {
            var rows = ObjectRows()
            for row in try await connection.execute(Self.touched, [.int8(checkpoint), .int8(state.position)]) {
                guard let key = ObjectKey(stream: try row.text(0)) else { continue }
                rows.append(key, state[key])
                if rows.count >= Self.chunkRows || rows.byteCount >= Self.chunkBytes {
                    guard try await write(rows, from: checkpoint, to: checkpoint) else { return }
                    rows = ObjectRows()
                }
            }
            _ = try await write(rows, from: checkpoint, to: state.position)
        }
    }

    /// - Returns: false if the checkpoint is not at `from` any more, because somebody asked for a rebuild.
    private func write(_ rows: ObjectRows, from: Position, to: Position) async throws -> Bool {
        let values = rows.values(from: from, to: to)
        do {
            return try await !connection.execute(ObjectRows.write, values).isEmpty
        } catch {
            // Class 22 is a value that jsonb cannot hold, class 54 one that is too large for it.
            guard ["22", "54"].contains(error.sqlState?.prefix(2)) else { throw error }
            return try await !connection.execute(ObjectRows.writeCarefully, values).isEmpty
        }
    }

    private func projectUsage(through end: Position) async throws {
        var checkpoint = try await checkpoint(.usage)
        while checkpoint < end {
            let page = try await usageReports(after: checkpoint, through: end)
            var records: [(position: Position, record: UsageRecord)] = []
            for (position, payload) in page {
                guard let report = try? JSON(parsing: payload) else { continue }
                for record in UsageRecord.all(inReport: report) { records.append((position, record)) }
            }
            var rows = UsageRows(after: try await lastReadings(Set(records.map(\.record.series)), through: checkpoint))
            for (position, record) in records { rows.append(record, at: position) }
            let target = page.count < Self.usagePage ? end : page.last?.position ?? end
            let moved = try await connection.execute(UsageRows.write, rows.values(from: checkpoint, to: target))
            guard !moved.isEmpty else { return }
            checkpoint = target
        }
    }

    private func usageReports(after: Position, through: Position) async throws
        -> [(position: Position, payload: [UInt8])]
    {
        let page = try await connection.execute(
            Self.usageEvents, [.int8(after), .int8(through), .int8(Int64(Self.usagePage))])
        guard let log, page.contains(where: { $0.isNull(1) }) else {
            return try page.map { row in
                let version = row.isNull(2) ? 1 : Int(try row.int4(2))
                let payload = try Upcaster.released.payload(
                    try row.bytea(1), type: EventCatalogue.usageMeasured, version: version)
                return (try row.int8(0), payload)
            }
        }
        let found = try await log.find(
            EventQuery(types: [EventCatalogue.usageMeasured], includesReads: true), after: after, through: through,
            limit: Self.usagePage, newestFirst: false)
        return found.events.map { ($0.position, $0.event.payload) }
    }

    private func lastReadings(_ series: Set<UsageRecord.Series>, through: Position) async throws
        -> [UsageRecord.Series: UsageReading]
    {
        guard !series.isEmpty else { return [:] }
        let values = UsageRows.values(Array(series), through: through)
        var readings: [UsageRecord.Series: UsageReading] = [:]
        for row in try await connection.execute(UsageRows.lastReadings, values) {
            let (series, reading) = try UsageRows.reading(row)
            readings[series] = reading
        }
        return readings
    }

    /// All objects of a state in pieces of a bearable size.
    private struct Chunks: Sequence, IteratorProtocol {
        private let state: ClusterState
        private var resources: ArraySlice<GroupResource>
        private var after: ObjectName?

        init(_ state: ClusterState) {
            self.state = state
            resources = state.populatedResources[...]
        }

        mutating func next() -> ObjectRows? {
            while let resource = resources.first {
                var rows = ObjectRows()
                state.forEach(resource, after: after) { name, object in
                    rows.append(ObjectKey(resource, namespace: name.namespace, name: name.name), object)
                    after = name
                    return rows.count < chunkRows && rows.byteCount < chunkBytes
                }
                if rows.count > 0 { return rows }
                resources.removeFirst()
                after = nil
            }
            return nil
        }
    }

    private static let tryLock = PostgresStatement("projection_lock", "SELECT pg_try_advisory_lock(7305797)")

    private static let readCheckpoint = PostgresStatement(
        "read_checkpoint", "SELECT position FROM projection.checkpoints WHERE name = $1")

    private static let touched = PostgresStatement(
        "touched",
        """
        SELECT name FROM log.streams WHERE id IN (
            SELECT stream FROM log.events WHERE revision > 0 AND position > $1 AND position <= $2)
        """)

    private static let usageEvents = PostgresStatement(
        "usage_events",
        """
        SELECT position, payload, version FROM log.events
        WHERE type = 'UsageMeasured' AND position > $1 AND position <= $2 ORDER BY position LIMIT $3
        """)
}
