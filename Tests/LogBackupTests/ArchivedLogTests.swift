import Domain
import EventLog
import Foundation
import KubeModel
import Merkle
import Postgres
import PostgresEventLog
import PostgresTesting
import Testing

@testable import LogBackup

@Suite("A log in PostgreSQL whose old segments lie in files")
struct ArchivedLogTests {
    @Test("answers everything as before, proves the same, and is verified to its end")
    func sameAnswers() async throws {
        let log = try await ArchivedLog()
        defer { log.remove() }
        let before = try await log.answers()
        try await log.archive(through: 256)
        #expect(try await log.reader.segments().map(\.file) == [log.name(1), log.name(129), nil, nil])
        let after = try await log.answers()
        for (question, answer) in before {
            #expect(answer != "[]" && after[question] == answer, "\(question)")
        }
        let result = try await log.verify()
        #expect(result.finding == nil && result.verified == 300 && result.treeHeads == 3)
    }

    @Test("goes on: events are appended, and the next segment is sealed and archived when it is full")
    func goesOn() async throws {
        let log = try await ArchivedLog()
        defer { log.remove() }
        try await log.archive(through: 256)
        try await log.append(150)
        try await log.archive(through: 384)
        #expect(try await log.reader.segments().filter { $0.file != nil }.map(\.last) == [128, 256, 384])
        #expect(try await log.verify().verified == 450)
    }

    @Test("is backed up without its archive, and restored into an ordinary log")
    func backup() async throws {
        let log = try await ArchivedLog()
        defer { log.remove() }
        let original = try await log.reader.stored(after: 0, limit: 1000)
        try await log.archive(through: 256)
        let backup = LogBackup(log.directory + "-backup")
        defer { try? FileManager.default.removeItem(atPath: backup.directory) }
        _ = try await backup.write(
            log.reader,
            LogBackup.Surroundings(
                verifier: log.signer.verifier, notes: log.heads.all(), keys: nil, subscriptions: log.reader))
        _ = try await backup.verify()
        let restored = InMemoryEventLog()
        try await backup.restore(
            through: 300, into: restored, keys: InMemoryKeyTable(), subscriptions: InMemorySubscriptionTable())
        #expect(try await restored.stored(after: 0, limit: 1000) == original)
    }

    @Test("a file that holds the right events in other bytes is told with its segment, and one that is damaged too")
    func otherFile() async throws {
        let log = try await ArchivedLog()
        defer { log.remove() }
        try await log.archive(through: 256)
        let (files, segments) = (ArchiveDirectory(log.directory), try await log.reader.segments())
        #expect(try files.difference(of: segments[0]) == nil && files.difference(of: segments[1]) == nil)
        let path = "\(log.directory)/\(log.name(129))"
        var bytes = try #require(FileManager.default.contents(atPath: path))
        // The time in the header of a gzip member, which zlib leaves 0 and other programs do not.
        bytes[4] = 1
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(try await log.verify().finding == nil)
        let archived = try #require(segments[1].sha256)
        #expect(
            try files.difference(of: segments[1])
                == "the archive file \(path) of the segment 129 to 256 is not the one that was archived: its SHA-256 is "
                + "\(try FileDigest(of: path).sha256.hexadecimal), that of the archived one \(archived.hexadecimal)")
        #expect(try files.difference(of: segments[0]) == nil)
        bytes.removeLast()
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(try files.difference(of: segments[1])?.contains("of the segment 129 to 256 is not the one") == true)
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: EventLogError.self) { try files.difference(of: segments[1]) }
    }

    enum Damage: CaseIterable { case bit, swapped, payload, cutOff, otherSegment, otherHistory }

    @Test("damage to a file is found, and the first wrong position is named", arguments: Damage.allCases)
    func damage(_ damage: Damage) async throws {
        let log = try await ArchivedLog()
        defer { log.remove() }
        var events = try await log.reader.archived(129...256)
        try await log.archive(through: 256)
        let path = "\(log.directory)/\(log.name(129))"
        var bytes = try #require(FileManager.default.contents(atPath: path))
        let position: Position
        switch damage {
        case .bit:
            bytes[bytes.count / 4] ^= 4
            position = 129
        case .swapped:
            events.swapAt(80, 90)
            bytes = try log.file(events)
            position = 209
        case .payload:
            events[100].payload = events[101].payload
            bytes = try log.file(events)
            position = 229
        case .cutOff:
            bytes.removeLast()
            position = 129
        case .otherSegment:
            bytes = try #require(FileManager.default.contents(atPath: "\(log.directory)/\(log.name(1))"))
            position = 129
        case .otherHistory:
            let decoded = try Envelope.decode(events[5].envelope, payload: events[5].payload)
            var event = decoded.event
            event.caller.subject = "nobody"
            events[5].envelope = Envelope.bytes(of: event, position: 134, recordedAt: decoded.recordedAt)
            bytes = try log.file(events)
            position = 134
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(try await log.verify().finding?.position == position)
    }
}

/// A log of 300 events in segments of 128, sealed, with a directory for its archive.
private final class ArchivedLog: Sendable {
    let directory = NSTemporaryDirectory() + "purser-archived-\(UUID().uuidString.prefix(8))"
    let signer: NoteSigner
    let heads: TreeHeadDirectory
    /// The log as a server reads it, and as its owner.
    let reader: PostgresEventLog
    private let owner: PostgresEventLog

    init() async throws {
        signer = try .ofTests()
        heads = TreeHeadDirectory(directory + "-heads")
        let cluster = try PostgresCluster.shared.get()
        let database = try await cluster.database(Migration.all)
        let superuser = PostgresConnection(cluster.conninfo(database: database))
        defer { superuser.close() }
        _ = try await superuser.execute(PostgresStatement("resize", "SELECT log.set_segment_size(128)"))
        let archive = ArchiveDirectory(directory)
        reader = PostgresEventLog(cluster.conninfo(database: database, user: "purser"), archive: archive)
        owner = PostgresEventLog(cluster.conninfo(database: database), archive: archive)
        try await append(300)
    }

    func remove() {
        reader.close()
        owner.close()
        for path in [directory, heads.path] { try? FileManager.default.removeItem(atPath: path) }
    }

    func name(_ first: Position) -> String { EventFile.fileName(first: first) }

    /// Appends changes of a few objects and reads of them, and signs.
    func append(_ count: Int) async throws {
        var head = try await reader.head()
        let end = Int(head.position)
        let events = (end + 1...end + count).map { number in
            let (object, turn) = (number % 5, (number - 1) / 5)
            let isRead = object == 4
            let event = Event(
                stream: "configmaps/shop/c\(object)", revision: isRead ? 0 : Revision(turn + 1),
                type: isRead ? "CallServed" : turn == 0 ? "ConfigMapCreated" : "ConfigMapUpdated",
                isKeyframe: !isRead && (turn == 0 || (turn + 1) % 32 == 0),
                payload: (["data": ["n": .string("\(number)")]] as JSON).canonicalBytes,
                caller: Caller(
                    subject: "kubernetes-admin", address: "10.0.0.\(object)", verb: isRead ? "get" : "update"),
                callID: CallID(at: Timestamp(seconds: 1), random: (0, UInt64(number))), ordinal: 0)
            return Envelope.record(
                event, position: Position(number), recordedAt: Timestamp(seconds: 1_800_000_000 + Int64(number)))
        }
        try #require(try await reader.append(events, expected: head) == .appended)
        head.position += Position(count)
        try await TreeHeadSigner(log: reader, origin: signer.name, signer: signer, store: heads).sign(
            at: Timestamp(seconds: 1_900_000_000))
    }

    func archive(through end: Position) async throws {
        for segment in try await owner.segments() where segment.last <= end && segment.file == nil {
            let file = try await LogArchive(directory).write(
                segment, of: owner, seal: try #require(try heads.note(size: segment.last)), verifier: signer.verifier)
            try await owner.archive(file.segment)
        }
    }

    func verify() async throws -> LogVerification {
        try await LogVerifier(log: reader, verifier: signer.verifier).verify(notes: heads.all())
    }

    /// A file of the second segment as somebody would write it who knows the form.
    func file(_ events: [ArchivedEvent]) throws -> Data {
        let size = Int(SegmentLayout.eventsInBlock)
        var (bytes, sizes): ([UInt8], [Int]) = ([], [])
        for start in stride(from: 0, to: events.count, by: size) {
            var lines: [UInt8] = []
            for event in events[start..<min(start + size, events.count)] {
                lines += event.envelope
                lines.append(0x0A)
                lines += event.payload
                lines.append(0x0A)
            }
            let block = try GzipMember.compress(lines)
            bytes += block
            sizes.append(block.count)
        }
        let layout = SegmentLayout(LogSegment(129...256), blockSizes: sizes)
        return Data(bytes + layout.index)
    }

    /// What every kind of question answers.
    func answers() async throws -> [String: String] {
        let (log, stream) = (reader, "configmaps/shop/c1")
        let replayed = Replayed()
        try await log.replay(after: 0, through: 300) { await replayed.take($0) }
        let prover = LogProver(StoredLogFiles(log: log))
        var answers: [String: String] = [:]
        func keep(_ question: String, _ answer: some Any) { answers[question] = "\(answer)" }
        keep("read", try await log.read(after: 100, limit: 100, filter: .all))
        keep("state", try await log.read(after: 0, limit: 300, filter: .stateOnly))
        keep("stored", try await log.stored(after: 0, limit: 300))
        keep("stream", try await log.readStream(stream, after: 0, through: 300, limit: 50, newestFirst: true))
        keep(
            "reads",
            try await log.readStream(
                "configmaps/shop/c4", after: 3, through: 299, limit: 50, newestFirst: false, filter: .all))
        keep(
            "streams",
            try await log.readStreams(prefix: "configmaps/", after: 9, through: 290, limit: 99, filter: .all))
        keep(
            "found",
            try await log.find(
                EventQuery(.object(stream), types: ["ConfigMapUpdated"]), after: 0, through: 300, limit: 70,
                newestFirst: true))
        keep(
            "called",
            try await log.find(
                EventQuery(caller: "kubernetes-admin", verb: "get", includesReads: true), after: 0, through: 299,
                limit: 30, newestFirst: false))
        keep("names", try await log.streams(prefix: "configmaps/", through: 200))
        keep("live", try await log.liveStreams(prefix: "configmaps/", at: 200))
        keep("changed", try await log.changedStreams(prefixes: ["configmaps/"], after: 7, through: 9))
        keep("forms", try await log.forms([StreamMoment(stream, at: 200), StreamMoment(stream, at: 290)]))
        keep("replay", await replayed.rows)
        keep("time", try await log.position(at: Timestamp(seconds: 1_800_000_077)))
        keep("call", try await log.lookUp(CallID(at: Timestamp(seconds: 1), random: (0, 77))))
        keep("leaves", try await log.leaves(100...200))
        keep("inclusion", try await prover.inclusion(of: 77).encoded)
        keep("consistency", try await prover.consistency(from: 128, to: 300).encoded)
        return answers
    }
}

private actor Replayed {
    var rows: [ReplayRow] = []
    func take(_ rows: [ReplayRow]) { self.rows += rows }
}
