import CommandHandling
import Domain
import KubeMachinery
import KubeModel

extension PurserEndpoints {
    /// Puts one object's desired state back to what it was; `dryRun` shows the plan and changes nothing.
    func rollBack(_ call: APICall, _ response: any ResponseWriter) async throws(KubeStatus) {
        let body = try handler.body(call, nil)
        guard let resource = body.string("resource"), let name = body.string("name"), let to = body.string("to") else {
            throw .badRequest("a rollback names \"resource\", \"name\", \"to\" and, where there is one, \"namespace\"")
        }
        guard let type = handler.registry.type(GroupResource(resource)) else {
            throw .badRequest("\(resource) is no resource that can be rolled back")
        }
        guard Self.holdsDesiredState(type) else {
            throw .badRequest(
                "\(resource) hold what was observed, not what was asked for; roll back what they belong to")
        }
        let key = type.key(namespace: type.isNamespaced ? body.string("namespace") ?? "default" : "", name: name)
        guard let position = try await handler.reads.position(try AsOf(to)) else {
            throw .badRequest("\"to\" is empty")
        }
        guard let earlier = try await log({ try await cluster.history.object(key, at: position) }) else {
            throw KubeStatus(
                code: 404, reason: "NotFound",
                message: "\(key) did not exist at position \(position); see purser history \(key)",
                name: name, group: type.group, kind: type.plural)
        }
        let origin = call.origin
        var request = WriteRequest(
            type, namespace: key.namespace, name: name, operation: .restore(try opened(earlier, type)),
            isDryRun: body.bool("dryRun") ?? false, origin: origin)
        request.origin.caller.verb = "rollback"
        let before = cluster.state[key]?.object().json ?? .null
        let result = try await handler.execute(request, call)
        let after = result.object?.object().json ?? .null
        let changes = Self.changes(before, after)
        let entry: JSON = [
            "action": before.isNull ? "create" : "update", "object": .string(key.description),
            "changes": type.groupResource == .secrets ? [] : .array(changes.map(\.json)),
        ]
        response.send(
            .json([
                "plan": changes.isEmpty ? [] : [entry],
                "position": .int(result.changedState ? result.object?.position ?? 0 : 0),
            ]))
    }

    private func opened(_ stored: StoredObject, _ type: ResourceType) throws(KubeStatus) -> JSON {
        let json = stored.object().json
        guard type.groupResource == .secrets, let sealer = handler.sealer else { return json }
        return try sealer.open(json)
    }

    private static func holdsDesiredState(_ type: ResourceType) -> Bool {
        ![.pods, .nodes, .endpointSlices, .events, .leases].contains(type.groupResource)
    }
}
