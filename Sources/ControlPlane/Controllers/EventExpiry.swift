import Domain
import KubeModel
import Logging
import Reconciliation

/// Ends Kubernetes Events an hour after they were last written, as kube-apiserver does (`--event-ttl`). Only the state
/// forgets them: what the log holds stays, and a read of the past still shows them.
struct EventExpiry: Sendable {
    static let timeToLive: Double = 3600
    private static let interval = Duration.seconds(60)
    /// Events ended at once; more wait for the next turn, which then comes at once.
    static let burst = 1000

    let cluster: Cluster
    let executor: PlanExecutor
    let logger: Logger

    /// Sweeps until cancelled.
    func run() async {
        while true {
            let isDone = await sweep(now: cluster.clock.now)
            if isDone, (try? await Task.sleep(for: Self.interval)) == nil { return }
            if Task.isCancelled { return }
        }
    }

    /// - Returns: false if more Events have expired than one sweep ends.
    func sweep(now: Timestamp) async -> Bool {
        do {
            let horizon = try await cluster.log.position(at: now.adding(seconds: -Self.timeToLive))
            let writes = Self.expired(in: cluster.state, through: horizon)
            let refusals = await executor.carryOut(Plan(writes), cause: 0)
            return writes.count < Self.burst || !refusals.isEmpty
        } catch {
            logger.debug("expired Events stay for now", metadata: ["error": "\(error)"])
            return true
        }
    }

    /// The Events that nobody wrote after a position. It stands with each object, so that none has to be parsed.
    static func expired(in state: ClusterState, through horizon: Position) -> [PlannedWrite] {
        var writes: [PlannedWrite] = []
        state.forEach(.events) { name, event in
            if event.position <= horizon {
                let key = ObjectKey(.events, namespace: name.namespace, name: name.name)
                writes.append(.delete(key, uid: event.uid, graceSeconds: 0))
            }
            return writes.count < burst
        }
        return writes
    }
}
