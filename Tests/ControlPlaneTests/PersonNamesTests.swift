import Domain
import EventLog
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

    @Test("whoever was forgotten comes back as somebody else")
    func forgotten() async throws {
        let keys = InMemoryKeyTable()
        let names = PersonNames(keys: keys, secret: secret)
        let before = try await names.subject(of: "alice")
        let id = names.id(of: "alice")
        try await keys.destroy(id: id)
        names.forget([id])
        #expect(names.subject(ofKnown: "alice") == nil)
        let after = try await names.subject(of: "alice")
        #expect(after != before && after.hasPrefix(Person.prefix))
    }
}
