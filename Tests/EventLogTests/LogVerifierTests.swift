import Domain
import EventLog
import Foundation
import KubeModel
import Merkle
import Postgres
import PostgresEventLog
import PostgresTesting
import Synchronization
import Testing

private let origin = "purser.dev/log/test"

/// Tree heads kept in memory, outside any database.
final class HeldNotes: TreeHeadStore {
    let notes = Mutex<[(size: Position, note: String)]>([])
    func latest() async throws -> String? { notes.withLock { $0.last?.note } }
    func note(size: Position) async throws -> String? { notes.withLock { $0.last { $0.size == size }?.note } }
    func all() async throws -> [String] { notes.withLock { $0.map(\.note) } }
    func write(_ note: String, size: Position) async throws { notes.withLock { $0.append((size, note)) } }
}

private func makeSigner(seed: UInt8 = 1) throws -> NoteSigner {
    try #require(NoteSigner(name: origin, seed: [UInt8](repeating: seed, count: 32)))
}

@Suite("Verifying the log")
struct LogVerifierTests {
    @Test("an untouched log verifies to its end, against every tree head", arguments: Implementation.allCases)
    func untouched(_ implementation: Implementation) async throws {
        let log = try await implementation.make(events: 557)
        let notes = HeldNotes()
        let signer = try makeSigner()
        let service = try await TreeHeadSigner(log: log, origin: origin, signer: signer, store: notes)
        #expect(try await service.sign(at: Timestamp(seconds: 1)) == nil)
        var writer = Writer()
        var leaves: [MerkleHash] = []
        for count in [1, 254, 1, 1, 300] {
            leaves += try await writer.append((0..<count).map { "pods/a/\($0)" }, to: log).map(\.leaf)
            try await service.sign(at: Timestamp(seconds: 1))
        }
        let result = try await LogVerifier(log: log, verifier: signer.verifier).verify(
            notes: try await notes.all())
        #expect(result.finding == nil)
        #expect(result.verified == 557)
        #expect(result.root == Merkle.root(of: leaves[...]))
        // Where there are segments, each has a head of its own at its end.
        #expect(result.treeHeads == ([.segmented, .archived].contains(implementation) ? 8 : 5))
        #expect(try await log.tile(level: 0, index: 1) == leaves[256..<512].flatMap { $0 })
        #expect(try await log.tile(level: 0, index: 2) == nil)
        #expect(try await log.latestCheckpoint()?.size == 557)
    }

    @Test("a signer that starts again goes on from the tiles, at every size around a tile's edge")
    func restart() async throws {
        let log = InMemoryEventLog()
        let notes = HeldNotes()
        var writer = Writer()
        var leaves: [MerkleHash] = []
        for count in [255, 1, 1, 510, 1, 65_000, 15, 1] {
            leaves += try await writer.append((0..<count).map { "pods/a/\($0)" }, to: log).map(\.leaf)
            let service = try await TreeHeadSigner(log: log, origin: origin, signer: try makeSigner(), store: notes)
            let note = try #require(try await service.sign(at: Timestamp(seconds: 1)))
            #expect(SignedNote(note).flatMap { TreeHead(body: $0.text) }?.root == Merkle.root(of: leaves[...]))
        }
    }

    @Test("a log that does not extend the last head is refused at start")
    func notExtended() async throws {
        let notes = HeldNotes()
        let log = InMemoryEventLog()
        var writer = Writer()
        try await writer.append((0..<300).map { "pods/a/\($0)" }, to: log)
        try await TreeHeadSigner(log: log, origin: origin, signer: try makeSigner(), store: notes)
            .sign(at: Timestamp(seconds: 1))
        for count in [299, 300, 301] {
            let other = InMemoryEventLog()
            var writer = Writer()
            try await writer.append((0..<count).map { "pods/b/\($0)" }, to: other)
            let error = await #expect(throws: TreeHeadError.self) {
                _ = try await TreeHeadSigner(log: other, origin: origin, signer: try makeSigner(), store: notes)
            }
            guard case .notExtended(size: 300, _) = error else {
                Issue.record("\(count): \(String(describing: error))")
                continue
            }
        }
        await #expect(throws: TreeHeadError.self) {
            _ = try await TreeHeadSigner(log: log, origin: origin, signer: try makeSigner(seed: 2), store: notes)
        }
    }

    @Test("a head signed by another key, or of another log, is found")
    func foreignHead() async throws {
        let log = InMemoryEventLog()
        let signer = try makeSigner()
        let head = TreeHead(origin: origin, size: 0, root: Merkle.emptyRoot)
        let verifier = LogVerifier(log: log, verifier: signer.verifier)
        #expect(try await verifier.verify(notes: [try signer.sign(head.body).encoded]).finding == nil)
        let forged = try makeSigner(seed: 2).sign(head.body).encoded
        #expect(try await verifier.verify(notes: [forged]).finding != nil)
        let foreign = try signer.sign(TreeHead(origin: "other", size: 0, root: Merkle.emptyRoot).body).encoded
        #expect(try await verifier.verify(notes: [foreign]).finding != nil)
    }

    @Test("a directory keeps notes readable by everyone, the newest last")
    func directory() async throws {
        let path = NSTemporaryDirectory() + "purser-heads-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = TreeHeadDirectory(path)
        #expect(try store.latest() == nil)
        for size: Position in [9, 10, 2] { try store.write("note \(size)\n", size: size) }
        #expect(try store.latest() == "note 10\n")
        #expect(try store.all() == ["note 2\n", "note 9\n", "note 10\n"])
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/10.note")
        #expect(attributes[.posixPermissions] as? Int == 0o644)
    }

    /// What somebody who may do everything in the database could do, and where it must be found.
    static let tamperings: [(sql: String, position: Position)] = [
        ("UPDATE log.events SET payload = '\\x7b7d' WHERE position = 7", 7),
        ("UPDATE log.events SET type = 'PodDeleted' WHERE position = 3", 3),
        ("UPDATE log.events SET version = 2 WHERE position = 9", 9),
        ("UPDATE log.events SET members = 4 WHERE position = 9", 9),
        ("UPDATE log.events SET recorded_at = recorded_at - interval '1 s' WHERE position = 4", 4),
        ("UPDATE log.events SET leaf = sha256('x') WHERE position = 5", 5),
        ("UPDATE log.events SET envelope = envelope || ' ' WHERE position = 6", 6),
        ("UPDATE log.streams SET name = 'pods/b/0' WHERE id = 1", 1),
        ("DELETE FROM log.events WHERE position = 8", 8),
        ("DELETE FROM log.events WHERE position = 20", 20),
        (
            "DELETE FROM log.events WHERE position > 18; ALTER TABLE log.head DISABLE TRIGGER ALL;"
                + "UPDATE log.head SET position = 18", 19
        ),
        (
            "UPDATE log.events a SET payload = b.payload FROM log.events b WHERE a.position + b.position = 19"
                + " AND a.position IN (9, 10)", 9
        ),
        // Two events in the other order.
        (
            "UPDATE log.events a SET envelope = b.envelope, payload = b.payload, leaf = b.leaf FROM log.events b"
                + " WHERE a.position + b.position = 25 AND a.position IN (12, 13)", 12
        ),
        // One event more in the middle, the others moved back.
        (
            "DROP INDEX log.events_1_call;"
                + "CREATE TEMPORARY TABLE twin AS SELECT * FROM log.events WHERE position = 15;"
                + "UPDATE log.events SET position = position + 1001 WHERE position > 15;"
                + "UPDATE log.events SET position = position - 1000 WHERE position > 1000;"
                + "UPDATE twin SET position = 16; INSERT INTO log.events SELECT * FROM twin", 16
        ),
        // One event behind the end, which the head of the log does not know.
        (
            "CREATE TEMPORARY TABLE twin AS SELECT * FROM log.events WHERE position = 20;"
                + "UPDATE twin SET position = 21, revision = 2, ordinal = 1; INSERT INTO log.events SELECT * FROM twin;"
                + "ALTER TABLE log.head DISABLE TRIGGER ALL; UPDATE log.head SET position = 21", 21
        ),
        // The same, which the head of the log does not tell either.
        (
            "CREATE TEMPORARY TABLE twin AS SELECT * FROM log.events WHERE position = 20;"
                + "UPDATE twin SET position = 21, revision = 2, ordinal = 1; INSERT INTO log.events SELECT * FROM twin",
            21
        ),
        ("UPDATE log.head SET position = 21", 21),
        ("UPDATE log.checkpoints SET note = 'x'", 20),
        ("UPDATE log.checkpoints SET size = 19", 19),
        // Everything about the event made anew, its hashes too: only the signed head tells.
        (
            "UPDATE log.events SET envelope = f.envelope, leaf = f.leaf, payload = f.payload FROM forged f"
                + " WHERE position = 11", 20
        ),
    ]

    @Test("whatever a superuser edits is found, at its first wrong position", arguments: tamperings)
    func tampering(_ tampering: (sql: String, position: Position)) async throws {
        let fixture = try await PostgresFixture()
        let notes = HeldNotes()
        let signer = try makeSigner()
        var writer = Writer()
        let events = (0..<20).map { writer.event("pods/a/\($0)", size: 10 + $0) }
        #expect(try await fixture.log.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
        try await TreeHeadSigner(log: fixture.log, origin: origin, signer: signer, store: notes)
            .sign(at: Timestamp(seconds: 1))

        var event = events[10].event
        event.payload = Array("{\"forged\":true}".utf8)
        let forged = Envelope.record(event, position: 11, recordedAt: events[10].recordedAt)
        let superuser = PostgresConnection(fixture.superuser)
        _ = try await superuser.execute(
            PostgresStatement("forge", "CREATE TEMPORARY TABLE forged (envelope bytea, leaf bytea, payload bytea)"))
        _ = try await superuser.execute(
            PostgresStatement("forged", "INSERT INTO forged VALUES ($1, $2, $3)"),
            [.bytea(forged.envelope), .bytea(forged.leaf), .bytea(event.payload)])
        let disable = ["events", "events_1", "streams", "checkpoints"].map {
            "ALTER TABLE log.\($0) DISABLE TRIGGER ALL"
        }
        for (index, sql) in (disable + tampering.sql.split(separator: ";").map(String.init)).enumerated() {
            _ = try await superuser.execute(PostgresStatement("step\(index)", sql))
        }
        let result = try await LogVerifier(log: fixture.log, verifier: signer.verifier).verify(
            notes: try await notes.all())
        #expect(result.finding?.position == tampering.position, "\(String(describing: result.finding))")
    }

    @Test("a running signer signs nothing more once the log is shorter than what it signed")
    func cutWhileRunning() async throws {
        let fixture = try await PostgresFixture()
        var writer = Writer()
        try await writer.append((0..<20).map { "pods/a/\($0)" }, to: fixture.log)
        let service = try await TreeHeadSigner(
            log: fixture.log, origin: origin, signer: try makeSigner(), store: HeldNotes())
        try await service.sign(at: Timestamp(seconds: 1))
        let superuser = PostgresConnection(fixture.superuser)
        for (index, sql) in [
            "ALTER TABLE log.events DISABLE TRIGGER ALL", "ALTER TABLE log.events_1 DISABLE TRIGGER ALL",
            "ALTER TABLE log.head DISABLE TRIGGER ALL",
            "DELETE FROM log.events WHERE position > 18", "UPDATE log.head SET position = 18",
        ].enumerated() { _ = try await superuser.execute(PostgresStatement("step\(index)", sql)) }
        await #expect(throws: TreeHeadError.notExtended(size: 20, reason: "it ends at position 18")) {
            try await service.sign(at: Timestamp(seconds: 2))
        }
    }

    @Test("says up to where a signed tree head vouches for the log")
    func unsignedTail() async throws {
        let (log, notes, signer) = (InMemoryEventLog(), HeldNotes(), try makeSigner())
        var writer = Writer()
        try await writer.append((0..<7).map { "pods/a/\($0)" }, to: log)
        try await TreeHeadSigner(log: log, origin: origin, signer: signer, store: notes).sign(at: Timestamp(seconds: 1))
        try await writer.append((7..<9).map { "pods/a/\($0)" }, to: log)
        let result = try await LogVerifier(log: log, verifier: signer.verifier).verify(notes: try await notes.all())
        #expect(result.finding == nil)
        #expect((result.verified, result.signed, result.treeHeads) == (9, 7, 1))
    }

    @Test("a tile above the leaves that was replaced in the database is found, at the first event under a wrong hash")
    func upperTile() async throws {
        let (notes, signer) = (HeldNotes(), try makeSigner())
        var writer = Writer()
        let events = (0..<65_600).map { writer.event("pods/a/\($0)") }
        let log = InMemoryEventLog()
        #expect(try await log.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
        try await TreeHeadSigner(log: log, origin: origin, signer: signer, store: notes).sign(at: Timestamp(seconds: 1))
        #expect(
            try await LogVerifier(log: log, verifier: signer.verifier).verify(notes: try await notes.all()).finding
                == nil)
        let other = InMemoryEventLog()
        #expect(try await other.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
        var tile = try #require(try await log.tile(level: 1, index: 0))
        tile[3 * 32] ^= 1
        try await other.store(tile: tile, level: 1, index: 0)
        let result = try await LogVerifier(log: other, verifier: signer.verifier).verify(notes: try await notes.all())
        #expect(result.finding?.position == 769, "\(String(describing: result.finding))")
    }

    @Test("an event that was made anew is named by its tile, and where that was forged too the signed head tells")
    func forgedUnderTiles() async throws {
        let log = InMemoryEventLog()
        let notes = HeldNotes()
        let signer = try makeSigner()
        var writer = Writer()
        let events = (0..<300).map { writer.event("pods/a/\($0)") }
        #expect(try await log.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
        try await TreeHeadSigner(log: log, origin: origin, signer: signer, store: notes).sign(
            at: Timestamp(seconds: 1))
        var event = events[10].event
        event.payload = Array("{\"forged\":true}".utf8)
        var forged = events
        forged[10] = Envelope.record(event, position: 11, recordedAt: events[10].recordedAt)
        for (tile, position) in [(events, 11), (forged, 300)] as [([RecordedEvent], Position)] {
            let other = InMemoryEventLog()
            #expect(try await other.append(forged, expected: LogHead(position: 0, term: 1)) == .appended)
            try await other.store(tile: tile[..<256].flatMap(\.leaf), level: 0, index: 0)
            let result = try await LogVerifier(log: other, verifier: signer.verifier).verify(
                notes: try await notes.all())
            #expect(result.finding?.position == position, "\(String(describing: result.finding))")
        }
    }
}
