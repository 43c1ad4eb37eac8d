import CommandHandling
import Crypto
import Domain
import EventLog
import Foundation
import KubeMachinery
import KubeModel
import Scheduling

/// A rollback that somebody asks for.
public struct RollbackRequest: Sendable {
    public var extent: RestorationExtent
    /// The position that is gone back to.
    public var target: Position
    public var isDryRun: Bool
    /// The digest of the plan that the caller saw and agreed to; nil to carry out whatever the plan is.
    public var agreed: String?
    public var origin: CallOrigin

    public init(
        _ extent: RestorationExtent, to target: Position, isDryRun: Bool, agreed: String? = nil, origin: CallOrigin
    ) {
        (self.extent, self.target, self.isDryRun) = (extent, target, isDryRun)
        (self.agreed, self.origin) = (agreed, origin)
    }
}

/// A rollback's plan, and where it is in the log.
public struct RollbackResult: Sendable {
    public var plan: Restoration
    /// Whether the pods of what changes find room.
    public var fit: Fit
    /// The position of the rollback's first event; 0 where nothing was written.
    public var position: Position
}

extension Writer {
    /// Plans a rollback and, unless it is a dry run, carries all of it out in one transaction.
    ///
    /// - Throws: 404 for a target at which there was nothing, 409 if the plan is no longer the one that was agreed to,
    ///   or the refusal of the only object that was asked for.
    public func rollBack(_ request: RollbackRequest) async throws(KubeStatus) -> RollbackResult {
        let earlier = try await earlier(request)
        for _ in 0..<Self.attempts {
            let state = cluster.state
            let (plan, fit) = try plan(request, state, earlier)
            var keep = false
            defer { if !keep { for uid in plan.newSecrets.keys { sealer?.forget(uid: uid) } } }
            if request.isDryRun || plan.changes.isEmpty { return RollbackResult(plan: plan, fit: fit, position: 0) }
            if let agreed = request.agreed, agreed != plan.digest {
                throw KubeStatus(
                    code: 409, reason: "Conflict",
                    message: "the cluster has changed since the plan was made; look at the new plan and decide again")
            }
            try await store(plan.newSecrets)
            var command = Command(
                caller: request.origin.caller, callID: request.origin.callID, changes: plan.changes)
            command.marker = plan.marker
            keep = true
            switch await cluster.sequencer.submit(command) {
            case .committed(let transitions):
                let first = transitions.first?.position ?? 0
                return RollbackResult(plan: plan, fit: fit, position: plan.marker == nil ? first : first - 1)
            case .rejected(let status):
                keep = false
                throw status
            case .unavailable(let reason):
                keep = false
                throw .serviceUnavailable(reason)
            case .unknown(let reason): throw .timeout(reason)
            case .stale: keep = false
            }
        }
        throw KubeStatus(
            code: 409, reason: "Conflict",
            message: "the objects are changed by others faster than the rollback could be planned; try again")
    }

    private func plan(
        _ request: RollbackRequest, _ state: ClusterState, _ earlier: [ObjectKey: StoredObject]
    ) throws(KubeStatus) -> (Restoration, Fit) {
        if let namespace = request.extent.namespace, state.namespaceState(namespace) == .terminating {
            throw .conflict(
                .namespaces, name: namespace, "it is being deleted; wait until it is gone and try again")
        }
        var restorer = Restorer(
            state: state, registry: cluster.registry, extent: request.extent, target: request.target,
            now: cluster.clock.now,
            sealer: sealer, context: DecisionContext(term: 0, serviceRange: serviceRange), origin: request.origin,
            newUID: { UUID().uuidString.lowercased() })
        let plan = restorer.restoration(to: earlier)
        if case .selection(let namespace, _, let text) = request.extent, plan.considered == 0 {
            throw KubeStatus(
                code: 404, reason: "NotFound",
                message: "nothing that people own in namespace \(namespace) has the labels \(text), now or at position "
                    + "\(request.target)")
        }
        if case .object = request.extent, let refusal = plan.refusals.first {
            throw KubeStatus(
                code: refusal.code, reason: refusal.code == 409 ? "Conflict" : "Invalid",
                message: "\(refusal.key) cannot be brought back: \(refusal.reason)")
        }
        return (plan, RollbackFit(plan: plan, before: state).fit)
    }

    private func earlier(_ request: RollbackRequest) async throws(KubeStatus) -> [ObjectKey: StoredObject] {
        let objects: [ObjectKey: StoredObject]
        do {
            objects = try await PastObjects(cluster: cluster, registry: cluster.registry).objects(
                of: request.extent, at: request.target)
        } catch { throw .unreadableLog(error) }
        switch request.extent {
        case .object(let key) where objects[key] == nil: throw absent(key, request.target)
        case .namespace(let name) where objects[ObjectKey(.namespaces, name: name)] == nil:
            throw absent(ObjectKey(.namespaces, name: name), request.target)
        default: return objects
        }
    }

    private func absent(_ key: ObjectKey, _ position: Position) -> KubeStatus {
        KubeStatus(
            code: 404, reason: "NotFound",
            message: "\(key) did not exist at position \(position); its life is in `purser history`", name: key.name,
            group: key.resource.group, kind: key.resource.resource)
    }

    /// New Secrets' keys are durable before anything that was sealed with them.
    private func store(_ wrapped: [String: [UInt8]]) async throws(KubeStatus) {
        do {
            for (uid, key) in wrapped { try await keys?.store(key: key, id: SecretSealer.keyID(uid: uid)) }
        } catch { throw .serviceUnavailable("the key table cannot be reached; the call had no effect") }
    }
}

extension RestorationExtent {
    /// The namespace that all of it lies in, nil for what belongs to the cluster.
    var namespace: String? {
        switch self {
        case .object(let key): key.namespace.isEmpty ? nil : key.namespace
        case .namespace(let name): name
        case .selection(let name, _, _): name
        case .cluster: nil
        }
    }
}

extension Restoration {
    /// Equal for plans that do the same, so that what is carried out is what was agreed to.
    public var digest: String {
        let lines = steps.map { step -> JSON in
            [
                "action": .string(step.action.rawValue), "key": .string(step.key.description),
                "before": Self.lasting(step.before), "after": Self.lasting(step.after),
            ]
        }
        let refused = refusals.map { JSON.string("\($0.key) \($0.reason)") }
        let hash = SHA256.hash(data: JSON.object(["steps": .array(lines), "refused": .array(refused)]).canonicalBytes)
        return hash.hexadecimal
    }

    /// An object without what is drawn anew at each planning, and without what was observed.
    public static func lasting(_ object: JSON) -> JSON {
        guard !object.isNull else { return .null }
        var object = object
        object["status"] = nil
        for name in ["uid", "creationTimestamp", "resourceVersion", "generation", "deletionTimestamp"] {
            object[["metadata", name]] = nil
        }
        return object
    }
}
