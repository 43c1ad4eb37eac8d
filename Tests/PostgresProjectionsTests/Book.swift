import Domain
import EventLog
import KubeModel
import Postgres
import PostgresEventLog
import PostgresProjections
import PostgresTesting
import Synchronization
import Testing

/// A database with a log that is written as a sequencer would, and the state that it folds to.
final class Book {
    let cluster: PostgresCluster
    let database: String
    let log: PostgresEventLog
    let tables: PostgresProjections
    let session: ProjectionSession
    private let archive = HeldArchive()
    private let admin: PostgresPool
    private(set) var state = ClusterState()
    private var events: [RecordedEvent] = []
    private var microseconds: Int64 = 1_795_000_000_000_000
    private var calls: UInt64 = 0

    /// - Parameter segment: the number of events in a segment of the log; nil for the usual million.
    init(segment: Int64? = nil) async throws {
        cluster = try PostgresCluster.shared.get()
        database = try await cluster.database(Migration.all)
        let conninfo = cluster.conninfo(database: database, user: "purser")
        log = PostgresEventLog(conninfo, archive: archive)
        tables = PostgresProjections(conninfo)
        session = ProjectionSession(conninfo, log: log)
        admin = PostgresPool(cluster.conninfo(database: database))
        guard let segment else { return }
        _ = try await admin.execute(PostgresStatement("size", "SELECT log.set_segment_size($1)"), [.int8(segment)])
    }

    /// Archives every full segment.
    func archiveFull() async throws {
        let owner = PostgresEventLog(cluster.conninfo(database: database), readers: 1)
        defer { owner.close() }
        for segment in try await owner.segments() where segment.last <= state.position {
            archive.add(
                try await owner.read(
                    after: segment.first - 1, limit: Int(segment.last - segment.first + 1), filter: .all))
            try await owner.archive(
                LogSegment(
                    segment.first...segment.last, file: "file", sha256: [UInt8](repeating: 1, count: 32)))
        }
    }

    var now: Timestamp { Timestamp(microseconds: microseconds) }

    private func add(
        _ stream: String, revision: Revision, type: String, isKeyframe: Bool = false, payload: JSON
    ) throws {
        (microseconds, calls) = (microseconds + 1_000_000, calls + 1)
        let event = Event(
            stream: stream, revision: revision, type: type, isKeyframe: isKeyframe, payload: payload.canonicalBytes,
            caller: Caller(subject: "tester", verb: "update"), callID: CallID(at: now, random: (0, calls)), ordinal: 0)
        let recorded = Envelope.record(event, position: state.position + 1, recordedAt: now)
        try state.apply(recorded)
        events.append(recorded)
    }

    /// Creates or changes an object, or ends it where `members` is nil.
    func set(_ stream: String, _ members: JSON?, type: String = "ConfigMapUpdated") throws {
        let key = try #require(ObjectKey(stream: stream))
        let revision = state.lastRevision(key) + 1
        guard let members else {
            return try add(stream, revision: revision, type: "ConfigMapDeleted", payload: [:])
        }
        guard state[key] == nil else { return try add(stream, revision: revision, type: type, payload: members) }
        var object = members
        object["kind"] = "ConfigMap"
        object["metadata"] = [
            "name": .string(key.name), "namespace": .string(key.namespace), "uid": .string("u-\(revision)"),
        ]
        try add(stream, revision: revision, type: "ConfigMapCreated", isKeyframe: true, payload: object)
    }

    func read(_ stream: String) throws { try add(stream, revision: 0, type: "CallServed", payload: ["code": 200]) }

    /// A node's report of what its pods used so far, CPU by uid.
    func report(node: String = "n1", observedAt: Timestamp? = nil, _ pods: [(uid: String, cpu: Int64)]) throws {
        let entries = pods.map { pod -> JSON in
            [
                "uid": .string(pod.uid), "namespace": .string("ns-\(pod.uid.suffix(1))"), "name": .string(pod.uid),
                "owner": ["kind": "ReplicaSet", "name": "web-6b8f9c"], "cpuNanoseconds": .int(pod.cpu),
                "memoryByteSeconds": .int(pod.cpu * 3), "ioReadBytes": 7,
            ]
        }
        let report: JSON = [
            "node": .string(node), "bootID": "b", "observedAt": .string((observedAt ?? now).rfc3339Micro),
            "pods": .array(entries),
        ]
        try add("usage/\(node)", revision: 0, type: EventCatalogue.usageMeasured, payload: report)
    }

    /// Makes what was added durable.
    func commit() async throws {
        guard let first = events.first else { return }
        let outcome = try await log.append(events, expected: LogHead(position: first.position - 1, term: 1))
        #expect(outcome == .appended)
        events = []
    }

    func project() async throws {
        try await commit()
        try await session.project(state)
    }

    /// A query's first column, as text.
    func texts(_ sql: String, user: String = "postgres") async throws -> [String] {
        let pool = PostgresPool(cluster.conninfo(database: database, user: user))
        defer { pool.close() }
        var texts: [String] = []
        for row in try await pool.execute(PostgresStatement("texts", sql)) { texts.append(try row.text(0)) }
        return texts
    }

    /// Every byte of the read tables.
    func contents() async throws -> [String] {
        try await texts("SELECT o::text FROM projection.objects o ORDER BY resource, namespace, name")
            + texts("SELECT u::text FROM projection.usage u ORDER BY position, node, uid")
    }
}

/// Archived events, held in memory.
private final class HeldArchive: EventArchive {
    private let held = Mutex<[Position: ArchivedEvent]>([:])

    func add(_ events: [RecordedEvent]) {
        held.withLock { held in
            for event in events {
                held[event.position] = ArchivedEvent(envelope: event.envelope, payload: event.event.payload)
            }
        }
    }

    func events(at positions: [Position], of segment: LogSegment) async throws(EventLogError) -> [ArchivedEvent] {
        held.withLock { held in positions.compactMap { held[$0] } }
    }
}
