import CommandHandling
import Domain
import EventLog
import KubeMachinery
import KubeModel

/// Walks the log backwards from an event to the call and the person that led to it.
public struct Explainer: Sendable {
    let log: any EventLog
    let history: ObjectHistory
    let registry: Registry
    private static let nodeLifecycle = "system:controller:nodelifecycle"
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
        let warnings = key.resource == .pods ? try await warnings(about: key, life) : []
        var answers: [Explanation.Answer] = []
        for (question, start) in Self.questions(key, life, warnings, exists: exists) {
            guard let event = try await event(at: start) else { continue }
            answers.append(Explanation.Answer(question: question, chain: try await chain(from: event)))
        }
        return Explanation(key: key, exists: exists, answers: answers)
    }

    /// Why a field has its value, or lost it: the last event that changed it.
    /// - Throws: 400 for a field that the object never had.
    public func explain(_ key: ObjectKey, field: String) async throws -> Explanation? {
        let life = try await life(of: key.description, through: .max)
        guard let newest = life.last else { return nil }
        let exists = !EventCatalogue.ends(newest.event.type)
        let transitions = try await history.transitions(life)
        let index = transitions.indices.last { index in
            guard let transition = transitions[index], let new = transition.new else { return false }
            return Self.touches(field, transition.old?.object().json, new.object().json)
        }
        guard let index, let object = transitions[index]?.new?.object() else {
            throw KubeStatus.badRequest(
                "\(key) never had a field \(field); write it as `purser history` shows it: spec.replicas, "
                    + "spec.containers[name=web].image, metadata.labels[app.kubernetes.io/name]")
        }
        let value = key.resource == .secrets ? "as it \(exists ? "is" : "was")" : Self.shown(object.json, field, exists)
        let question = "why \(field) \(exists ? "is" : "was") \(value)"
        return Explanation(
            key: key, exists: exists,
            answers: [Explanation.Answer(question: question, chain: try await chain(from: life[index]))])
    }

    /// A value that fits in a line, or that there is none.
    private static func shown(_ json: JSON, _ field: String, _ exists: Bool) -> String {
        guard let value = json[fieldPath: field] else { return exists ? "gone" : "not there" }
        let text = value.stringValue ?? value.canonicalText
        return text.count > 100 || text.contains("\n") ? "as it \(exists ? "is" : "was")" : text
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
        var autoscaler: ObjectKey?
        while links.count < Self.longest, let last = links.last?.event {
            autoscaler = CauseLink.autoscaler(last) ?? autoscaler
            guard let next = try await predecessor(of: last, autoscaler) else { break }
            links.append(next)
        }
        // The log's order: each event once, and `transitions` wants them rising.
        let rising = Array(links.reversed())
        let transitions = try await history.transitions(rising.map(\.event))
        return zip(rising, transitions).map { link, transition in
            let changes = transition.map(Self.changes) ?? []
            let seen = CauseLink.autoscaling(link.event)
            let note = seen.isEmpty ? transition.map(Observation.note) ?? CauseLink.outcome(link.event) : seen
            return CauseLink(event: link.event, relation: link.relation, changes: changes, note: note)
        }.reversed()
    }

    /// - Parameter autoscaler: whose doing a later event of the chain is, if there is one.
    private func predecessor(of recorded: RecordedEvent, _ autoscaler: ObjectKey?) async throws
        -> (RecordedEvent, CauseLink.Relation)?
    {
        let event = recorded.event
        if event.cause > 0, event.cause < recorded.position, !Self.tellsOfSilence(event) {
            return try await self.event(at: event.cause).map { ($0, .cause) }
        }
        if event.type == EventCatalogue.usageMeasured, let autoscaler {
            return try await lastAsked(of: autoscaler, before: recorded).map { ($0, .owner) }
        }
        guard event.changesState, Self.isSystem(event.caller) else { return nil }
        let before = try await life(of: event.stream, through: recorded.position - 1)
        if let subject = Self.subject(of: before.first ?? recorded) {
            let reported = try await life(of: subject.description, through: (before.first ?? recorded).position - 1)
            return reported.last.map { ($0, .life) }
        }
        if !before.isEmpty {
            let request = before.last { $0.event.type.hasSuffix(EventCatalogue.Suffix.deletionRequested.rawValue) }
            return (request ?? before.first).map { ($0, .life) }
        }
        return try await ownersLastChange(before: recorded).map { ($0, .owner) }
    }

    /// True where a node is found to be silent: what happened to wake the controller has not led to that.
    private static func tellsOfSilence(_ event: Event) -> Bool {
        event.caller.subject == nodeLifecycle && event.type == "Node" + EventCatalogue.Suffix.statusChanged.rawValue
    }

    /// The pod that a newly created Kubernetes Event is about; nil for all else.
    private static func subject(of recorded: RecordedEvent) -> ObjectKey? {
        guard ObjectKey(stream: recorded.event.stream)?.resource == .events,
            let about = (try? JSON(parsing: recorded.event.payload))?["involvedObject"], about.string("kind") == "Pod",
            let name = about.string("name")
        else { return nil }
        return ObjectKey(.pods, namespace: about.string("namespace") ?? "", name: name)
    }

    private func lastAsked(of key: ObjectKey, before recorded: RecordedEvent) async throws -> RecordedEvent? {
        try await life(of: key.description, through: recorded.position - 1).last { EventCatalogue.asks($0.event.type) }
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
        return try await lastAsked(of: type.key(namespace: key.namespace, name: owner.name), before: recorded)
    }

    func event(at position: Position) async throws -> RecordedEvent? {
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

    /// True if a pod had to leave its node: somebody asked for its eviction, or it did not tolerate a taint.
    private static func isEviction(_ event: Event) -> Bool {
        guard event.stream.hasPrefix("\(GroupResource.pods)/") else { return false }
        if event.caller.subject == nodeLifecycle { return true }
        guard let payload = try? JSON(parsing: event.payload) else { return false }
        return payload.array("status", "conditions").contains { $0.string("reason") == DeleteOptions.evictionReason }
    }

    /// What is to be answered about an object, each with the position of the event at which its chain begins.
    private static func questions(
        _ key: ObjectKey, _ life: [RecordedEvent], _ warnings: [PodWarning], exists: Bool
    ) -> [(String, Position)] {
        var questions: [(String, Position)] = []
        let request = life.first { $0.event.type.hasSuffix(EventCatalogue.Suffix.deletionRequested.rawValue) }
        if let end = request ?? (exists ? nil : life.last) {
            let end = (word: isEviction(end.event) ? "evicted" : "deleted", position: end.position)
            questions.append(("why it \(exists ? "is being" : "was") \(end.word)", end.position))
        }
        if key.resource == .pods { return questions + Observation.questions(ofPod: life, warnings, exists: exists) }
        if exists { questions += Observation.troubles(life) }
        if let asked = life.last(where: { EventCatalogue.asks($0.event.type) && !EventCatalogue.ends($0.event.type) }),
            request == nil
        {
            questions.append((exists ? "why it is as it is" : "why it was as it was", asked.position))
        }
        return questions
    }
}
