import CommandHandling
import Domain
import KubeMachinery
import KubeModel
import Reconciliation

/// Turns planned writes into commands and waits for them.
struct PlanExecutor: Sendable {
    let writer: Writer
    let cluster: Cluster
    /// The controller: `system:controller:deployment`.
    let subject: String
    let term: Int64

    /// Writes in flight at once, so that many share one commit.
    static let concurrency = 64

    /// Carries a plan out in its order, and stops at the first refusal: what comes later may rest on what was refused.
    /// - Returns: the refusals.
    func carryOut(_ plan: Plan, cause: Position) async -> [KubeStatus] { await carryOut(plan) { _ in cause } }

    func carryOut(_ plan: Plan, cause: @escaping @Sendable (PlannedWrite) -> Position) async -> [KubeStatus] {
        var rest = plan.writes[...]
        while let first = rest.first {
            // Neighbours of one sort (many pods created, deleted, bound) do not rest on each other and share commits.
            let alike = rest.prefix { $0.sort == first.sort }
            rest = rest.dropFirst(alike.count)
            let refusals = await carryOutTogether(alike, cause)
            if !refusals.isEmpty { return refusals }
        }
        return []
    }

    private func carryOutTogether(
        _ writes: ArraySlice<PlannedWrite>, _ cause: @escaping @Sendable (PlannedWrite) -> Position
    ) async -> [KubeStatus] {
        await withTaskGroup(of: KubeStatus?.self) { group in
            var refusals: [KubeStatus] = []
            var running = 0
            for write in writes {
                if running >= Self.concurrency, let refusal = await group.next() {
                    running -= 1
                    if let refusal { refusals.append(refusal) }
                }
                group.addTask { await carryOut(write, cause: cause(write)) }
                running += 1
            }
            for await refusal in group { if let refusal { refusals.append(refusal) } }
            return refusals
        }
    }

    private func carryOut(_ write: PlannedWrite, cause: Position) async -> KubeStatus? {
        let origin = CallOrigin(
            caller: Caller(subject: subject, groups: ["system:controllers"], verb: write.verb),
            callID: cluster.newCallID(), cause: cause, correlation: cluster.correlation(of: cause), term: term)
        guard let request = write.request(cluster.registry, origin: origin) else {
            return .internalError("a plan names a resource that is not served")
        }
        do {
            _ = try await writer.execute(request)
            return nil
        } catch {
            return error
        }
    }
}

extension PlannedWrite {
    /// What is done to what; neighbours with one sort are independent of each other.
    fileprivate var sort: String {
        switch self {
        case .create(let resource, _): "create \(resource)"
        case .update(let resource, _): "update \(resource)"
        case .updateStatus(let resource, _): "status \(resource)"
        case .delete(let key, _, _): "delete \(key.resource)"
        case .removeFinalizer(let key, _, _): "finalizer \(key.resource)"
        case .bind: "bind"
        case .postpone: "postpone"
        case .switchTraffic: "switch"
        case .scale: "scale"
        }
    }
}
