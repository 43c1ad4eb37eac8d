import Domain
import EventLog
import KubeModel
import Postgres
import PostgresEventLog
import Testing

@Suite("People in the log")
struct PersonTests {
    private static let salt = [UInt8](repeating: 5, count: Person.saltSize)

    @Test("a commitment is base64url of SHA-256 over salt and name, and machines have none")
    func commitment() {
        // printf 'abc' | sha256sum | xxd -r -p | basenc --base64url
        #expect(Person.commitment("abc".utf8) == "person:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")
        #expect(Person.isPerson("alice") && !Person.isPerson("system:node:n1") && !Person.isPerson(""))
        #expect(Person.name(in: Self.salt + Array("alice".utf8)) == "alice")
    }

    @Test("events name people as long as the key table does, and not in their envelopes; then nothing does")
    func forgotten() async throws {
        let fixture = try await PostgresFixture()
        let entry = Self.salt + Array("alice-plugh".utf8)
        let commitment = Person.commitment(entry)
        try await fixture.log.store(key: entry, id: "person/1")
        let events = [commitment, "system:node:n1", Person.commitment([9])].enumerated().map { index, subject in
            let event = Event(
                stream: "configmaps/shop/c\(index)", revision: 1, type: "ConfigMapCreated", isKeyframe: true,
                payload: Array("{}".utf8), caller: Caller(subject: subject, verb: "create"),
                callID: CallID(high: 1, low: UInt64(index)), ordinal: 0)
            return Envelope.record(event, position: Position(index + 1), recordedAt: Timestamp(seconds: 1))
        }
        #expect(try await fixture.log.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
        func callers() async throws -> [String] {
            try await fixture.log.read(after: 0, limit: 9, filter: .all).map(\.event.caller.subject)
        }
        func found(_ caller: String) async throws -> [Position] {
            try await fixture.log.find(
                EventQuery(caller: caller), after: 0, through: 3, limit: 9, newestFirst: false
            ).events.map(\.position)
        }
        func views() async throws -> [String] {
            let pool = PostgresPool(fixture.cluster.conninfo(database: fixture.database, user: "purser_reader"))
            defer { pool.close() }
            var names: [String] = []
            let sql = "SELECT caller FROM purser.history ORDER BY position"
            for row in try await pool.execute(PostgresStatement("callers", sql)) { names.append(try row.text(0)) }
            return names
        }
        let named = ["alice-plugh", "system:node:n1", Person.commitment([9])]
        #expect(try await callers() == named)
        #expect(try await views() == named)
        #expect(try await found("alice-plugh") == [1])
        #expect(try await found("system:node:n1") == [2])
        for event in try await fixture.log.stored(after: 0, limit: 9) {
            #expect(!String(decoding: event.envelope, as: UTF8.self).contains("plugh"))
        }
        try await fixture.log.destroy(id: commitment)
        let nameless = [commitment, "system:node:n1", Person.commitment([9])]
        #expect(try await callers() == nameless)
        #expect(try await views() == nameless)
        #expect(try await found("alice-plugh").isEmpty)
        #expect(try await fixture.log.stored(after: 0, limit: 9) == events.map(StoredEvent.init))
    }

    @Test("a refusal names its caller in its message, too, as long as anything does")
    func refusal() async throws {
        let fixture = try await PostgresFixture()
        let entry = Self.salt + Array(#"al"ice"#.utf8)
        let commitment = Person.commitment(entry)
        try await fixture.log.store(key: entry, id: "person/1")
        let refused: JSON = ["code": 403, "message": .string("User \"\(commitment)\" cannot list pods")]
        let event = Envelope.record(
            Event(
                stream: "pods/shop", revision: 0, type: EventCatalogue.callRefused, isKeyframe: false,
                payload: refused.canonicalBytes, caller: Caller(subject: commitment, verb: "list"),
                callID: CallID(high: 1, low: 1), ordinal: 0),
            position: 1, recordedAt: Timestamp(seconds: 1))
        #expect(try await fixture.log.append([event], expected: LogHead(position: 0, term: 1)) == .appended)
        func payload() async throws -> JSON {
            let events = try await fixture.log.read(after: 0, limit: 1, filter: .all)
            return try JSON(parsing: try #require(events.first).event.payload)
        }
        #expect(try await payload() == ["code": 403, "message": #"User "al"ice" cannot list pods"#])
        #expect(try await fixture.log.stored(after: 0, limit: 1) == [StoredEvent(event)])
        try await fixture.log.destroy(id: commitment)
        #expect(try await payload() == refused)
    }
}
