import Domain
import EventLog
import KubeMachinery
import KubeModel

extension PurserEndpoints {
    /// What differs between two moments: in one object, in a namespace, or in the whole cluster.
    func diff(_ query: Query) async throws(KubeStatus) -> JSON {
        guard let from = try await handler.reads.position(try query.moment("from")) else {
            throw .badRequest("from= is missing: name the earlier moment by a position, a time or an age such as 2h")
        }
        let to = try await handler.reads.position(try query.moment("to")) ?? cluster.state.position
        let streams = try await log {
            if let stream = query["stream"], !stream.isEmpty { return [stream] }
            let namespace = query["namespace"] ?? ""
            return try await cluster.log.changedStreams(
                prefixes: prefixes(namespace), after: min(from, to), through: max(from, to)
            ).filter { Self.isCompared($0, namespace) }
        }
        let pairs = try await log {
            let before = try await cluster.history.objects(streams.map { StreamMoment($0, at: from) })
            let after = try await cluster.history.objects(streams.map { StreamMoment($0, at: to) })
            return Array(zip(before, after))
        }
        if let stream = query["stream"], !stream.isEmpty, pairs.allSatisfy({ $0 == nil && $1 == nil }) {
            throw KubeStatus(
                code: 404, reason: "NotFound",
                message: "\(stream) was there neither at position \(from) nor at position \(to)")
        }
        let items = zip(streams, pairs).compactMap { Self.difference($0, $1.0, $1.1) }
        return ["from": .int(from), "to": .int(to), "items": .array(items)]
    }

    /// Of what may lie in a namespace, the beginnings of the streams' names; of the cluster's, that of all.
    private func prefixes(_ namespace: String) -> [String] {
        guard !namespace.isEmpty else { return [""] }
        return ["\(GroupResource.namespaces)/\(namespace)"]
            + Set(handler.registry.types.filter(\.isNamespaced).map(\.storage)).map { "\($0)/\(namespace)/" }
    }

    /// Kubernetes Events and Leases tell of changes; they are none that anybody looks for.
    private static func isCompared(_ stream: String, _ namespace: String) -> Bool {
        guard let key = ObjectKey(stream: stream), ![.events, .leases].contains(key.resource) else { return false }
        return namespace.isEmpty || key.namespace == namespace || key == ObjectKey(.namespaces, name: namespace)
    }

    private static func difference(_ stream: String, _ old: StoredObject?, _ new: StoredObject?) -> JSON? {
        guard old?.position != new?.position else { return nil }
        var changes = HistoryItem.changes(old?.object().json ?? .null, new?.object().json ?? .null)
        guard !changes.isEmpty else { return nil }
        if stream.hasPrefix("\(GroupResource.secrets)/") { changes = SecretMask.hiding(changes) }
        let action = old == nil ? "created" : new == nil ? "deleted" : "changed"
        return [
            "action": .string(action), "object": .string(stream), "changes": .array(changes.map(\.json)),
        ]
    }
}
