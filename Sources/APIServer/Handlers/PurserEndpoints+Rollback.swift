import CommandHandling
import ControlPlane
import Domain
import KubeMachinery
import KubeModel
import Rating
import Scheduling

extension PurserEndpoints {
    /// Puts desired state back to what it was: of one object, a namespace, what a selector chooses, or the cluster.
    /// `dryRun` shows the plan and changes nothing; `plan` holds the digest of the plan that was agreed to.
    func rollBack(_ call: APICall, _ response: any ResponseWriter) async throws(KubeStatus) {
        let body = try handler.body(call, nil)
        let extent = try extent(body)
        let isUndeletion = body.bool("undelete") ?? false
        let target = isUndeletion ? try await beforeDeletion(extent) : try await target(body)
        var origin = call.origin
        origin.caller.verb = isUndeletion ? "undelete" : "rollback"
        let request = RollbackRequest(
            extent, to: target, isDryRun: body.bool("dryRun") ?? false, agreed: body.string("plan"), origin: origin)
        let result: RollbackResult
        do { result = try await handler.writer.rollBack(request) } catch {
            if error.code == 504 { call.noteChange() }
            throw error
        }
        if result.position > 0 { call.noteChange() } else { try await handler.recordServed(call, code: 200) }
        response.send(.json(try answer(result, request)))
    }

    private func extent(_ body: JSON) throws(KubeStatus) -> RestorationExtent {
        if body.bool("cluster") == true { return .cluster }
        if let resource = body.string("resource") {
            guard let name = body.string("name") else { throw .badRequest("\"name\" names the object to bring back") }
            guard let type = handler.registry.type(GroupResource(resource)) else {
                let definition = GroupResource.customResourceDefinitions
                let hint =
                    resource.contains(".")
                    ? "; if its definition was deleted, bring that back first: "
                        + "`purser undelete \(definition.resource)/\(resource)`" : ""
                throw .badRequest("\(resource) is no resource that can be rolled back\(hint)")
            }
            guard !EventCatalogue.observedKinds.contains(type.groupResource) else {
                throw .badRequest(
                    "\(resource) hold what was observed, not what was asked for; roll back what they belong to")
            }
            let namespace = type.isNamespaced ? body.string("namespace") ?? "default" : ""
            return .object(type.key(namespace: namespace, name: name))
        }
        guard let namespace = body.string("namespace"), !namespace.isEmpty else {
            throw .badRequest(
                "say what is to be rolled back: \"resource\" and \"name\", or \"namespace\" (with \"selector\" for a "
                    + "part of it), or \"cluster\": true; and \"to\" for the position or time")
        }
        guard let text = body.string("selector"), !text.isEmpty else { return .namespace(namespace) }
        return .selection(namespace: namespace, try LabelSelector(query: text), text: text)
    }

    private func target(_ body: JSON) async throws(KubeStatus) -> Position {
        guard let to = body.string("to") ?? body.int("to").map({ "\($0)" }), !to.isEmpty else {
            throw .badRequest("\"to\" names the position or the time to go back to")
        }
        let moment = try AsOf(to)
        if case .time(let time) = moment, time > cluster.clock.now {
            throw .badRequest("to=\(to) lies in the future: name a moment that was")
        }
        let position = try await handler.reads.position(moment) ?? 0
        guard position > 0 else {
            throw .badRequest("to=\(to) lies before the first event of the log: there is nothing to go back to")
        }
        return position
    }

    private func answer(_ result: RollbackResult, _ request: RollbackRequest) throws(KubeStatus) -> JSON {
        let plan = result.plan
        let steps = plan.steps.map { step -> JSON in
            var entry: JSON = [
                "action": .string(step.action.rawValue), "object": .string(step.key.description),
                "changes": .array(Self.plannedChanges(step).map(\.json)),
            ]
            if !step.notes.isEmpty { entry["notes"] = .array(step.notes.map { .string($0) }) }
            return entry
        }
        let refused = plan.refusals.map { refusal -> JSON in
            ["object": .string(refusal.key.description), "reason": .string(refusal.reason)]
        }
        let prices = try pricePlan(in: cluster.state)
        let requests = plan.requests
        func cost(_ amounts: ResourceAmounts) -> JSON {
            let cost = prices.hourlyCost(
                milliCPU: amounts.milliCPU, memory: amounts.memory, at: cluster.clock.now)
            return .string(cost.formatted(digits: 6))
        }
        return [
            "to": .int(request.target), "plan": .array(steps), "refused": .array(refused),
            "fit": [
                "fits": .bool(result.fit.fits), "pods": .int(Int64(result.fit.pods)),
                "placed": .int(Int64(result.fit.placed)), "message": .string(result.fit.message),
            ],
            "cost": [
                "currency": .string(prices.currency), "perHourBefore": cost(requests.before),
                "perHourAfter": cost(requests.after),
            ],
            "digest": .string(plan.digest), "position": .int(result.position),
        ]
    }

    /// Field differences of a step. Of a Secret only the names of what changes.
    private static func plannedChanges(_ step: Restoration.Step) -> [FieldDiff.Change] {
        let changes = changes(Restoration.lasting(step.before), Restoration.lasting(step.after))
        guard step.key.resource == .secrets else { return changes }
        return changes.map {
            FieldDiff.Change(path: $0.path, old: $0.old.map { _ in "(secret)" }, new: $0.new.map { _ in "(secret)" })
        }
    }
}
