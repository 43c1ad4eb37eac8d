import CommandHandling
import Domain
import EventLog
import KubeModel
import Testing

@testable import ControlPlane

@Suite("People's names")
struct PersonNamesTests {
    private let secret = [UInt8](repeating: 3, count: 32)

    @Test("a person has one commitment, on every replica and after every restart; a machine has its name")
    func oneCommitment() async throws {
        let keys = InMemoryKeyTable()
        let first = PersonNames(keys: keys, secret: secret)
        #expect(first.subject(ofKnown: "alice") == nil)
        let subject = try await first.subject(of: "alice")
        #expect(subject.hasPrefix(Person.prefix) && !subject.contains("alice"))
        #expect(first.subject(ofKnown: "alice") == subject)
        #expect(try await PersonNames(keys: keys, secret: secret).subject(of: "alice") == subject)
        #expect(try await first.subject(of: "bob") != subject)
        #expect(try await first.subject(of: "system:node:n1") == "system:node:n1")
        let entry = try #require(try await keys.key(id: first.id(of: "alice")))
        #expect(Person.commitment(entry) == subject && Person.name(in: entry) == "alice")
    }

    @Test("whose entry was changed is called nobody else", arguments: ["bob", "", "alic"])
    func changed(_ name: String) async throws {
        let keys = InMemoryKeyTable()
        let names = PersonNames(keys: keys, secret: secret)
        try await keys.store(key: [UInt8](repeating: 1, count: 32) + Array(name.utf8), id: names.id(of: "alice"))
        let error = await #expect(throws: KubeStatus.self) { _ = try await names.subject(of: "alice") }
        #expect(error?.code == 503)
    }

    @Test("whoever was forgotten comes back as somebody else")
    func forgotten() async throws {
        let keys = InMemoryKeyTable()
        let names = PersonNames(keys: keys, secret: secret)
        let before = try await names.subject(of: "alice")
        try await keys.destroy(id: before)
        names.forget([before])
        #expect(names.subject(ofKnown: "alice") == nil)
        let after = try await names.subject(of: "alice")
        #expect(after != before && after.hasPrefix(Person.prefix))
    }

    @Test("the refusal to forget somebody unknown, which is an event itself, does not tell the name")
    func unknown() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            let keys = InMemoryKeyTable()
            let error = await #expect(throws: KubeStatus.self) {
                try await Shredder(cluster: replica.cluster, sealer: nil, keys: keys).shredPerson(
                    "plugh", PersonNames(keys: keys, secret: secret),
                    origin: CallOrigin(
                        caller: Caller(subject: "tester", verb: "create"), callID: replica.cluster.newCallID()))
            }
            #expect(error?.code == 404 && error?.json.canonicalText.contains("plugh") == false)
        }
    }

    @Test(
        "at a start what was forgotten is forgotten again where a restored table has it, and nobody who came back since"
    )
    func forgottenAgain() async throws {
        let (log, keys) = (InMemoryEventLog(), InMemoryKeyTable())
        let names = PersonNames(keys: keys, secret: secret)
        let before = try await names.subject(of: "alice")
        let entry = try #require(try await keys.key(id: names.id(of: "alice")))
        let payload: JSON = ["ids": [.string(before)]]
        let event = Event(
            stream: "persons", revision: 0, type: EventCatalogue.keysDestroyed, isKeyframe: false,
            payload: payload.canonicalBytes, caller: Caller(subject: "system:admin", verb: "create"),
            callID: CallID(at: Timestamp(seconds: 1), random: (0, 1)), ordinal: 0)
        let recorded = Envelope.record(event, position: 1, recordedAt: Timestamp(seconds: 1))
        #expect(try await log.append([recorded], expected: try await log.head()) == .appended)
        try await Shredder.repeatAll(log, keys: keys, sealer: nil)
        #expect(try await keys.keys(idPrefix: "").isEmpty)
        names.forget([before])
        let after = try await names.subject(of: "alice")
        try await Shredder.repeatAll(log, keys: keys, sealer: nil)
        #expect(try await PersonNames(keys: keys, secret: secret).subject(of: "alice") == after)
        #expect(Person.commitment(entry) == before && after != before)
    }
}
