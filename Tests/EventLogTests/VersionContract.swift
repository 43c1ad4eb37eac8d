import Domain
import EventLog
import Foundation
import KubeModel
import Merkle
import Postgres
import PostgresEventLog
import Synchronization
import Testing

/// What a later Purser would bring: two changes of one form, and one of another.
private let changes: [String: [Upcaster.Step]] = [
    "NamespaceCreated": [{ $0.noting("second") }, { $0.noting("third") }],
    "NodeStatusChanged": [{ $0.noting("second") }],
    "CallServed": [{ $0.noting("second") }],
]

extension JSON {
    /// The payload with one more word under `"form"`.
    fileprivate func noting(_ word: String) -> JSON {
        var json = self
        json["form"] = .array(array("form") + [.string(word)])
        return json
    }
}

@Suite("Events of earlier and of later versions")
struct VersionContract {
    /// What a released version left, behind it a namespace in each of the later forms.
    private static func events() throws -> [RecordedEvent] {
        let path = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "DomainTests/Fixtures/events-1.jsonl")
        let lines = try Data(contentsOf: path).split(separator: UInt8(ascii: "\n")).map { [UInt8]($0) }
        var events: [RecordedEvent] = []
        for start in stride(from: 0, to: lines.count, by: 2) {
            events.append(try Envelope.decode(lines[start], payload: lines[start + 1]))
        }
        for version in [2, 3] { events.append(try Self.namespace(version, after: #require(events.last))) }
        return events
    }

    private static func namespace(_ version: Int, after last: RecordedEvent) -> RecordedEvent {
        let payload: JSON = [
            "form": [.string("of \(version)")],
            "metadata": ["name": .string("v\(version)"), "uid": .string("u\(version)")],
        ]
        let event = Event(
            stream: "namespaces/v\(version)", revision: 1, type: "NamespaceCreated", version: version,
            isKeyframe: true, payload: payload.canonicalBytes, caller: Caller(subject: "kubernetes-admin"),
            callID: CallID(at: last.recordedAt, random: (0, UInt64(version))), ordinal: 0)
        return Envelope.record(event, position: last.position + 1, recordedAt: last.recordedAt)
    }

    /// A log of these events, which knows the later forms.
    private static func log(_ implementation: Implementation, of events: [RecordedEvent]) async throws -> any EventLog {
        let log = try await implementation.make(events: 48, upcaster: Upcaster(changes))
        #expect(try await log.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
        try await ArchivedFixture.archive(log)
        return log
    }

    /// Signs a tree head over the events and verifies the log against it.
    private static func verified(_ log: any EventLog, _ events: [RecordedEvent]) async throws
        -> (signer: NoteSigner, note: SignedNote)
    {
        let signer = try #require(NoteSigner(name: "purser.dev/log/test", seed: [UInt8](repeating: 1, count: 32)))
        let head = TreeHead(
            origin: signer.name, size: Int64(events.count), root: Merkle.root(of: events.map(\.leaf)[...]))
        let note = try signer.sign(head.body)
        let result = try await LogVerifier(log: log, verifier: signer.verifier).verify(notes: [note.encoded])
        #expect(result.finding == nil && result.verified == Position(events.count) && result.treeHeads == 1)
        return (signer, note)
    }

    /// The words that the steps left in a payload.
    private static func form(_ payload: [UInt8]) throws -> [String] {
        try JSON(parsing: payload).array("form").compactMap(\.stringValue)
    }

    private static func expected(_ event: Event) -> [String] {
        switch (event.type, event.version) {
        case ("NamespaceCreated", 1): ["second", "third"]
        case ("NamespaceCreated", 2): ["of 2", "third"]
        case ("NamespaceCreated", 3): ["of 3"]
        case ("NodeStatusChanged", _), ("CallServed", _): ["second"]
        default: []
        }
    }

    @Test(
        "every way to read an event for folding or showing gives its present form", arguments: Implementation.allCases)
    func present(_ implementation: Implementation) async throws {
        let events = try Self.events()
        let (log, end) = (try await Self.log(implementation, of: events), Position(events.count))

        func check(_ read: [RecordedEvent], _ by: Comment) throws {
            for event in read {
                let stored = events[Int(event.position) - 1]
                #expect(try Self.form(event.event.payload) == Self.expected(stored.event), by)
                #expect(event.event.version == (changes[event.event.type]?.count ?? 0) + 1, by)
                #expect(event.envelope == stored.envelope && event.leaf == stored.leaf, by)
            }
        }
        let all = try await log.read(after: 0, limit: 1000, filter: .all)
        #expect(all.count == events.count)
        try check(all, "read")
        for stream in Set(events.map(\.event.stream)) {
            try check(
                try await log.readStream(
                    stream, after: 0, through: end, limit: 1000, newestFirst: false, filter: .all), "readStream")
        }
        try check(
            try await log.readStreams(prefix: "n", after: 0, through: end, limit: 1000, filter: .all), "readStreams")
        let found = try await log.find(
            EventQuery(types: ["NamespaceCreated"]), after: 0, through: end, limit: 1000, newestFirst: true)
        #expect(found.events.count == 6)
        try check(found.events, "find")
        for event in events { try check(try await log.lookUp(event.event.callID), "lookUp") }

        let rows = Mutex<[ReplayRow]>([])
        try await log.replay(after: 0, through: end) { batch in rows.withLock { $0 += batch } }
        let replayed = rows.withLock { $0 }
        let forms = try await log.forms(replayed.map { StreamMoment($0.stream, at: $0.position) }).flatMap { $0 }
        #expect(replayed.count == events.count { $0.event.changesState } && forms.count >= replayed.count)
        for row in replayed + forms {
            let stored = events[Int(row.position) - 1].event
            #expect(try Self.form(row.payload) == Self.expected(stored), "position \(row.position)")
            #expect(row.version == (changes[row.type]?.count ?? 0) + 1)
        }
    }

    @Test(
        "what is stored, verified, served as files and exported is what was recorded",
        arguments: Implementation.allCases)
    func recorded(_ implementation: Implementation) async throws {
        let events = try Self.events()
        let log = try await Self.log(implementation, of: events)
        #expect(try await log.stored(after: 0, limit: 1000) == events.map(StoredEvent.init))
        let (signer, note) = try await Self.verified(log, events)

        try await log.store(
            checkpoint: Array(note.encoded.utf8), size: Position(events.count), at: Timestamp(seconds: 1))
        let files = StoredLogFiles(log: log)
        #expect(
            LogBundle.payloads(of: try await files.bytes(of: .payloads(index: 0, count: events.count)))
                == events.map(\.event.payload))
        let prover = LogProver(files)
        for event in [events[0], events[events.count - 2], events[events.count - 1]] {
            #expect(try await prover.inclusion(of: event.position).event(log: signer.verifier).event == event)
        }
    }

    @Test(
        "a version that is too new is refused by every read, and verified all the same",
        arguments: Implementation.allCases)
    func tooNew(_ implementation: Implementation) async throws {
        var events = try Self.events()
        events.append(try Self.namespace(4, after: #require(events.last)))
        let (log, end) = (try await Self.log(implementation, of: events), Position(events.count))
        let refusal = EventLogError.tooNew(
            "position \(end): NamespaceCreated is of version 4, and this Purser knows version 3 at most: "
                + "use a newer Purser")
        await #expect(throws: refusal) { _ = try await log.read(after: 0, limit: 1000, filter: .all) }
        await #expect(throws: refusal) {
            _ = try await log.readStream("namespaces/v4", after: 0, through: end, limit: 1, newestFirst: true)
        }
        await #expect(throws: refusal) {
            _ = try await log.readStreams(prefix: "names", after: 0, through: end, limit: 1000, filter: .all)
        }
        await #expect(throws: refusal) {
            _ = try await log.find(EventQuery(), after: 0, through: end, limit: 1, newestFirst: true)
        }
        await #expect(throws: refusal) { _ = try await log.lookUp(#require(events.last).event.callID) }
        await #expect(throws: refusal) { _ = try await log.forms([StreamMoment("namespaces/v4", at: end)]) }
        await #expect(throws: refusal) { try await log.replay(after: 0, through: end) { _ in } }
        #expect(try await log.read(after: 0, limit: events.count - 1, filter: .all).count == events.count - 1)
        #expect(try await log.stored(after: end - 1, limit: 1).first?.version == 4)
        _ = try await Self.verified(log, events)
    }
}
