import Domain
import EventLog
import KubeModel
import Postgres
import PostgresEventLog
import PostgresTesting
import Synchronization

/// The implementations that keep one contract.
enum Implementation: String, CaseIterable, Sendable {
    case inMemory, postgres
    /// Over many partitions.
    case segmented
    /// Over many partitions, of which all that are full are archived after each append of a `Writer`.
    case archived

    /// - Parameter events: about how many it will have; where there are segments, they are at least four.
    func make(events: Int = 16, upcaster: Upcaster = .released) async throws -> any EventLog {
        switch self {
        case .inMemory: InMemoryEventLog(upcaster: upcaster)
        case .postgres: try await PostgresFixture(upcaster: upcaster).log
        case .segmented: try await PostgresFixture(segment: Self.segment(events), upcaster: upcaster).log
        case .archived: try await ArchivedFixture(segment: Self.segment(events), upcaster: upcaster).log
        }
    }

    /// The size of segments of which so many events fill four to eight.
    static func segment(_ events: Int) -> Int64 {
        var size: Int64 = 4
        while size * 8 < events { size *= 2 }
        return size
    }

    func makeKeys() async throws -> any KeyTable {
        switch self {
        case .inMemory: InMemoryKeyTable()
        case .postgres, .segmented, .archived: try await PostgresFixture().log
        }
    }
}

/// A database with the log's schema, and the log on it as the server's login.
struct PostgresFixture {
    let cluster: PostgresCluster
    let database: String
    let log: PostgresEventLog

    /// - Parameter segment: the number of events in a partition; nil for the usual million.
    init(segment: Int64? = nil, upcaster: Upcaster = .released) async throws {
        cluster = try PostgresCluster.shared.get()
        database = try await cluster.database(Migration.all)
        if let segment {
            let owner = PostgresConnection(
                cluster.conninfo(database: database), setup: ["SET ROLE purser_owner"])
            _ = try await owner.execute(
                PostgresStatement("size", "SELECT log.set_segment_size($1)"), [.int8(segment)])
        }
        log = PostgresEventLog(cluster.conninfo(database: database, user: "purser"), upcaster: upcaster)
    }

    /// The superuser's connection string.
    var superuser: String { cluster.conninfo(database: database) }
}

/// A log whose full segments lie in memory.
struct ArchivedFixture {
    let fixture: PostgresFixture
    let archive: MemoryArchive
    let log: PostgresEventLog
    /// The log as its owner sees it.
    let owner: PostgresEventLog

    private static let all = Mutex<[ObjectIdentifier: ArchivedFixture]>([:])

    init(segment: Int64, upcaster: Upcaster = .released) async throws {
        fixture = try await PostgresFixture(segment: segment)
        archive = MemoryArchive()
        log = PostgresEventLog(
            fixture.cluster.conninfo(database: fixture.database, user: "purser"), archive: archive,
            upcaster: upcaster)
        owner = PostgresEventLog(fixture.superuser, readers: 1, archive: archive)
        Self.all.withLock { [self] in $0[ObjectIdentifier(log)] = self }
    }

    /// Archives what is full of a log of this kind; others stay as they are.
    static func archive(_ log: any EventLog) async throws {
        guard let fixture = all.withLock({ $0[ObjectIdentifier(log as AnyObject)] }) else { return }
        try await fixture.archiveFull()
    }

    /// Stands for the files' hashes.
    static let sha256 = [UInt8](repeating: 7, count: 32)

    func archiveFull(patience: Duration = .seconds(120)) async throws {
        let end = try await owner.head().position
        for segment in try await owner.segments() where segment.file == nil && segment.last <= end {
            let count = Int(segment.last - segment.first + 1)
            archive.add(try await owner.stored(after: segment.first - 1, limit: count))
            let file = LogSegment(
                segment.first...segment.last, file: "file-\(segment.first)", sha256: Self.sha256)
            try await owner.archive(file, patience: patience)
        }
    }
}

final class MemoryArchive: EventArchive {
    private let kept = Mutex<[Position: ArchivedEvent]>([:])

    func add(_ events: [StoredEvent]) {
        kept.withLock { kept in
            for event in events {
                kept[event.position] = ArchivedEvent(envelope: event.envelope, payload: event.payload)
            }
        }
    }

    func events(at positions: [Position], of segment: LogSegment) async throws(EventLogError) -> [ArchivedEvent] {
        let isRising = zip(positions, positions.dropFirst()).allSatisfy { $0 < $1 }
        let events = kept.withLock { kept in positions.compactMap { kept[$0] } }
        guard isRising, events.count == positions.count, segment.file == "file-\(segment.first)",
            positions.allSatisfy({ segment.first <= $0 && $0 <= segment.last })
        else { throw .corrupt("\(positions) of \(segment)") }
        return events
    }
}

/// Makes events as a sequencer would: positions, times and revisions follow one another.
struct Writer {
    var head = LogHead(position: 0, term: 1)
    var microseconds: Int64 = 1_795_000_000_000_000
    var revisions: [String: Revision] = [:]
    var calls: UInt64 = 0

    mutating func call() -> CallID {
        calls += 1
        return CallID(at: Timestamp(microseconds: microseconds), random: (0, calls))
    }

    /// The next event of a stream, one second after the last one; a read where `isRead`.
    mutating func event(_ stream: String, isRead: Bool = false, call: CallID? = nil, ordinal: Int = 0, size: Int = 2)
        -> RecordedEvent
    {
        head.position += 1
        microseconds += 1_000_000
        if !isRead { revisions[stream, default: 0] += 1 }
        let revision = isRead ? 0 : revisions[stream, default: 0]
        let payload = Array("\"\(String(repeating: "x", count: size - 2))\"".utf8)
        let event = Event(
            stream: stream, revision: revision, type: isRead ? "CallServed" : "ConfigMapUpdated",
            isKeyframe: revision == 1, payload: payload,
            caller: Caller(subject: "kubernetes-admin", groups: ["system:masters"], verb: isRead ? "get" : "update"),
            callID: call ?? self.call(), ordinal: ordinal)
        return Envelope.record(event, position: head.position, recordedAt: Timestamp(microseconds: microseconds))
    }

    /// Appends events of these streams, one call each; a name in parentheses is a read.
    @discardableResult
    mutating func append(_ streams: [String], to log: any EventLog) async throws -> [RecordedEvent] {
        let expected = head
        let events = streams.map { name in
            name.hasPrefix("(") ? event(String(name.dropFirst().dropLast()), isRead: true) : event(name)
        }
        let outcome = try await log.append(events, expected: expected)
        guard outcome == .appended else { throw Unexpected(outcome: outcome) }
        try await ArchivedFixture.archive(log)
        return events
    }

    struct Unexpected: Error {
        var outcome: AppendOutcome
    }
}
