import CommandHandling
import Domain
import HashTreeCollections
import KubeMachinery
import KubeModel
import Reconciliation
import Scheduling

/// Runs the reconcilers, the scheduler and simulated nodes on a fork of the cluster until nothing moves any more.
///
/// One thread, one order, a clock of its own: equal forks and changes lead to equal ends. Every write takes the path of
/// a real one; nothing leaves the fork.
struct Simulation {
    /// Simulated seconds after which it ends whatever still moves.
    static let limitSeconds = 3600.0
    /// Plans after which it ends: more than a rollout of ten thousand pods takes.
    static let planLimit = 400_000
    /// What was written so shortly before the limit is still moving.
    static let movingSeconds = 60.0

    private(set) var fork: Fork
    let start: Timestamp
    private let reconcilers: [any Reconciler]
    private let cache = TreeCache(capacity: 8192)
    private let reports: TreeDictionary<String, Timestamp>
    private var queue = SimulatedQueue()
    private var picture: SchedulingPicture
    private var nodes: SimulatedNodes
    private var plans = 0
    private var rotation: Int
    private var addresses = 0
    private(set) var trace = SimulationTrace()

    /// - Parameter fork: with the change in it.
    init(_ fork: Fork) {
        self.fork = fork
        start = fork.now
        let view = StateView(state: fork.state, cache: cache)
        // A node that reports has reported until after the end, so that none of them has to be kept alive.
        let always = start.adding(seconds: 2 * Self.limitSeconds)
        let reporting = view.list(.nodes, namespace: nil).filter(SimulatedNodes.reports)
        reports = TreeDictionary(reporting.map { ($0.name, always) }) { first, _ in first }
        reconcilers = Reconcilers.all(startedAt: start)
        picture = SchedulingPicture(view, pods: view.list(.pods, namespace: nil))
        nodes = SimulatedNodes(view)
        rotation = Int(truncatingIfNeeded: fork.state.position)
        wakeAll(view)
    }

    var view: StateView { StateView(state: fork.state, reports: reports, cache: cache) }

    /// Everything is looked at once, as by a control plane that takes the lead.
    private mutating func wakeAll(_ view: StateView) {
        for resource in fork.state.populatedResources {
            for object in view.list(resource, namespace: nil) {
                wake(old: nil, new: object, resource, in: view)
                if resource == .pods {
                    nodes.note(object.key(.pods), object, now: fork.now)
                    trace.notePod(nil, object, at: 0)
                }
            }
        }
    }

    /// Queues what each reconciler has to look at after a change of an object.
    private mutating func wake(
        old: KubeObject?, new: KubeObject?, _ resource: GroupResource, in view: StateView
    ) {
        for (index, reconciler) in reconcilers.enumerated() {
            for key in reconciler.keys(old: old, new: new, resource: resource, in: view) {
                queue.add(SimulatedQueue.Item(reconciler: index, key: key))
            }
        }
    }

    /// Runs until nothing moves or the limit is reached.
    ///
    /// - Parameter isCancelled: asked before each plan and each round of the scheduler and the nodes.
    /// - Throws: CancellationError.
    mutating func run(isCancelled: () -> Bool) throws {
        let end = start.adding(seconds: Self.limitSeconds)
        while true {
            if isCancelled() { throw CancellationError() }
            while let item = queue.next() {
                if isCancelled() { throw CancellationError() }
                plans += 1
                guard plans <= Self.planLimit else {
                    trace.stoppedEarly = true
                    return
                }
                plan(item)
            }
            if schedule() { continue }
            guard let moment = [queue.nextMoment, nodes.nextMoment].compactMap(\.self).min() else { return }
            guard moment <= end else {
                // Pods that have yet to start, to become ready or to count as available.
                trace.unfinished = queue.timed(.replicaSets) + nodes.acting
                return
            }
            fork.now = max(fork.now, moment)
            actAsNodes()
            queue.ring(until: fork.now)
        }
    }

    private mutating func plan(_ item: SimulatedQueue.Item) {
        let reconciler = reconcilers[item.reconciler]
        let plan = reconciler.plan(view, key: item.key, now: fork.now)
        if carryOut(plan.writes, as: "system:controller:\(reconciler.name)", about: item.key) {
            queue.succeeded(item)
        } else {
            queue.retry(item, now: fork.now)
        }
        if let seconds = plan.requeueAfter { queue.add(item, at: fork.now.adding(seconds: seconds)) }
    }

    /// In the plan's order, up to the first refusal.
    private mutating func carryOut(_ writes: [PlannedWrite], as subject: String, about key: ObjectKey) -> Bool {
        for write in writes {
            let origin = CallOrigin(caller: Caller(subject: subject, verb: write.verb), callID: CallID(high: 0, low: 0))
            guard let request = write.request(fork.registry, origin: origin) else { return false }
            do throws(KubeStatus) {
                if let transition = try fork.execute(request).transition { follow(transition) }
            } catch {
                trace.refusals[key] = "\(subject): \(error.message)"
                return false
            }
        }
        trace.refusals[key] = nil
        return true
    }

    /// False if no pod waits that could be placed.
    private mutating func schedule() -> Bool {
        guard !picture.waiting.isEmpty else { return false }
        let plan = picture.planNext(SchedulingLoop.batchLimit, in: view, rotation: rotation, now: fork.now)
        rotation += 1
        for write in plan.writes {
            let isDone = carryOut([write], as: "system:kube-scheduler", about: write.pod)
            guard !isDone, case .bind(let pod, let uid, _, _) = write else { continue }
            // What was refused did not take its room.
            picture.snapshot.unbind(uid: uid)
            picture.refused.insert(pod)
        }
        return true
    }

    private mutating func actAsNodes() {
        for (key, step) in nodes.take(until: fork.now) {
            guard let pod = view.object(key), let write = write(step, key, pod) else { continue }
            let subject = "system:node:\(pod.spec.string("nodeName") ?? "")"
            _ = carryOut([write], as: subject, about: key)
        }
    }

    private mutating func write(_ step: SimulatedNodes.Step, _ key: ObjectKey, _ pod: KubeObject) -> PlannedWrite? {
        var changed = pod
        switch step {
        case .end: return .delete(key, uid: pod.uid, graceSeconds: 0)
        case .becomeReady: changed.json["status"] = SimulatedNodes.ready(pod, pod.status, now: fork.now)
        case .start:
            if let missing = PodReferences(pod).firstMissing(in: fork.state) {
                nodes.block(key)
                changed.json["status"] = SimulatedNodes.missing(pod, missing)
            } else {
                changed.json["status"] = SimulatedNodes.started(pod, address: nextAddress(), now: fork.now)
            }
        }
        return changed == pod ? nil : .updateStatus(.pods, changed)
    }

    /// From the block that RFC 2544 sets apart for tests: no address of the cluster's.
    private mutating func nextAddress() -> String {
        addresses += 1
        return "198.\(18 + addresses / 65536 % 2).\(addresses / 256 % 256).\(addresses % 256)"
    }

    /// Wakes all that a change concerns.
    private mutating func follow(_ transition: ObjectTransition) {
        trace.note(transition, at: fork.now.seconds(since: start))
        if [.configMaps, .secrets].contains(transition.key.resource) {
            for pod in nodes.unblock(transition.key.namespace) { nodes.note(pod, view.object(pod), now: fork.now) }
        }
        guard ControllerRuntime.concernsControllers(transition) else { return }
        let change = cache.trees(of: transition)
        wake(old: change.old, new: change.new, change.key.resource, in: view)
        guard [.pods, .nodes].contains(change.key.resource) else { return }
        picture.apply(change)
        if change.key.resource == .pods {
            nodes.note(change.key, change.new, now: fork.now)
            trace.notePod(change.old, change.new, at: fork.now.seconds(since: start))
        }
    }

    /// What is left of the nodes at the end, as the scheduler counts it.
    var room: ClusterSnapshot { picture.snapshot }
}

extension PlannedWrite {
    /// The pod that a write of the scheduler is about.
    fileprivate var pod: ObjectKey {
        switch self {
        case .bind(let pod, _, _, _), .delete(let pod, _, _), .removeFinalizer(let pod, _, _): pod
        case .create(_, let object), .update(_, let object), .updateStatus(_, let object), .postpone(let object, _),
            .switchTraffic(let object), .scale(_, let object, _, _):
            object.key(.pods)
        }
    }
}
