import CommandHandling
import ControlPlane
import Domain
import EventLog
import KubeMachinery
import KubeModel

/// What Purser serves beyond Kubernetes, under `/apis/purser.dev/v1alpha1`.
struct PurserEndpoints: Sendable {
    static let group = "purser.dev"
    static let version = "v1alpha1"

    let handler: APIHandler
    var cluster: Cluster { handler.cluster }

    func serve(_ resource: ResourceRequest, _ call: APICall, _ response: any ResponseWriter) async throws(KubeStatus) {
        guard resource.version == Self.version else { throw .noSuchPath() }
        switch (resource.verb, resource.resource) {
        case (.list, ""), (.get, ""):
            let document = try handler.documents.response(call.request.path, call.request)
            try await answer(document, call, response)
        case (.create, "usagereports"): try await takeUsageReport(call, response)
        case (.list, "history"): try await history(call, response)
        case (.list, "diff"): try await answer(.json(try await diff(call.request.query)), call, response)
        case (.create, "rollbacks"): try await rollBack(call, response)
        case (.create, "whatifs"): try await answer(.json(try await whatIf(call)), call, response)
        case (.list, "why"): try await answer(.json(try await why(call.request.query)), call, response)
        case (.list, "bisect"): try await answer(.json(try await bisect(call.request.query)), call, response)
        case (.list, "checkpoint"): try await answer(try await checkpoint(call.request.query), call, response)
        case (.get, "log"): try await answer(try await logFile(resource, call), call, response)
        case (.create, "cosignatures"): try await answer(.json(try await takeCosignatures(call)), call, response)
        case (.list, "statehash"): try await answer(.json(stateHash()), call, response)
        case (.list, "usage"): try await answer(.json(try await usage(call.request.query)), call, response)
        case (.list, "bill"): try await answer(.json(try await bill(call.request.query)), call, response)
        case (.list, "audit"): try await answer(.json(try await auditSearch(call.request.query)), call, response)
        case (.list, "billevidence"):
            try await answer(.json(try await billEvidence(call.request.query)), call, response)
        case (.list, "prices"): try await answer(.json(try pricePlan(in: cluster.state).json), call, response)
        case (.update, "prices"): response.send(.json(try await setPrices(call)))
        case (_, "subscriptions"): try await serveSubscriptions(resource, call, response)
        case (.create, "shreds"): try await shred(call, response)
        case (.list, "projections"): try await answer(.json(try await projections()), call, response)
        case (.create, "projectionrebuilds"): try await rebuildProjection(call, response)
        case (.create, "pods") where resource.subresource == "exec": try await exec(resource, call, response)
        default: throw .noSuchPath()
        }
    }

    private func answer(_ document: HTTPResponse, _ call: APICall, _ response: any ResponseWriter)
        async throws(KubeStatus)
    {
        try await handler.recordServed(call, code: document.status)
        response.send(document)
    }

    func log<Result>(_ body: () async throws -> Result) async throws(KubeStatus) -> Result {
        do { return try await body() } catch let status as KubeStatus { throw status } catch {
            throw .unreadableLog(error)
        }
    }

    /// The state's hash at the position it is of, for a replay to be compared with.
    private func stateHash() -> JSON {
        let state = cluster.state
        return ["position": .int(state.position), "sha256": .string(state.contentHash().hexadecimal)]
    }

    private func exec(_ resource: ResourceRequest, _ call: APICall, _ response: any ResponseWriter)
        async throws(KubeStatus)
    {
        let body = try handler.body(call, nil)
        let command = body.array("command").compactMap(\.stringValue)
        guard !command.isEmpty else { throw .badRequest("name the command as a list of strings in \"command\"") }
        let pod = try await handler.reads.get(
            ObjectKey(.pods, namespace: resource.namespace, name: resource.name), at: nil
        ).object()
        let container = try handler.container(body.string("container"), of: pod)
        let (nodes, endpoint) = try handler.endpoint(of: pod)
        try await handler.recordServed(call, code: 200)
        let result = try await handler.exec(command, container, pod, nodes, endpoint)
        response.send(
            .json([
                "stdout": .string(Base64.encode(result.output)), "stderr": .string(Base64.encode(result.errors)),
                "exitCode": .int(result.exitCode),
            ]))
    }
}
