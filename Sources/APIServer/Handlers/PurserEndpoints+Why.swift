import CommandHandling
import ControlPlane
import Domain
import EventLog
import KubeMachinery
import KubeModel

extension PurserEndpoints {
    /// Why an object (`stream`) is as it is, why one of its fields (`field`) has its value, or what led to the event at
    /// a position (`event`).
    func why(_ query: Query) async throws(KubeStatus) -> JSON {
        let explainer = Explainer(cluster)
        let found: Explanation?
        if let position = try query.integer("event") {
            guard position > 0, position <= cluster.state.position else {
                throw .badRequest("event=\(position): the log's positions are 1 to \(cluster.state.position)")
            }
            found = try await log { try await explainer.explain(at: position) }
        } else {
            guard let key = query["stream"].flatMap(ObjectKey.init(stream:)) else {
                throw .badRequest(
                    "name an object in \"stream\" (deployments.apps/shop/web), or a position in \"event\"")
            }
            if let field = query["field"], !field.isEmpty {
                found = try await log { try await explainer.explain(key, field: field) }
            } else {
                found = try await log { try await explainer.explain(key) }
            }
        }
        guard let found else {
            throw KubeStatus(
                code: 404, reason: "NotFound", message: "the log knows nothing of \(query["stream"] ?? "it")")
        }
        return [
            "object": .string(found.key.description), "exists": .bool(found.exists),
            "answers": .array(
                found.answers.map { answer in
                    [
                        "question": .string(answer.question), "chain": .array(answer.chain.map(Self.link)),
                    ]
                }),
        ]
    }

    /// The event that ended what was true of an object (`stream`, `until`) between two moments (`good`, `bad`).
    func bisect(_ query: Query) async throws(KubeStatus) -> JSON {
        guard let key = query["stream"].flatMap(ObjectKey.init(stream:)), let text = query["until"], !text.isEmpty
        else {
            throw .badRequest("name an object in \"stream\" and what is tested in \"until\", such as Available")
        }
        let predicate = try StatePredicate(text)
        let good = try await moment(query, "good")
        let bad = try await moment(query, "bad")
        let explainer = Explainer(cluster)
        let result = try await log { try await explainer.bisect(key, predicate, good: good, bad: bad) }
        return [
            "object": .string(key.description), "until": .string(text), "good": .int(good), "bad": .int(bad),
            "candidates": .int(Int64(result.candidates)), "looks": .int(Int64(result.looks)),
            "chain": .array(result.chain.map(Self.link)),
        ]
    }

    private func moment(_ query: Query, _ name: String) async throws(KubeStatus) -> Position {
        guard let text = query[name], !text.isEmpty else { throw .badRequest("\"\(name)\" names a position or a time") }
        return try await handler.reads.position(try AsOf(text)) ?? 0
    }

    private static func link(_ link: CauseLink) -> JSON {
        let event = link.event.event
        var item: JSON = [
            "position": .int(link.event.position), "recordedAt": .string(link.event.recordedAt.rfc3339Micro),
            "type": .string(event.type), "stream": .string(event.stream), "relation": .string(link.relation.rawValue),
            "caller": [
                "subject": .string(event.caller.subject), "verb": .string(event.caller.verb),
                "userAgent": .string(event.caller.userAgent), "address": .string(event.caller.address),
            ],
            "callID": .string(event.callID.description), "cause": .int(event.cause),
            "correlation": .int(event.correlation), "changes": .array(link.changes.map(\.json)),
        ]
        item["verdict"] = link.verdict
        if !link.note.isEmpty { item["note"] = .string(link.note) }
        return item
    }
}
