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

@Suite("A backup of the log")
struct LogBackupTests {
    @Test("restored at any position, it has the events, the keys and the state's hash of the original there")
    func restoredAnywhere() async throws {
        let original = try await Original(events: 60)
        let backup = LogBackup(original.directory + "/backup")
        let manifest = try await backup.write(original.log, original.surroundings())
        #expect(manifest.size == 60 && manifest.hasKeys)
        #expect(backup.file("secret.key") == [1, 2, 3])
        for end in [0, 1, 33, 60] as [Position] {
            let (_, position) = try await backup.verify(.position(end))
            let (log, keys, subscriptions) = (InMemoryEventLog(), InMemoryKeyTable(), InMemorySubscriptionTable())
            try await backup.restore(through: position, into: log, keys: keys, subscriptions: subscriptions)
            let stored = try await log.stored(after: 0, limit: 100)
            #expect(stored == Array(try await original.log.stored(after: 0, limit: Int(end))))
            #expect(try await keys.keys(idPrefix: "") == ["secret/1": [7, 7]])
            #expect(try await hash(of: log, through: end) == hash(of: original.log, through: end), "position \(end)")
        }
        let time = try await original.log.read(after: 20, limit: 1, filter: .all)[0].recordedAt
        #expect(try await backup.verify(.time(time)).position == 21)
        await #expect(throws: BackupError.self) { try await backup.verify(.position(61)) }
        await #expect(throws: BackupError.self) { try await backup.verify(.time(Timestamp(seconds: 1_800_000_000))) }
    }

    @Test("it goes into an empty database, whose log then goes on, with the term after the last one taken")
    func intoPostgres() async throws {
        let original = try await Original(events: 40)
        let backup = LogBackup(original.directory + "/backup")
        _ = try await backup.write(original.log, original.surroundings())
        let cluster = try PostgresCluster.shared.get()
        let log = PostgresEventLog(
            cluster.conninfo(database: try await cluster.database(Migration.all), user: "purser"))
        defer { log.close() }
        try await backup.restore(through: 40, into: log, keys: log, subscriptions: log)
        #expect(try await log.stored(after: 0, limit: 100) == (try await original.log.stored(after: 0, limit: 100)))
        #expect(try await log.head() == LogHead(position: 40, term: 5))
        #expect(try await log.key(id: "secret/1") == [7, 7])
        await #expect(throws: BackupError.self) {
            try await backup.restore(through: 40, into: log, keys: log, subscriptions: log)
        }
    }

    @Test("without keys nothing secret is in it")
    func withoutKeys() async throws {
        let original = try await Original(events: 5)
        let backup = LogBackup(original.directory + "/backup")
        var surroundings = original.surroundings()
        (surroundings.keys, surroundings.secretFiles) = (nil, [:])
        #expect(try await !backup.write(original.log, surroundings).hasKeys)
        let files = try FileManager.default.contentsOfDirectory(atPath: backup.directory).sorted()
        #expect(files == ["backup.json", "events", "log.vkey", "tree-heads"])
        let (log, keys, subscriptions) = (InMemoryEventLog(), InMemoryKeyTable(), InMemorySubscriptionTable())
        try await backup.restore(through: 5, into: log, keys: keys, subscriptions: subscriptions)
        #expect(try await keys.keys(idPrefix: "").isEmpty)
    }

    @Test("whoever followed the log goes on where they were, or at its end where it now ends before that")
    func subscriptions() async throws {
        let original = try await Original(events: 40)
        let (made, later) = (Timestamp(seconds: 1_800_000_000), Timestamp(seconds: 1_800_000_007))
        let filter = EventQuery(.resource("pods", namespace: "shop"), types: ["PodBound"], includesReads: true)
        let billing = Subscription(name: "billing", filter: filter, position: 30, createdAt: made, updatedAt: later)
        let audit = Subscription(name: "audit", filter: EventQuery(), position: 12, createdAt: made, updatedAt: made)
        for each in [billing, audit] { try await original.subscriptions.store(each) }
        let backup = LogBackup(original.directory + "/backup")
        _ = try await backup.write(original.log, original.surroundings())
        for (end, position) in [(40, 30), (20, 20), (0, 0)] as [(Position, Position)] {
            let (log, subscriptions) = (InMemoryEventLog(), InMemorySubscriptionTable())
            try await backup.restore(through: end, into: log, keys: InMemoryKeyTable(), subscriptions: subscriptions)
            var expected = [audit, billing]
            expected[0].position = min(12, end)
            expected[1].position = position
            #expect(try await subscriptions.subscriptions() == expected, "restored to \(end)")
        }
    }

    enum Damage: CaseIterable {
        case payload, order, missingEvent, missingHead, otherKey, unfinished, torn, manifest, keyTable,
            missingSecretKey, missingHeads

        /// What is told of it.
        var words: String {
            switch self {
            case .payload: "an event cannot be read"
            case .order: "position 5: the event is missing"
            case .missingEvent: "the events end at 29, and a tree head of size 30 was signed"
            case .missingHead: "no tree head of size 30 was signed"
            case .otherKey: "did not sign it"
            case .unfinished: "backup.json is missing"
            case .torn: "events/0000000000000000001.jsonl.gz"
            case .manifest: "backup.json is damaged"
            case .keyTable: "keys.json is damaged"
            case .missingSecretKey: "secret.key is missing"
            case .missingHeads: "tree-heads is missing"
            }
        }
    }

    @Test("damage is found before anything is restored", arguments: Damage.allCases)
    func damage(_ damage: Damage) async throws {
        let original = try await Original(events: 30)
        let backup = LogBackup(original.directory + "/backup")
        _ = try await backup.write(original.log, original.surroundings())
        let path = "\(backup.directory)/\(EventFile.name(first: 1))"
        switch damage {
        case .payload: try rewrite(path) { $0[21].replace("1", with: "2", maxReplacements: 1) }
        case .order:
            try rewrite(path) {
                $0.swapAt(8, 10); $0.swapAt(9, 11)
            }
        case .missingEvent: try rewrite(path) { $0.removeLast(2) }
        case .missingHead: try FileManager.default.removeItem(atPath: "\(backup.directory)/tree-heads/30.note")
        case .otherKey:
            let other = try NoteSigner.ofTests(seed: 9)
            try Data(other.verifier.text.utf8).write(to: URL(fileURLWithPath: "\(backup.directory)/log.vkey"))
        case .unfinished: try FileManager.default.removeItem(atPath: "\(backup.directory)/backup.json")
        case .manifest: try Data("{".utf8).write(to: URL(fileURLWithPath: "\(backup.directory)/backup.json"))
        case .keyTable:
            try Data(#"{"secret/1":"Bwc4"}"#.utf8).write(to: URL(fileURLWithPath: "\(backup.directory)/keys.json"))
        case .missingHeads: try FileManager.default.removeItem(atPath: "\(backup.directory)/tree-heads")
        case .missingSecretKey: try FileManager.default.removeItem(atPath: "\(backup.directory)/secret.key")
        case .torn:
            let bytes = try #require(FileManager.default.contents(atPath: path))
            try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
        }
        let error = await #expect(throws: BackupError.self) { try await backup.verify() }
        #expect(error?.description.contains(damage.words) == true, "\(String(describing: error))")
    }

    @Test("a log that is not the one that was signed is not backed up")
    func notSigned() async throws {
        let original = try await Original(events: 10)
        let other = try await Original(events: 10, salt: "other")
        let backup = LogBackup(original.directory + "/backup")
        await #expect(throws: BackupError.self) { try await backup.write(other.log, original.surroundings()) }
        #expect(!FileManager.default.fileExists(atPath: backup.directory))
        for taken in ["/usr", "/proc/none"] {
            await #expect(throws: BackupError.self) {
                try await LogBackup(taken).write(original.log, original.surroundings())
            }
        }
    }

    @Test("one that fails leaves the directory as it was, so that the same command can be given again")
    func failed() async throws {
        let original = try await Original(events: 10)
        let other = try await Original(events: 10, salt: "other")
        let backup = LogBackup(original.directory + "/backup")
        var unsigned = original.surroundings()
        unsigned.notes = []
        for isThere in [false, true] {
            if isThere {
                try FileManager.default.createDirectory(
                    atPath: backup.directory, withIntermediateDirectories: true)
            }
            await #expect(throws: BackupError.self) { try await backup.write(original.log, unsigned) }
            await #expect(throws: BackupError.self) { try await backup.write(other.log, original.surroundings()) }
            let found = try? FileManager.default.contentsOfDirectory(atPath: backup.directory)
            #expect(found == (isThere ? [] : nil))
        }
        #expect(try await backup.write(original.log, original.surroundings()).size == 10)
        // What is whole is not taken away by one that comes after it.
        await #expect(throws: BackupError.self) { try await backup.write(other.log, original.surroundings()) }
        #expect(try await backup.verify().0.size == 10)
    }

    private func hash(of log: any EventLog, through end: Position) async throws -> [UInt8] {
        var state = ClusterState()
        for event in try await log.read(after: 0, limit: Int(end), filter: .all) { try state.apply(event) }
        return state.contentHash()
    }

    /// Changes the lines of a compressed file.
    private func rewrite(_ path: String, _ change: (inout [String]) -> Void) throws {
        var bytes: [UInt8] = []
        do {
            let file = try GzipFile.open(path)
            while case let piece = try file.read(1 << 16), !piece.isEmpty { bytes += piece }
        }
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        change(&lines)
        let file = try GzipFile.create(path)
        try file.write(Array((lines.joined(separator: "\n") + "\n").utf8))
        try file.finish()
    }
}

/// A log with its tree heads, and a directory that goes with it.
final class Original: Sendable {
    let log = InMemoryEventLog()
    let keys = InMemoryKeyTable()
    let subscriptions = InMemorySubscriptionTable()
    let directory = NSTemporaryDirectory() + "purser-backup-\(UUID().uuidString.prefix(8))"
    private let notes: [String]
    private let verifier: NoteVerifier

    init(events count: Int, salt: String = "") async throws {
        let signer = try NoteSigner.ofTests()
        verifier = signer.verifier
        let store = TreeHeadDirectory(directory + "/heads")
        let heads = try await TreeHeadSigner(log: log, origin: signer.name, signer: signer, store: store)
        for number in 1...count {
            let event = Self.event(number, salt: salt)
            let recorded = Envelope.record(
                event, position: Position(number), recordedAt: Timestamp(seconds: 1_800_000_000 + Int64(number)))
            let outcome = try await log.append(
                [recorded], expected: LogHead(position: Position(number - 1), term: 1))
            try #require(outcome == .appended)
            if number % 7 == 0 || number == count { try await heads.sign(at: recorded.recordedAt) }
        }
        try await keys.store(key: [7, 7], id: "secret/1")
        notes = try store.all()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private static func event(_ number: Int, salt: String) -> Event {
        let call = CallID(at: Timestamp(seconds: Int64(number)), random: (0, UInt64(number)))
        let caller = Caller(subject: "tester\(salt)", verb: "update")
        if number == 3 {
            return Event(
                stream: "terms.purser.dev/5", revision: 0, type: EventCatalogue.termTaken, isKeyframe: false,
                payload: Array("{}".utf8), caller: caller, callID: call, ordinal: 0)
        }
        let stream = "configmaps/shop/c\(number)"
        let object: JSON = [
            "data": ["n": .string("1\(number)")],
            "metadata": ["name": .string("c\(number)"), "namespace": "shop", "uid": .string("u\(number)")],
        ]
        return Event(
            stream: stream, revision: 1, type: "ConfigMapCreated", isKeyframe: true, payload: object.canonicalBytes,
            caller: caller, callID: call, ordinal: 0)
    }

    func surroundings() -> LogBackup.Surroundings {
        LogBackup.Surroundings(
            verifier: verifier, notes: notes, keys: keys, secretFiles: ["secret.key": [1, 2, 3]],
            subscriptions: subscriptions)
    }
}
