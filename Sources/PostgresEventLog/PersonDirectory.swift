import Domain
import EventLog
import KubeModel
import Synchronization

/// The names behind the commitments in events, as far as the key table still has them.
final class PersonDirectory: Sendable {
    private struct Names {
        /// By commitment; nil where the table had none. That stays so: a name is stored before its first event.
        var byCommitment: [String: String?] = [:]
        var commitments: [String: String] = [:]
    }

    private let names = Mutex(Names())

    func clear() { names.withLock { $0 = Names() } }

    /// True if a subject cannot be told without reading the table.
    func isUnknown(_ subject: String) -> Bool {
        subject.hasPrefix(Person.prefix) && names.withLock { $0.byCommitment[subject] == nil }
    }

    /// The name behind a subject; the subject itself where there is none.
    func name(of subject: String) -> String {
        guard subject.hasPrefix(Person.prefix) else { return subject }
        return names.withLock { $0.byCommitment[subject] ?? nil } ?? subject
    }

    func commitment(to name: String) -> String? { names.withLock { $0.commitments[name] } }

    /// Takes the table's entries in, and notes which subjects have none.
    func take(_ entries: some Collection<[UInt8]>, missing subjects: some Collection<String>) {
        names.withLock { names in
            for entry in entries {
                let (commitment, name) = (Person.commitment(entry), Person.name(in: entry))
                names.byCommitment[commitment] = .some(name)
                names.commitments[name] = commitment
            }
            for subject in subjects where names.byCommitment[subject] == nil {
                names.byCommitment.updateValue(nil, forKey: subject)
            }
        }
    }
}

extension PostgresEventLog {
    /// The events with people's names in the place of commitments. Their envelopes stay as they are.
    func naming(_ events: [RecordedEvent]) async throws(EventLogError) -> [RecordedEvent] {
        let unknown = Set(events.lazy.map(\.event.caller.subject).filter { self.persons.isUnknown($0) })
        if !unknown.isEmpty { persons.take(try await keys(idPrefix: "person/").values, missing: unknown) }
        guard events.contains(where: { $0.event.caller.subject.hasPrefix(Person.prefix) }) else { return events }
        var events = events
        for index in events.indices {
            let subject = events[index].event.caller.subject
            let name = persons.name(of: subject)
            guard name != subject else { continue }
            events[index].event.caller.subject = name
            if events[index].event.type == EventCatalogue.callRefused {
                Self.name(name, subject, in: &events[index].event.payload)
            }
        }
        return events
    }

    /// A refusal quotes its caller: `User "person:…" cannot …`.
    private static func name(_ name: String, _ subject: String, in payload: inout [UInt8]) {
        guard var json = try? JSON(parsing: payload), let message = json.string("message") else { return }
        json["message"] = .string(message.replacing("\"\(subject)\"", with: "\"\(name)\""))
        payload = json.canonicalBytes
    }

    /// A query for a person's events by what the events call them.
    func committed(_ query: EventQuery) async throws(EventLogError) -> EventQuery {
        guard let name = query.caller, Person.isPerson(name), !name.hasPrefix(Person.prefix) else { return query }
        if persons.commitment(to: name) == nil {
            persons.take(try await keys(idPrefix: "person/").values, missing: EmptyCollection())
        }
        var query = query
        query.caller = persons.commitment(to: name) ?? name
        return query
    }
}
