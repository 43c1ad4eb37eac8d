import Domain
import KubeMachinery
import KubeModel
import Logging
import Reconciliation
import Scheduling
import Synchronization

/// Binds waiting pods to nodes: keeps the scheduler's picture of the cluster in step with the log and plans many pods
/// at a time.
final class SchedulingLoop: Sendable {
    private let cluster: Cluster
    private let executor: PlanExecutor
    private let logger: Logger
    private let inbox = Mutex<[ObjectChangeTrees]>([])
    private let signal: AsyncStream<Void>.Continuation
    private let signals: AsyncStream<Void>

    /// Pods planned at once.
    static let batchLimit = 256

    init(cluster: Cluster, writer: Writer, term: Int64, logger: Logger) {
        (self.cluster, self.logger) = (cluster, logger)
        executor = PlanExecutor(
            writer: writer, cluster: cluster, subject: "system:kube-scheduler", term: term)
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func wake(_ change: ObjectChangeTrees) {
        guard change.key.resource == .pods || change.key.resource == .nodes else { return }
        inbox.withLock { $0.append(change) }
        signal.yield()
    }

    func run() async {
        // Notes must not hold up the bindings that follow; a courtesy, so that the oldest give way.
        let (notes, inlet) = AsyncStream<[Note]>.makeStream(bufferingPolicy: .bufferingNewest(256))
        let recorder = NoteRecorder(executor: executor, cluster: cluster)
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await batch in notes {
                    await recorder.record(batch, by: BindingPlanner.schedulerName, cause: 0)
                }
            }
            await bindPods(noting: inlet)
            inlet.finish()
        }
    }

    private func bindPods(noting notes: AsyncStream<[Note]>.Continuation) async {
        let view = cluster.view
        var pods: [KubeObject] = []
        await view.forEachInTurns(.pods) { pods.append($1.object()) }
        var picture = SchedulingPicture(view, pods: pods)
        signal.yield()
        for await _ in signals {
            takeIn(&picture)
            var rotation = Int(cluster.state.position)
            while !picture.waiting.isEmpty, !Task.isCancelled {
                await schedule(&picture, rotation: rotation, noting: notes)
                rotation += 1
                takeIn(&picture)
            }
        }
    }

    private func takeIn(_ picture: inout SchedulingPicture) {
        let changes = inbox.withLock { inbox in
            defer { inbox.removeAll(keepingCapacity: true) }
            return inbox
        }
        for change in changes { picture.apply(change) }
    }

    private func schedule(
        _ picture: inout SchedulingPicture, rotation: Int, noting notes: AsyncStream<[Note]>.Continuation
    ) async {
        let view = cluster.view
        let plan = picture.planNext(Self.batchLimit, in: view, rotation: rotation, now: cluster.clock.now)
        guard !plan.writes.isEmpty else { return }
        var bound: [ObjectKey: String] = [:]
        for case .bind(let pod, let uid, _, _) in plan.writes { bound[pod] = uid }

        let refusals = await executor.carryOut(plan) { write in
            // A pod's own last event is why it is placed now: its creation, or that it had found no node.
            switch write {
            case .bind(let pod, _, _, _): view.state[pod]?.position ?? 0
            case .postpone(let pod, _), .updateStatus(_, let pod): Position(pod.resourceVersion) ?? 0
            default: view.position
            }
        }
        guard !refusals.isEmpty else {
            notes.yield(plan.notes)
            return
        }
        // What was refused did not take its room: forget the planned bindings that did not come about.
        let now = cluster.view
        let unbound = bound.filter { now.object($0.key)?.spec.string("nodeName") == nil }
        notes.yield(plan.notes.filter { unbound[$0.about.key(.pods)] == nil })
        for (key, uid) in unbound {
            picture.snapshot.unbind(uid: uid)
            if now.object(key) != nil { picture.waiting.append(key) }
        }
        logger.info("bindings were refused", metadata: ["count": "\(refusals.count)", "first": "\(refusals[0])"])
        try? await Task.sleep(for: .milliseconds(50))
    }
}

/// What the scheduler knows: the nodes with their room, the pods that wait, and those that found no node.
struct SchedulingPicture {
    var snapshot: ClusterSnapshot
    var waiting: [ObjectKey] = []
    var refused: Set<ObjectKey> = []

    /// - Parameter pods: all pods of the view.
    init(_ view: StateView, pods: [KubeObject]) {
        snapshot = ClusterSnapshot(nodes: view.list(.nodes, namespace: nil), pods: pods)
        waiting = pods.filter(BindingPlanner.isWaiting).map { $0.key(.pods) }
    }

    mutating func apply(_ change: ObjectChangeTrees) {
        let (old, new) = (change.old, change.new)
        snapshot.apply(old: old, new: new, resource: change.key.resource)
        if change.key.resource == .pods {
            if let new, BindingPlanner.isWaiting(new) {
                // Its own condition is no reason to try a refused pod again; a change of what it asks for is.
                if old?.spec != new.spec || old?.json["metadata"]?["labels"] != new.json["metadata"]?["labels"] {
                    waiting.append(change.key)
                    refused.remove(change.key)
                }
            } else {
                refused.remove(change.key)
                if old?.spec.string("nodeName") != nil { retryRefused(whenEnded: new) }
            }
        } else if old == nil || new == nil || old?.spec != new?.spec
            || old?.status["allocatable"] != new?.status["allocatable"]
            || old?.labels != new?.labels
        {
            waiting += refused
            refused.removeAll()
        }
    }

    /// Room came free: a bound pod is gone or has ended.
    private mutating func retryRefused(whenEnded pod: KubeObject?) {
        let phase = pod?.status.string("phase")
        guard pod == nil || phase == "Succeeded" || phase == "Failed" else { return }
        waiting += refused
        refused.removeAll()
    }

    /// Plans the next waiting pods. Those that find no node wait for a change of the cluster.
    mutating func planNext(_ limit: Int, in view: StateView, rotation: Int, now: Timestamp) -> Plan {
        let keys = waiting.prefix(limit)
        waiting.removeFirst(keys.count)
        let pods = keys.compactMap(view.object).filter(BindingPlanner.isWaiting)
        guard !pods.isEmpty else { return Plan() }
        let plan = BindingPlanner().plan(pods, in: &snapshot, rotation: rotation, now: now)
        refused.formUnion(pods.map { $0.key(.pods) })
        for case .bind(let pod, _, _, _) in plan.writes { refused.remove(pod) }
        return plan
    }
}
