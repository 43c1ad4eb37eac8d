import ControlPlane
import Domain
import KubeMachinery
import KubeModel
import Rating

extension PurserEndpoints {
    /// Seconds that one simulation may take the processor.
    private static let longestSimulation = 120

    /// What a change would lead to, on a fork of the state at any position. Nothing is changed.
    func whatIf(_ call: APICall) async throws(KubeStatus) -> JSON {
        let body = try handler.body(call, nil)
        let request = try whatIfRequest(body, call)
        for resource in [GroupResource.pods, .nodes, .deployments, .replicaSets] { try mayRead(resource, call) }
        do {
            return try await handler.simulations.withPlace {
                let fork = try await fork(body.string("at"))
                let deadline = ContinuousClock.now + .seconds(Self.longestSimulation)
                let whatIf = WhatIf(handler.writer)
                let report = try await handler.simulations.run {
                    try whatIf.report(request, on: fork.state, at: fork.time) {
                        Task.isCancelled || ContinuousClock.now > deadline
                    }
                }
                return WhatIfAnswer(report, prices: try pricePlan(in: fork.state)).json
            }
        } catch let status as KubeStatus { throw status } catch {
            throw .timeout(
                "the simulation was not at its end after \(Self.longestSimulation) s; nothing was changed. Simulate a "
                    + "smaller change, or one on a smaller cluster")
        }
    }

    private func whatIfRequest(_ body: JSON, _ call: APICall) throws(KubeStatus) -> WhatIfRequest {
        func documents(_ name: String) -> [WhatIfRequest.Document] {
            body.array(name).enumerated().map { index, entry in
                WhatIfRequest.Document(
                    object: entry["object"] ?? .null,
                    origin: entry.string("origin") ?? "\(name), document \(index + 1)")
            }
        }
        var deletions: [ObjectKey] = []
        for entry in body.array("delete") {
            guard let resource = entry.string("resource"), !resource.isEmpty, let name = entry.string("name"),
                !name.isEmpty
            else {
                throw .badRequest(
                    "\"delete\" names objects by \"resource\" (deployments.apps), \"namespace\" and \"name\"")
            }
            deletions.append(
                ObjectKey(GroupResource(resource), namespace: entry.string("namespace") ?? "", name: name))
        }
        let request = WhatIfRequest(
            documents("documents"), deletions: deletions, nodes: body["nodes"] == nil ? nil : documents("nodes"),
            namespace: body.string("namespace") ?? "default", caller: call.caller, callID: call.callID,
            refusal: refusal(call))
        guard !request.documents.isEmpty || !deletions.isEmpty || request.nodes != nil else {
            throw .badRequest(
                "say what is to be changed: \"documents\": [{\"object\": …}], \"delete\": [{\"resource\", \"name\"}] "
                    + "or \"nodes\": [{\"object\": …}]")
        }
        return request
    }

    /// The state that is forked, and when it was.
    private func fork(_ at: String?) async throws -> (state: ClusterState, time: Timestamp) {
        guard let at, !at.isEmpty else { return (cluster.state, cluster.clock.now) }
        let position = try await handler.reads.position(try AsOf(at)) ?? 0
        guard position > 0, let time = try await handler.reads.recordedAt(position) else {
            throw KubeStatus.badRequest("at=\(at) lies before the first event of the log: there was no cluster yet")
        }
        return (try await log { try await StateLoader.state(cluster.log, at: position) }, time)
    }

    /// The report shows nodes and workloads of all namespaces.
    private func mayRead(_ resource: GroupResource, _ call: APICall) throws(KubeStatus) {
        try handler.authorizer.authorize(
            call.identity, RequestAttributes(verb: "list", group: resource.group, resource: resource.resource))
    }

    /// Each write is authorised as a dry run of it would be.
    private func refusal(_ call: APICall) -> WhatIfRequest.Refusal {
        { [authorizer = handler.authorizer, identity = call.identity] verb, key in
            let attributes = RequestAttributes(
                verb: verb, group: key.resource.group, resource: key.resource.resource, namespace: key.namespace,
                name: key.name)
            do throws(KubeStatus) {
                try authorizer.authorize(identity, attributes)
                return nil
            } catch { return error }
        }
    }
}
