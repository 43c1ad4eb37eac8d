import Domain
import EventLog
import KubeMachinery
import KubeModel

/// Walks the log backwards from an event to the call and the person that led to it.
public struct Explainer: Sendable {
    let log: any EventLog
    let history: ObjectHistory
    let registry: Registry
    /// A longer chain is cut: each link costs a look-up.
    private static let longest = 64
    private static let pageSize = 200

    public init(_ cluster: Cluster) {
        (log, history, registry) = (cluster.log, cluster.history, cluster.registry)
    }

    /// Why an object is as it is, or was as it was when it ended.
    public func explain(_ key: ObjectKey) async throws -> Explanation? {
        let life = try await life(of: key.description, through: .max)
        guard let newest = life.last else { return nil }
        let exists = !EventCatalogue.ends(newest.event.type)
        var answers: [Explanation.Answer] = []
        for (question, event) in Self.questions(key, life, exists: exists) {
            answers.append(Explanation.Answer(question: question, chain: try await chain(from: event)))
        }
        return Explanation(key: key, exists: exists, answers: answers)
    }

    /// Why a field has its value: the last event that changed it.
    public func explain(_ key: ObjectKey, field: String) async throws -> Explanation? {
        let life = try await life(of: key.description, through: .max)
        guard let newest = life.last else { return nil }
        let transitions = try await history.transitions(life)
        let index = transitions.indices.last { index in
            guard let transition = transitions[index], let new = transition.new else { return false }
            return Self.touches(field, transition.old?.object().json, new.object().json)
        }
        guard let index, let value = transitions[index]?.new?.object().json[fieldPath: field] else {
            throw KubeStatus(
                code: 404, reason: "NotFound",
                message: "\(key) has no field \(field); write it as `purser history` shows it, such as spec.replicas")
        }
        let question = "why \(field) is \(value.stringValue ?? value.canonicalText)"
        return Explanation(
            key: key, exists: !EventCatalogue.ends(newest.event.type),
            answers: [Explanation.Answer(question: question, chain: try await chain(from: life[index]))])
    }

    /// The chain of causes of the event at a position.
    public func explain(at position: Position) async throws -> Explanation? {
        guard let event = try await event(at: position) else { return nil }
        let key = ObjectKey(stream: event.event.stream)
        return Explanation(
            key: key ?? ObjectKey(GroupResource(event.event.stream), name: ""), exists: true,
            answers: [
                Explanation.Answer(
                    question: "why \(event.event.type) at position \(position)", chain: try await chain(from: event))
            ])
    }

    // MARK: The chain

    public func chain(from event: RecordedEvent) async throws -> [CauseLink] {
        var links: [(event: RecordedEvent, relation: CauseLink.Relation)] = [(event, .asked)]
        while links.count < Self.longest, let last = links.last?.event, let next = try await predecessor(of: last) {
            links.append(next)
        }
        // The log's order: each event once, and `transitions` wants them rising.
        let rising = Array(links.reversed())
        let transitions = try await history.transitions(rising.map(\.event))
        return zip(rising, transitions).map { link, transition in
            let changes = transition.map(Self.changes) ?? []
            let seen = CauseLink.autoscaling(link.event)
            let note = seen.isEmpty ? transition.map { Observation.note($0) } ?? "" : seen
            return CauseLink(event: link.event, relation: link.relation, changes: changes, note: note)
        }.reversed()
    }

    private func predecessor(of recorded: RecordedEvent) async throws -> (RecordedEvent, CauseLink.Relation)? {
        let event = recorded.event
        if event.cause > 0, event.cause < recorded.position {
            return try await self.event(at: event.cause).map { ($0, .cause) }
        }
        guard event.changesState, Self.isSystem(event.caller) else { return nil }
        let before = try await life(of: event.stream, through: recorded.position - 1)
        if !before.isEmpty {
            let request = before.last { $0.event.type.hasSuffix(EventCatalogue.Suffix.deletionRequested.rawValue) }
            return (request ?? before.first).map { ($0, .life) }
        }
        return try await ownersLastChange(before: recorded).map { ($0, .owner) }
    }

    /// The last time that something was asked of the object for which a controller made this one.
    private func ownersLastChange(before recorded: RecordedEvent) async throws -> RecordedEvent? {
        guard let key = ObjectKey(stream: recorded.event.stream),
            let payload = try? JSON(parsing: recorded.event.payload),
            let owner = KubeObject(payload).controller,
            let type = registry.types.first(where: {
                $0.kind.kind == owner.kind && $0.apiVersion == owner.apiVersion
            })
        else { return nil }
        let stream = type.key(namespace: key.namespace, name: owner.name).description
        return try await life(of: stream, through: recorded.position - 1).last { EventCatalogue.asks($0.event.type) }
    }

    private func event(at position: Position) async throws -> RecordedEvent? {
        let found = try await log.read(after: position - 1, limit: 1, filter: .all).first
        return found?.position == position ? found : nil
    }

    /// The state-changing events of a stream's last object before a position, rising, from its creation on.
    private func life(of stream: String, through: Position) async throws -> [RecordedEvent] {
        var life: [RecordedEvent] = []
        var through = through
        while true {
            let page = try await log.readStream(
                stream, after: 0, through: through, limit: Self.pageSize, newestFirst: true)
            for event in page {
                if EventCatalogue.ends(event.event.type), !life.isEmpty { return life.reversed() }
                life.append(event)
            }
            guard page.count == Self.pageSize, let last = page.last else { return life.reversed() }
            through = last.position - 1
        }
    }

    // MARK: Pure parts

    /// True for what runs inside the cluster: controllers, the scheduler, node agents, the server itself.
    static func isSystem(_ caller: Caller) -> Bool { caller.subject.hasPrefix("system:") }

    private static func changes(_ transition: ObjectTransition) -> [FieldDiff.Change] {
        guard let old = transition.old, let new = transition.new else { return [] }
        let isSecret = transition.key.resource == .secrets
        return FieldDiff.changes(old: plain(old), new: plain(new)).map { change in
            guard isSecret else { return change }
            return FieldDiff.Change(
                path: change.path, old: change.old.map { _ in "(secret)" }, new: change.new.map { _ in "(secret)" })
        }
    }

    private static func plain(_ object: StoredObject) -> JSON {
        var json = object.object().json
        json[["metadata", "resourceVersion"]] = nil
        return json
    }

    private static func touches(_ field: String, _ old: JSON?, _ new: JSON) -> Bool {
        old?[fieldPath: field] != new[fieldPath: field]
    }

    /// What is to be answered about an object, each with the event at which its chain begins.
    private static func questions(_ key: ObjectKey, _ life: [RecordedEvent], exists: Bool)
        -> [(String, RecordedEvent)]
    {
        var questions: [(String, RecordedEvent)] = []
        let request = life.first { $0.event.type.hasSuffix(EventCatalogue.Suffix.deletionRequested.rawValue) }
        if let end = request ?? (exists ? nil : life.last) {
            questions.append((exists ? "why it is being deleted" : "why it was deleted", end))
        }
        if key.resource == .pods { return questions + Observation.questions(ofPod: life, exists: exists) }
        if let asked = life.last(where: { EventCatalogue.asks($0.event.type) && !EventCatalogue.ends($0.event.type) }),
            request == nil
        {
            questions.append((exists ? "why it is as it is" : "why it was as it was", asked))
        }
        return questions
    }
}
