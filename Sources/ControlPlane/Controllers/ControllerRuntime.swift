import Domain
import KubeMachinery
import KubeModel
import Logging
import Reconciliation
import ServiceLifecycle

/// Runs the reconcilers while this replica leads: wakes them by events, lets them plan on snapshots, and carries their
/// plans out as commands.
public struct ControllerRuntime: Service {
    let cluster: Cluster
    let writer: Writer
    let reconcilers: [any Reconciler]
    let leadership: any Leadership
    let logger: Logger
    /// Keys of one reconciler planned at once.
    static let workers = 4

    public init(
        cluster: Cluster, writer: Writer, reconcilers: [any Reconciler],
        leadership: any Leadership = SoleLeadership(), logger: Logger
    ) {
        (self.cluster, self.writer) = (cluster, writer)
        (self.reconcilers, self.leadership, self.logger) = (reconcilers, leadership, logger)
    }

    public func run() async throws {
        // A replica that is told to end while it waits for the lead has not failed.
        do { try await leadAgainAndAgain() } catch is CancellationError {}
    }

    private func leadAgainAndAgain() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await leadership.acquire()
                let caller = Caller(subject: "system:purser:controllers", verb: "create")
                var taken: Int64?
                while taken == nil {
                    taken = await cluster.sequencer.takeTerm(as: caller, callID: cluster.newCallID())
                    if taken == nil { try await Task.sleep(for: .seconds(1)) }
                }
                guard let term = taken else { continue }
                logger.info("leading", metadata: ["term": "\(term)"])
                await lead(term: term)
            }
        }
    }

    /// Runs all controllers until leadership is lost or the task is cancelled.
    private func lead(term: Int64) async {
        let loops = reconcilers.map { reconciler in
            ControllerLoop(
                reconciler: reconciler, cluster: cluster, logger: logger,
                executor: PlanExecutor(
                    writer: writer, cluster: cluster,
                    subject: "system:controller:\(reconciler.name)", term: term))
        }
        let scheduling = SchedulingLoop(
            cluster: cluster, writer: writer, term: term, logger: logger)
        let expiry = EventExpiry(
            cluster: cluster,
            executor: PlanExecutor(
                writer: writer, cluster: cluster, subject: "system:controller:event-ttl",
                term: term),
            logger: logger)
        let (batches, feed) = AsyncStream<PublishedBatch>.makeStream()
        let follower = cluster.follow { feed.yield($0) }
        defer { cluster.unfollow(follower) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await leadership.lost() }
            for loop in loops { group.addTask { await loop.run(workers: Self.workers) } }
            group.addTask {
                while (try? await Task.sleep(for: .milliseconds(20))) != nil {
                    for loop in loops { loop.fireTimers() }
                }
            }
            group.addTask { await scheduling.run() }
            group.addTask { await expiry.run() }
            group.addTask {
                await Self.wakeAll(loops, in: cluster.view)
                for await batch in batches {
                    let view = cluster.view
                    for transition in batch.transitions where Self.concernsControllers(transition) {
                        let change = cluster.trees(of: transition)
                        for loop in loops { loop.wake(change, in: view) }
                        scheduling.wake(change)
                    }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }
}

extension ControllerRuntime {
    /// Wakes the controllers for everything that there is; each object is parsed once for all of them.
    private static func wakeAll(_ loops: [ControllerLoop], in view: StateView) async {
        for resource in view.state.populatedResources {
            await view.forEachInTurns(resource) { key, object in
                let transition = ObjectTransition(key: key, old: nil, new: object, position: object.position, type: "")
                guard concernsControllers(transition), let tree = view.object(key) else { return }
                // What happened before this replica led is the cause of what it does now.
                let change = ObjectChangeTrees(key: key, position: object.position, type: "", old: nil, new: tree)
                for loop in loops { loop.wake(change, in: view) }
            }
        }
    }

    /// Kinds that only hold what people put there. The garbage collector alone cares for them, and only where they
    /// have owners, are being deleted or are gone; so a flood of them is not parsed for nothing.
    private static let plainKinds: Set<GroupResource> = [.configMaps, .secrets, .events, .leases]

    static func concernsControllers(_ transition: ObjectTransition) -> Bool {
        guard plainKinds.contains(transition.key.resource), let new = transition.new else { return true }
        func isPlain(_ object: StoredObject) -> Bool {
            object.member("metadata", "ownerReferences") == nil && !object.isBeingDeleted
        }
        return !isPlain(new) || !(transition.old.map(isPlain) ?? true)
    }
}

/// One reconciler with its queue.
struct ControllerLoop: Sendable {
    let reconciler: any Reconciler
    let cluster: Cluster
    let logger: Logger
    let executor: PlanExecutor
    private let queue = WorkQueue()

    init(reconciler: any Reconciler, cluster: Cluster, logger: Logger, executor: PlanExecutor) {
        (self.reconciler, self.cluster, self.logger, self.executor) = (reconciler, cluster, logger, executor)
    }

    func wake(_ change: ObjectChangeTrees, in view: StateView) {
        for key in reconciler.keys(old: change.old, new: change.new, resource: change.key.resource, in: view) {
            queue.add(key, cause: change.position, isAsked: EventCatalogue.asks(change.type))
        }
    }

    func fireTimers() { queue.fireTimers() }

    func run(workers: Int) async {
        await withDiscardingTaskGroup { group in
            for await _ in queue.signals {
                while let item = queue.take(limit: workers) { group.addTask { await plan(item) } }
            }
        }
    }

    private func plan(_ item: WorkQueue.Item) async {
        let view = cluster.view
        let plan = reconciler.plan(view, key: item.key, now: cluster.clock.now)
        // The plan may rest on a change of its own object that is newer than what woke it.
        let cause =
            plan.cause ?? (item.isAsked ? item.cause : max(item.cause, view.state[item.key]?.position ?? 0))
        let refusals = await executor.carryOut(plan, cause: cause)
        await NoteRecorder(executor: executor, cluster: cluster).record(
            plan.notes, by: "\(reconciler.name)-controller", cause: cause)
        // What changed meanwhile wakes the key by itself; a refusal that stays is tried again, more and more seldom.
        let faults = refusals.filter { $0.code != 404 && $0.code != 409 }
        for refusal in faults {
            logger.warning(
                "a planned write was refused",
                metadata: ["controller": "\(reconciler.name)", "key": "\(item.key)", "reason": "\(refusal)"])
        }
        queue.done(item, failed: !refusals.isEmpty)
        if let seconds = plan.requeueAfter { queue.add(item.key, after: seconds, cause: cause) }
    }
}

extension StateView {
    /// Calls `body` with the objects of a resource, some at a time: between them calls and other controllers get their
    /// turn on the few threads that all share.
    func forEachInTurns(_ resource: GroupResource, _ body: (ObjectKey, StoredObject) -> Void) async {
        var (last, hasMore): (ObjectName?, Bool) = (nil, true)
        while hasMore, !Task.isCancelled {
            var count = 0
            hasMore = false
            state.forEach(resource, after: last) { name, object in
                guard count < Self.objectsInTurn else {
                    hasMore = true
                    return false
                }
                body(ObjectKey(resource, namespace: name.namespace, name: name.name), object)
                (last, count) = (name, count + 1)
                return true
            }
            await Task.yield()
        }
    }

    private static let objectsInTurn = 64
}
