import Domain
import KubeModel

/// One look of an autoscaler: what it finds, what it sets, and what it then says of itself.
struct AutoscalerRun {
    let view: any ClusterView
    let autoscaler: KubeObject
    let now: Timestamp
    let behavior: AutoscalingBehavior
    private var status: JSON
    private var record: AutoscalingRecord
    private var plan = Plan(requeueAfter: HorizontalPodAutoscalerReconciler.period)

    private var least: Int64 { autoscaler.spec.int("minReplicas") ?? 1 }
    private var most: Int64 { max(autoscaler.spec.int("maxReplicas") ?? least, least) }

    init(_ autoscaler: KubeObject, in view: any ClusterView, now: Timestamp) {
        (self.autoscaler, self.view, self.now) = (autoscaler, view, now)
        behavior = AutoscalingBehavior(of: autoscaler)
        status = autoscaler.status
        record = AutoscalingRecord(annotations: autoscaler.annotations)
    }

    /// The plan, with the autoscaler's status if that changed.
    func finished() -> Plan {
        var plan = plan
        var changed = autoscaler
        var status = status
        var record = record
        record.forget(before: now, behavior)
        status["observedGeneration"] = .int(autoscaler.generation)
        if status["desiredReplicas"] == nil { status["desiredReplicas"] = 0 }
        changed.json["status"] = status
        for (name, value) in record.annotations { changed.setAnnotation(name, value) }
        if changed != autoscaler { plan.writes.append(.updateStatus(.horizontalPodAutoscalers, changed)) }
        return plan
    }

    mutating func scale() {
        guard let target = ScaleTarget(of: autoscaler), let workload = view.object(target.key),
            !workload.isBeingDeleted
        else {
            let reference = autoscaler.spec["scaleTargetRef"] ?? [:]
            let name = "\(reference.string("kind") ?? "")/\(reference.string("name") ?? "")"
            return fault(
                "AbleToScale", "FailedGetScale",
                ScaleTarget(of: autoscaler) == nil
                    ? "\(name) of \(reference.string("apiVersion") ?? "") cannot be scaled here; name a Deployment or "
                        + "a ReplicaSet of apps/v1."
                    : "\(name) is not there.")
        }
        let current = workload.replicas
        status["currentReplicas"] = .int(current)
        record.begin(with: current, at: now)
        if current == 0 {
            set("AbleToScale", true, "SucceededGetScale", "The target's count is known.")
            set("ScalingActive", false, "ScalingDisabled", "The target is scaled to zero; scale it up to resume.")
            return settle(on: 0)
        }
        if current > most { return rescale(workload, target, to: most, because: "it had more than maxReplicas") }
        if current < least { return rescale(workload, target, to: least, because: "it had fewer than minReplicas") }
        guard isAlone(on: target) else { return settle(on: current) }
        follow(metrics(workload, target), workload, target)
    }

    /// Two autoscalers of one workload would pull it back and forth, so that neither acts.
    private mutating func isAlone(on target: ScaleTarget) -> Bool {
        let others = view.list(.horizontalPodAutoscalers, namespace: autoscaler.namespace).filter {
            $0.uid != autoscaler.uid && !$0.isBeingDeleted && ScaleTarget(of: $0) == target
        }
        guard let other = others.first else { return true }
        set("AbleToScale", true, "SucceededGetScale", "The target's count is known.")
        fault(
            "ScalingActive", "AmbiguousSelector",
            "\(target.kind)/\(target.key.name) is also scaled by autoscaler \(other.name); delete one of them.")
        return false
    }

    private func metrics(_ workload: KubeObject, _ target: ScaleTarget) -> AutoscalingMetrics {
        AutoscalingMetrics(
            of: autoscaler, current: workload.replicas, pods: view.pods(of: workload, target.key.resource),
            tolerance: behavior.tolerance, in: view, now: now)
    }

    /// Goes as far towards what the metrics call for as behavior and limits allow.
    private mutating func follow(_ metrics: AutoscalingMetrics, _ workload: KubeObject, _ target: ScaleTarget) {
        let current = workload.replicas
        status["currentMetrics"] = metrics.statuses.isEmpty ? nil : .array(metrics.statuses)
        // A new spec is a cause of its own.
        if status.int("observedGeneration") == autoscaler.generation { plan.cause = metrics.position }
        guard let proposal = metrics.proposal else {
            set("AbleToScale", true, "SucceededGetScale", "The target's count is known.")
            if let fault = metrics.fault { self.fault("ScalingActive", fault.reason, fault.message) }
            return settle(on: current)
        }
        set("ScalingActive", true, "ValidMetricFound", "A count follows from \(proposal.name).")
        record.recommend(proposal.replicas, at: now)
        let steady = behavior.stabilized(proposal.replicas, current: current, record, now: now)
        setAble(steady, proposal: proposal.replicas)
        let limited = behavior.limited(steady, current: current, within: least...most, record, now: now)
        setLimited(limited)
        guard limited.replicas != current else { return settle(on: current) }
        rescale(workload, target, to: limited.replicas, because: proposal.reason, metrics: metrics.statuses)
    }

    private mutating func setAble(_ steady: Int64, proposal: Int64) {
        if steady > proposal {
            set(
                "AbleToScale", true, "ScaleDownStabilized",
                "More pods were called for within the stabilization window; the most of them holds.")
        } else if steady < proposal {
            set(
                "AbleToScale", true, "ScaleUpStabilized",
                "Fewer pods were called for within the stabilization window; the fewest of them holds.")
        } else {
            set("AbleToScale", true, "ReadyForNewScale", "No stabilization window holds the count.")
        }
    }

    private mutating func setLimited(_ limited: AutoscalingBehavior.Limited) {
        let message =
            switch limited.reason {
            case .tooMany: "More pods than maxReplicas are called for."
            case .tooFew: "Fewer pods than minReplicas are called for."
            case .upLimit: "The policies of scaleUp allow no more pods yet."
            case .downLimit: "The policies of scaleDown allow no fewer pods yet."
            case .within: "The count called for is within the limits."
            }
        set("ScalingLimited", limited.reason != .within, limited.reason.rawValue, message)
    }

    private mutating func settle(on replicas: Int64) { status["desiredReplicas"] = .int(replicas) }

    private mutating func rescale(
        _ workload: KubeObject, _ target: ScaleTarget, to replicas: Int64, because reason: String, metrics: [JSON] = []
    ) {
        let current = workload.replicas
        var autoscaling: JSON = [
            "autoscaler": .string(autoscaler.key(.horizontalPodAutoscalers).description), "from": .int(current),
            "to": .int(replicas), "reason": .string(reason),
        ]
        if !metrics.isEmpty { autoscaling["metrics"] = .array(metrics) }
        plan.writes.append(.scale(target.key.resource, workload, replicas: replicas, autoscaling: autoscaling))
        plan.notes.append(
            Note(
                about: autoscaler, reason: "SuccessfulRescale",
                message: "Scaled \(target.kind)/\(workload.name) from \(current) to \(replicas): \(reason)."))
        set("AbleToScale", true, "SucceededRescale", "The target was scaled to \(replicas).")
        status["lastScaleTime"] = .string(now.rfc3339)
        record.scaled(by: replicas - current, at: now)
        settle(on: replicas)
    }

    private mutating func set(_ type: String, _ isTrue: Bool, _ reason: String, _ message: String) {
        status.setCondition(type, isTrue ? "True" : "False", reason: reason, message: message, now: now)
    }

    /// A condition that is false, told of once in a note.
    private mutating func fault(_ type: String, _ reason: String, _ message: String) {
        let before = autoscaler.condition(type)
        set(type, false, reason, message)
        guard before?.string("status") != "False" || before?.string("reason") != reason else { return }
        plan.notes.append(Note(about: autoscaler, level: .warning, reason: reason, message: message))
    }
}

extension ClusterView {
    /// The pods whose use counts for a workload; of a blue-green Deployment those of its live side.
    fileprivate func pods(of workload: KubeObject, _ resource: GroupResource) -> [KubeObject] {
        var replicaSets = [workload]
        if resource == .deployments {
            let active = LiveSide(of: workload).activeHash
            replicaSets = owned(by: workload.uid, .replicaSets).filter {
                $0.controller?.uid == workload.uid && (active == nil || $0.labels[DeploymentLabels.hash] == active)
            }
        }
        return replicaSets.flatMap { owner in
            owned(by: owner.uid, .pods).filter { $0.controller?.uid == owner.uid }
        }
    }
}
