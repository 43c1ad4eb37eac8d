import Domain
import KubeModel
import PropertyTesting
import Reconciliation
import Testing

/// A moment of a simulated cluster.
struct SimulatedView: ClusterView {
    var position: Position = 0
    var objects: [ObjectKey: KubeObject] = [:]
    var reports: [String: Timestamp] = [:]

    var resources: [GroupResource] { Set(objects.keys.map(\.resource)).sorted() }

    func object(_ key: ObjectKey) -> KubeObject? { objects[key] }
    func list(_ resource: GroupResource, namespace: String?) -> [KubeObject] {
        objects.filter { $0.key.resource == resource && (namespace == nil || $0.key.namespace == namespace) }
            .sorted { $0.key < $1.key }.map(\.value)
    }
    func owned(by uid: String, _ resource: GroupResource) -> [KubeObject] {
        list(resource, namespace: nil).filter { $0.ownerReferences.contains { $0.uid == uid } }
    }
    func dependents(of uid: String) -> [ObjectKey] {
        objects.filter { $0.value.ownerReferences.contains { $0.uid == uid } }.map(\.key).sorted()
    }
    func pods(onNode node: String) -> [KubeObject] {
        list(.pods, namespace: nil).filter { $0.spec.string("nodeName") == node }
    }
    func lastReport(ofNode node: String) -> Timestamp? { reports[node] }
    var intervals: [String: UsageInterval] = [:]
    func usage(onNode node: String) -> UsageInterval? { intervals[node] }
}

/// Applies plans as the sequencer does, wakes reconcilers as the control plane does, and plays the nodes.
struct SimulatedCluster {
    private(set) var view = SimulatedView()
    var now = Timestamp(seconds: 1_000_000)
    let reconcilers: [any Reconciler]
    /// Writes refused because the object had changed, or writes that changed nothing: planning faults both.
    private(set) var faults: [String] = []
    private(set) var switches: [String] = []
    private(set) var notes: [Note] = []
    private var queue: [(reconciler: Int, key: ObjectKey)] = []
    private var timers: [(at: Timestamp, reconciler: Int, key: ObjectKey)] = []
    private var nextUID = 1
    private(set) var snapshot = ClusterSnapshotMirror()

    init(_ reconcilers: [any Reconciler]) { self.reconcilers = reconcilers }

    // MARK: Changes

    mutating func put(_ key: ObjectKey, _ new: KubeObject?) {
        let old = view.objects[key]
        view.position += 1
        var new = new
        new?.json[["metadata", "resourceVersion"]] = .string(String(view.position))
        view.objects[key] = new
        snapshot.apply(old: old, new: new, resource: key.resource)
        for (index, reconciler) in reconcilers.enumerated() {
            for woken in reconciler.keys(old: old, new: new, resource: key.resource, in: view)
            where !queue.contains(where: { $0 == (index, woken) }) {
                queue.append((index, woken))
            }
        }
    }

    mutating func create(_ resource: GroupResource, _ object: KubeObject) {
        let key = object.key(resource)
        guard view.objects[key] == nil else { return faults.append("\(key) exists already") }
        var object = object
        object.json[["metadata", "uid"]] = .string("uid-\(nextUID)")
        object.json[["metadata", "creationTimestamp"]] = .string(now.rfc3339)
        object.json[["metadata", "generation"]] = 1
        nextUID += 1
        put(key, object)
    }

    /// As a user's edit: whatever the body changes, with the generation counted up if that is the spec.
    mutating func edit(_ key: ObjectKey, _ body: (inout KubeObject) -> Void) {
        guard var object = view.objects[key] else { return faults.append("\(key) is not there") }
        let spec = object.spec
        body(&object)
        if object.spec != spec { object.json[["metadata", "generation"]] = .int(object.generation + 1) }
        put(key, object)
    }

    mutating func delete(_ key: ObjectKey, graceSeconds: Int64? = nil) {
        guard let object = view.objects[key] else { return }
        let isHeld =
            !object.finalizers.isEmpty
            || (key.resource == .pods && graceSeconds != 0 && object.spec.string("nodeName") != nil)
        guard isHeld else { return put(key, nil) }
        guard !object.isBeingDeleted else { return }
        let time = now.rfc3339
        edit(key) { $0.json[["metadata", "deletionTimestamp"]] = .string(time) }
    }

    mutating func report(_ node: String, at time: Timestamp) { view.reports[node] = time }

    mutating func apply(_ plan: Plan) {
        notes += plan.notes
        for write in plan.writes { apply(write) }
    }

    private mutating func apply(_ write: PlannedWrite) {
        switch write {
        case .create(let resource, let object): create(resource, object)
        case .update(let resource, let object): replace(resource, object, statusOnly: false)
        case .updateStatus(let resource, let object): replace(resource, object, statusOnly: true)
        case .postpone(let pod, _): replace(.pods, pod, statusOnly: true)
        case .delete(let key, let uid, let grace):
            if view.objects[key]?.uid == uid {
                delete(key, graceSeconds: grace)
            } else {
                faults.append("\(key) is another")
            }
        case .removeFinalizer(let key, _, let finalizer):
            edit(key) { object in
                let path = key.resource == .namespaces ? "spec" : "metadata"
                let kept = object.json.array(path, "finalizers").filter { $0.stringValue != finalizer }
                object.json[[path, "finalizers"]] = .array(kept)
            }
            if let object = view.objects[key], object.isBeingDeleted, object.finalizers.isEmpty,
                object.spec.array("finalizers").isEmpty
            {
                put(key, nil)
            }
        case .bind(let pod, let uid, let node, _):
            guard view.objects[pod]?.uid == uid else { return faults.append("\(pod) is another") }
            edit(pod) { $0.json[["spec", "nodeName"]] = .string(node) }
        case .switchTraffic(let deployment):
            switches.append(deployment.status.string("blueGreen", "activeHash") ?? "")
            replace(.deployments, deployment, statusOnly: true)
        case .scale(let resource, let workload, let replicas, _):
            var scaled = workload
            scaled.json[["spec", "replicas"]] = .int(replicas)
            replace(resource, scaled, statusOnly: false)
        }
    }

    private mutating func replace(_ resource: GroupResource, _ object: KubeObject, statusOnly: Bool) {
        let key = object.key(resource)
        guard let stored = view.objects[key] else { return faults.append("\(key) is gone") }
        guard stored.resourceVersion == object.resourceVersion else {
            return faults.append("\(key) was changed before")
        }
        guard stored != object else { return faults.append("a write of \(key) changes nothing") }
        edit(key) { kept in
            let status = kept.json["status"]
            if statusOnly {
                kept.json["status"] = object.json["status"]
            } else {
                kept = object
                kept.json["status"] = status
            }
        }
    }

    // MARK: Running

    /// Plans one random key of those that were woken; false if none was.
    mutating func planOne(_ random: inout SeededRandom) -> Bool {
        guard !queue.isEmpty else { return false }
        let (index, key) = queue.remove(at: Int.random(in: queue.indices, using: &random))
        let plan = reconcilers[index].plan(view, key: key, now: now)
        if let seconds = plan.requeueAfter { timers.append((now.adding(seconds: seconds), index, key)) }
        apply(plan)
        return true
    }

    /// Moves the clock to the next timer, within a limit; false if there is none.
    mutating func ring(until limit: Timestamp) -> Bool {
        guard let next = timers.map(\.at).min(), next <= limit else { return false }
        now = max(now, next)
        for timer in timers where timer.at <= now && !queue.contains(where: { $0 == (timer.reconciler, timer.key) }) {
            queue.append((timer.reconciler, timer.key))
        }
        timers.removeAll { $0.at <= now }
        return true
    }

    /// Binds waiting pods, then lets one random pod take its next step: run, become ready, or end when told to.
    mutating func actAsNodes(_ random: inout SeededRandom, isReady: (KubeObject) -> Bool) -> Bool {
        let waiting = view.list(.pods, namespace: nil).filter(BindingPlanner.isWaiting)
        if !waiting.isEmpty {
            let plan = BindingPlanner().plan(waiting, in: &snapshot.value, rotation: Int(view.position), now: now)
            if !plan.writes.isEmpty {
                apply(plan)
                return true
            }
        }
        let movable = view.list(.pods, namespace: nil).filter { pod in
            guard pod.spec.string("nodeName") != nil else { return false }
            return pod.isBeingDeleted || (pod.condition("Ready")?.string("status") != "True" && isReady(pod))
        }
        guard let pod = movable.randomElement(using: &random) else { return false }
        let key = pod.key(.pods)
        if pod.isBeingDeleted {
            put(key, nil)
            return true
        }
        let status: JSON = [
            "phase": "Running", "podIP": .string("10.244.0.\(view.position % 250)"),
            "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": .string(now.rfc3339)]],
        ]
        edit(key) { $0.json["status"] = status }
        return true
    }

    /// Plans until nothing is left to do, with the clock and the nodes standing still.
    mutating func settle(sourceLocation: SourceLocation = #_sourceLocation) {
        var random = SeededRandom(seed: 1)
        while planOne(&random) {}
        #expect(faults == [], sourceLocation: sourceLocation)
        #expect(plansAgain() == [], sourceLocation: sourceLocation)
    }

    /// Runs everything in random order until nothing moves any more, checking after every step.
    mutating func settle(
        _ random: inout SeededRandom, seconds: Double = 300, isReady: (KubeObject) -> Bool = { _ in true },
        check: (SimulatedCluster) -> Void = { _ in }
    ) {
        let limit = now.adding(seconds: seconds)
        for _ in 0..<20_000 {
            let planFirst = Bool.random(using: &random)
            let moved =
                planFirst
                ? planOne(&random) || actAsNodes(&random, isReady: isReady)
                : actAsNodes(&random, isReady: isReady) || planOne(&random)
            if !moved, !ring(until: limit) { return }
            check(self)
        }
        Issue.record("the cluster did not come to rest in 20,000 steps")
    }

    /// Plans every object again; a settled cluster plans nothing.
    func plansAgain() -> [PlannedWrite] {
        view.objects.keys.sorted().flatMap { key in
            reconcilers.flatMap { reconciler in
                let keys = reconciler.keys(old: nil, new: view.objects[key], resource: key.resource, in: view)
                return keys.flatMap { reconciler.plan(view, key: $0, now: now).writes }
            }
        }
    }
}
