import Domain
import KubeModel

/// Keeps the number of pods of a ReplicaSet at `spec.replicas`.
public struct ReplicaSetReconciler: Reconciler {
    /// The most pods that one plan creates or deletes; the rest follows when the plan's writes wake the key again.
    public static let burst = 500

    public let name = "replicaset"
    public init() {}

    public func keys(old: KubeObject?, new: KubeObject?, resource: GroupResource, in view: any ClusterView)
        -> [ObjectKey]
    {
        switch resource {
        case .replicaSets: return (new ?? old).map { [$0.key(.replicaSets)] } ?? []
        case .pods:
            if let old, let new, !Self.differs(old, new) { return [] }
            var keys: Set<ObjectKey> = []
            for pod in [old, new].compactMap(\.self) {
                if let owner = pod.controller {
                    if owner.kind == "ReplicaSet" {
                        keys.insert(ObjectKey(.replicaSets, namespace: pod.namespace, name: owner.name))
                    }
                } else if pod == new {
                    keys.formUnion(Self.selecting(pod, in: view))
                }
            }
            return keys.sorted()
        default: return []
        }
    }

    /// Whether a change of a pod can change what its ReplicaSet does or says.
    private static func differs(_ old: KubeObject, _ new: KubeObject) -> Bool {
        old.isActivePod != new.isActivePod || old.readySince != new.readySince
            || old.json["metadata"]?["labels"] != new.json["metadata"]?["labels"]
            || old.json["metadata"]?["ownerReferences"] != new.json["metadata"]?["ownerReferences"]
    }

    private static func selecting(_ pod: KubeObject, in view: any ClusterView) -> [ObjectKey] {
        let labels = pod.labels
        return view.list(.replicaSets, namespace: pod.namespace).filter {
            LabelSelector(json: $0.spec["selector"]).map { !$0.isEmpty && $0.matches(labels) } ?? false
        }.map { $0.key(.replicaSets) }
    }

    public func plan(_ view: any ClusterView, key: ObjectKey, now: Timestamp) -> Plan {
        guard let replicaSet = view.object(key), let selector = LabelSelector(json: replicaSet.spec["selector"]),
            !selector.isEmpty
        else { return Plan() }
        let owned = view.owned(by: replicaSet.uid, .pods).filter { $0.controller?.uid == replicaSet.uid }
        var plan = Plan()
        var active = owned.filter(\.isActivePod)
        if !replicaSet.isBeingDeleted {
            claim(&active, for: replicaSet, by: selector, in: view, into: &plan)
            scale(replicaSet, active: active, owned: owned, in: view, now: now, into: &plan)
        }
        updateStatus(of: replicaSet, active: active, now: now, into: &plan)
        return plan
    }

    /// Lets go of pods that the selector no longer matches and, when pods are missing or the spec is new, takes in
    /// matching pods that nobody controls. (Looking for those costs a walk over the namespace's pods.)
    private func claim(
        _ active: inout [KubeObject], for replicaSet: KubeObject, by selector: LabelSelector, in view: any ClusterView,
        into plan: inout Plan
    ) {
        active.removeAll { pod in
            guard !selector.matches(pod.labels) else { return false }
            var released = pod
            released.removeOwnerReferences { $0.uid == replicaSet.uid }
            plan.writes.append(.update(.pods, released))
            return true
        }
        let isNew = replicaSet.status.int("observedGeneration") ?? 0 < replicaSet.generation
        guard isNew || Int64(active.count) != replicaSet.replicas else { return }
        for pod in view.list(.pods, namespace: replicaSet.namespace)
        where pod.isActivePod && pod.controller == nil && selector.matches(pod.labels) {
            var adopted = pod
            adopted.setOwnerReferences(pod.ownerReferences + [replicaSet.controllerReference])
            plan.writes.append(.update(.pods, adopted))
            active.append(adopted)
        }
    }

    private func scale(
        _ replicaSet: KubeObject, active: [KubeObject], owned: [KubeObject], in view: any ClusterView, now: Timestamp,
        into plan: inout Plan
    ) {
        let missing = Int(clamping: replicaSet.replicas) - active.count
        if missing > 0 {
            guard !view.isTerminating(namespace: replicaSet.namespace) else { return }
            let pods = newPods(min(missing, Self.burst), of: replicaSet, owned: owned, in: view)
            plan.writes += pods.map { .create(.pods, $0) }
            plan.notes.append(note(replicaSet, "SuccessfulCreate", "Created", pods))
        } else if missing < 0 {
            let victims = PodRanking.victims(among: active, count: min(-missing, Self.burst))
            plan.writes += victims.map { .delete($0.key(.pods), uid: $0.uid, graceSeconds: nil) }
            plan.notes.append(note(replicaSet, "SuccessfulDelete", "Deleted", victims))
        }
    }

    private func note(_ replicaSet: KubeObject, _ reason: String, _ verb: String, _ pods: [KubeObject]) -> Note {
        let names = pods.prefix(5).map(\.name).joined(separator: ", ")
        let more = pods.count > 5 ? " and \(pods.count - 5) more" : ""
        return Note(
            about: replicaSet, reason: reason, message: "\(verb) pod\(pods.count == 1 ? "" : "s") \(names)\(more)")
    }

    /// The names' endings come from the ReplicaSet and the position it is planned at, so that planning again on one
    /// state names the same pods and a later state names new ones.
    private func newPods(_ count: Int, of replicaSet: KubeObject, owned: [KubeObject], in view: any ClusterView)
        -> [KubeObject]
    {
        let template = replicaSet.spec["template"] ?? [:]
        var metadata: JSON = [:]
        for member in ["labels", "annotations", "finalizers"] {
            metadata[member] = template["metadata"]?[member]
        }
        let prefix = String(replicaSet.name.prefix(57)) + "-"
        metadata["namespace"] = .string(replicaSet.namespace)
        metadata["generateName"] = .string(prefix)
        metadata["ownerReferences"] = [replicaSet.controllerReference.json]
        var taken = Set(owned.map(\.name))
        var pods: [KubeObject] = []
        var ordinal = 0
        while pods.count < count {
            let name = prefix + GeneratedName.suffix("\(replicaSet.uid)/\(view.position)/\(ordinal)")
            ordinal += 1
            let key = ObjectKey(.pods, namespace: replicaSet.namespace, name: name)
            guard taken.insert(name).inserted, view.object(key) == nil else { continue }
            metadata["name"] = .string(name)
            pods.append(
                KubeObject(["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"] ?? [:]]))
        }
        return pods
    }

    private func updateStatus(of replicaSet: KubeObject, active: [KubeObject], now: Timestamp, into plan: inout Plan) {
        let minReadySeconds = replicaSet.spec.int("minReadySeconds") ?? 0
        let templateLabels = LabelSelector(
            matching: replicaSet.spec["template"]?.stringMap("metadata", "labels") ?? [:])
        var (ready, available) = (Int64(0), Int64(0))
        for pod in active {
            guard let wait = pod.secondsToAvailable(minReadySeconds: minReadySeconds, now: now) else { continue }
            ready += 1
            if wait == 0 { available += 1 } else { plan.requeueAfter = min(plan.requeueAfter ?? wait, wait) }
        }
        var changed = replicaSet
        var status = replicaSet.status
        status["replicas"] = .int(Int64(active.count))
        status.setCount("fullyLabeledReplicas", Int64(active.count { templateLabels.matches($0.labels) }))
        status.setCount("readyReplicas", ready)
        status.setCount("availableReplicas", available)
        status["observedGeneration"] = .int(replicaSet.generation)
        guard status != replicaSet.status else { return }
        changed.json["status"] = status
        plan.writes.append(.updateStatus(.replicaSets, changed))
    }
}

extension KubeObject {
    /// `spec.replicas`, 1 if it is not stated.
    var replicas: Int64 { max(0, json.int("spec", "replicas") ?? 1) }
}

extension ClusterView {
    func isTerminating(namespace: String) -> Bool {
        object(ObjectKey(.namespaces, name: namespace))?.isBeingDeleted ?? false
    }
}
