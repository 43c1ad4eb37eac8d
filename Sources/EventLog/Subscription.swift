import Domain
import KubeModel

/// Somebody who follows the log under a name, and up to where they have taken it in.
public struct Subscription: Sendable, Hashable {
    public var name: String
    public var filter: EventQuery
    /// The last position that was acknowledged; what follows is still to be delivered.
    public var position: Position
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(name: String, filter: EventQuery, position: Position, createdAt: Timestamp, updatedAt: Timestamp) {
        (self.name, self.filter, self.position) = (name, filter, position)
        (self.createdAt, self.updatedAt) = (createdAt, updatedAt)
    }

    /// The members `name`, `filter`, `position`, `createdAt` and `updatedAt`.
    public var json: JSON {
        [
            "name": .string(name), "filter": filter.json, "position": .int(position),
            "createdAt": .string(createdAt.rfc3339Micro), "updatedAt": .string(updatedAt.rfc3339Micro),
        ]
    }

    /// Reads what `json` gives; nil where a member is missing or is none.
    public init?(json: JSON) {
        guard let name = json.string("name"), let filter = json["filter"], let position = json.int("position"),
            let createdAt = json.string("createdAt").flatMap(Timestamp.init(rfc3339:)),
            let updatedAt = json.string("updatedAt").flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        self.init(
            name: name, filter: EventQuery(json: filter), position: position, createdAt: createdAt,
            updatedAt: updatedAt)
    }
}

/// Where subscriptions are kept, beside the log.
public protocol SubscriptionTable: Sendable {
    /// In the order of their names.
    func subscriptions() async throws(EventLogError) -> [Subscription]
    func subscription(_ name: String) async throws(EventLogError) -> Subscription?
    /// Stores a subscription in the place of one of its name.
    func store(_ subscription: Subscription) async throws(EventLogError)
    /// Moves a subscription on to a position, never back; false if there is none.
    func acknowledge(_ name: String, position: Position, at: Timestamp) async throws(EventLogError) -> Bool
    /// False if there was none.
    func removeSubscription(_ name: String) async throws(EventLogError) -> Bool
}

extension EventQuery {
    /// The members `namespace`, `resource`, `types`, `caller`, `verb` and `reads`, each where it is not empty.
    public var json: JSON {
        var json: JSON = [:]
        switch scope {
        case .everything: break
        case .object(let stream): json["stream"] = .string(stream)
        case .resource(let resource, let namespace):
            json["resource"] = .string(resource)
            json["namespace"] = namespace.map { .string($0) }
        case .namespace(let namespace): json["namespace"] = .string(namespace)
        case .node(let node): json["node"] = .string(node)
        }
        if !types.isEmpty { json["types"] = .array(types.map { .string($0) }) }
        json["caller"] = caller.map { .string($0) }
        json["verb"] = verb.map { .string($0) }
        if includesReads { json["reads"] = true }
        return json
    }

    /// Reads what `json` gives; of members that exclude each other, the narrowest counts.
    public init(json: JSON) {
        func text(_ name: String) -> String? { json.string(name).flatMap { $0.isEmpty ? nil : $0 } }
        let scope: Scope =
            if let stream = text("stream") {
                .object(stream)
            } else if let resource = text("resource") {
                .resource(resource, namespace: text("namespace"))
            } else if let namespace = text("namespace") {
                .namespace(namespace)
            } else if let node = text("node") { .node(node) } else { .everything }
        self.init(
            scope, types: json.array("types").compactMap(\.stringValue), caller: text("caller"), verb: text("verb"),
            includesReads: json.bool("reads") ?? false)
    }
}
