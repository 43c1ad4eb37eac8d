import Domain
import KubeModel

/// Which events somebody who looks at the past wants to see. What is empty or nil admits everything; all must fit.
public struct EventQuery: Sendable, Hashable {
    public enum Scope: Sendable, Hashable {
        case everything
        /// One object, by its stream's name.
        case object(String)
        /// All objects of a resource, and calls about them; of one namespace where it is stated.
        case resource(String, namespace: String? = nil)
        /// All that belongs to a namespace, the Namespace itself too.
        case namespace(String)
        /// A node, what its agent did, and what was bound to it.
        case node(String)
    }

    public var scope: Scope
    /// Names of the catalogue; one of them must fit.
    public var types: [String]
    /// The caller's subject.
    public var caller: String?
    public var verb: String?
    /// Whether events that change no state are seen: reads, refusals, usage reports. What heads a rollback is always seen,
    /// except among the changes of one object.
    public var includesReads: Bool

    public init(
        _ scope: Scope = .everything, types: [String] = [], caller: String? = nil, verb: String? = nil,
        includesReads: Bool = false
    ) {
        (self.scope, self.types, self.caller, self.verb) = (scope, types, caller, verb)
        self.includesReads = includesReads
    }

    public func admits(_ event: Event) -> Bool {
        guard includesReads || event.changesState || headsRollback(event), types.isEmpty || types.contains(event.type),
            caller.map({ $0 == event.caller.subject }) ?? true, verb.map({ $0 == event.caller.verb }) ?? true
        else { return false }
        let target = EventTarget(event)
        switch scope {
        case .everything: return true
        case .object(let stream): return event.stream == stream
        case .namespace(let namespace): return target.namespace == namespace
        case .resource(let resource, let namespace):
            return target.resource == resource && namespace.map { $0 == target.namespace } ?? true
        case .node(let node): return Self.concerns(node, event)
        }
    }

    private func headsRollback(_ event: Event) -> Bool {
        if case .object = scope { return false }
        return EventCatalogue.rollbackHeads.contains(event.type)
    }

    private static func concerns(_ node: String, _ event: Event) -> Bool {
        if event.caller.subject == "system:node:\(node)" { return true }
        if event.changesState, event.stream == "nodes/\(node)" { return true }
        guard event.type == EventCatalogue.podBound else { return false }
        return String(decoding: event.payload, as: UTF8.self).contains("\"nodeName\":\"\(node)\"")
    }
}

/// Some of the events that a query admits, and what has not been looked at yet.
public struct EventPage: Sendable, Hashable {
    public var events: [RecordedEvent]
    /// What is left is `after < position <= through`; nothing where `after` is not before `through`.
    public var after: Position
    public var through: Position

    public init(_ events: [RecordedEvent], after: Position, through: Position) {
        (self.events, self.after, self.through) = (events, after, through)
    }

    /// The first events of a range: what is behind the last of them is left if there are as many as were asked for.
    public init(_ events: [RecordedEvent], limit: Int, after: Position, through: Position, newestFirst: Bool) {
        guard events.count >= limit, let last = events.last?.position else {
            self.init(events, after: through, through: through)
            return
        }
        self.init(events, after: newestFirst ? after : last, through: newestFirst ? last - 1 : through)
    }

    public var isLast: Bool { after >= through }
}
