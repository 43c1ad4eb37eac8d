import Domain
import KubeModel
import Scheduling

/// The live side of a Deployment: `status.blueGreen`.
private enum Phase: String {
    case stable = "Stable"
    case progressing = "Progressing"
    case awaitingPromotion = "AwaitingPromotion"
    case draining = "Draining"
    case aborted = "Aborted"
    case refused = "Refused"
}

extension Rollout {
    /// After a switch, blue stays at least this long, so that every node has loaded its new ruleset.
    private static let settleSeconds: Int64 = 2
    /// How often a refused rollout is examined again even if nothing seems to have changed.
    private static let refusedRetrySeconds = 30.0
    private static let switched = "TrafficSwitched"

    private var activeHash: String? { status.string("blueGreen", "activeHash").flatMap { $0.isEmpty ? nil : $0 } }
    private var activeIndex: Int? { activeHash.flatMap { hash in replicaSets.firstIndex { $0.hash == hash } } }
    /// The hash that the present template's ReplicaSet has or will have.
    private var greenHash: String { newReplicaSet?.hash ?? hash }

    /// True only in a plan that moves traffic (rather than one that notes where it already is).
    var hasSwitched: Bool {
        deployment.condition(Self.switched)?.string("message") != switchMessage && switchMessage != nil
    }

    private var switchMessage: String? {
        status.array("conditions").first { $0.string("type") == Self.switched }?.string("message")
    }

    mutating func blueGreen(_ parameters: DeploymentStrategy.BlueGreen) {
        syncNewReplicaSet()
        if activeHash == nil, let blue = runningBlue {
            // The Deployment became blue-green while it ran: what runs is the live side.
            return setPhase(.progressing, active: blue, preview: nil, "\(blue) is live.")
        }
        if let active = activeIndex, active == newIndex { return settle(on: active, parameters) }
        if let active = activeIndex { resizeIfNeeded(active, to: replicas) }
        retire(oldIndices.filter { $0 != activeIndex }, parameters)
        if deployment.annotations[DeploymentLabels.abort] == greenHash { return abortGreen() }
        guard startGreen() else { return }
        promote(parameters)
    }

    /// The hash of the old ReplicaSet that serves, where no live side is noted yet.
    private var runningBlue: String? {
        oldIndices.filter { replicaSets[$0].available > 0 && !replicaSets[$0].hash.isEmpty }
            .max {
                (replicaSets[$0].available, replicaSets[$0].revision) < (
                    replicaSets[$1].available, replicaSets[$1].revision
                )
            }
            .map { replicaSets[$0].hash }
    }

    /// Starts green at full size if all of it fits beside blue. False while it does not stand at that size.
    private mutating func startGreen() -> Bool {
        let missing = replicas - (newReplicaSet?.replicas ?? 0)
        if missing > 0, activeIndex != nil {
            let fit = trial(of: missing)
            guard fit.fits else {
                refuse(fit)
                return false
            }
        }
        setPhase(.progressing, active: activeHash, preview: greenHash, "\(greenHash) is starting.")
        guard ensureNewReplicaSet(replicas: replicas), let newIndex else { return false }
        resizeIfNeeded(newIndex, to: replicas)
        return !replicaSets[newIndex].isResized
    }

    /// Whether so many pods of green find room beside what is there, what waits, and what the live side still grows by.
    private func trial(of count: Int64) -> Fit {
        let nodes = view.list(.nodes, namespace: nil)
        let snapshot = ClusterSnapshot(nodes: nodes, pods: nodes.flatMap { view.pods(onNode: $0.name) })
        let waiting = view.list(.pods, namespace: nil).filter { $0.nodeName.isEmpty && $0.isActivePod }
        let green = Self.pods(count, of: deployment)
        return TrialPlacement.fits(pods: green, in: snapshot, after: waiting + podsToCome)
    }

    /// Pods of the live side that its ReplicaSet has yet to make.
    private var podsToCome: [KubeObject] {
        guard let live = activeIndex.map({ replicaSets[$0] }) else { return [] }
        let there = view.owned(by: live.original.uid, .pods).count(where: \.isActivePod)
        return Self.pods(live.replicas - Int64(there), of: live.object)
    }

    private static func pods(_ count: Int64, of workload: KubeObject) -> [KubeObject] {
        let pod = KubeObject(["spec": workload.spec["template"]?["spec"] ?? [:]])
        return Array(repeating: pod, count: Int(clamping: min(max(count, 0), 10_000)))
    }

    private mutating func refuse(_ fit: Fit) {
        let message = "\(greenHash) does not fit beside \(activeHash ?? ""): \(fit.message)"
        if deployment.status.string("blueGreen", "message") != message {
            plan.notes.append(
                Note(about: deployment, level: .warning, reason: "BlueGreenRefused", message: message))
        }
        setPhase(.refused, active: activeHash, preview: greenHash, message)
        requeue(after: Self.refusedRetrySeconds)
    }

    private mutating func promote(_ parameters: DeploymentStrategy.BlueGreen) {
        guard let green = newReplicaSet, green.isObserved, green.available >= replicas else { return }
        guard
            parameters.autoPromotion || deployment.annotations[DeploymentLabels.promote] == green.hash
                || activeIndex == nil
        else {
            return setPhase(
                .awaitingPromotion, active: activeHash, preview: green.hash,
                "\(green.hash) is ready; annotate \(DeploymentLabels.promote)=\(green.hash) to switch.")
        }
        let message = "Traffic goes to \(green.hash)" + (activeHash.map { ", no longer to \($0)." } ?? ".")
        let revision = green.object.annotations[DeploymentLabels.revision] ?? ""
        setPhase(activeIndex == nil ? .stable : .draining, active: green.hash, preview: nil, message)
        // The revision makes each switch's message its own, also when sides go back and forth.
        status.removeCondition(Self.switched)
        status.setCondition(
            Self.switched, "True", reason: "Promoted", message: "\(message) (revision \(revision))", now: now,
            updateTime: true)
    }

    private mutating func abortGreen() {
        if let newIndex { resizeIfNeeded(newIndex, to: 0) }
        setPhase(
            .aborted, active: activeHash, preview: greenHash,
            "\(greenHash) was aborted; change the template or remove the annotation \(DeploymentLabels.abort) to go on."
        )
    }

    /// Green is live: keep its size, and take down all others after the delay.
    private mutating func settle(on active: Int, _ parameters: DeploymentStrategy.BlueGreen) {
        resizeIfNeeded(active, to: replicas)
        let others = oldIndices.filter { replicaSets[$0].replicas > 0 || replicaSets[$0].observedReplicas > 0 }
        guard !others.isEmpty else {
            return setPhase(.stable, active: activeHash, preview: nil, "\(replicaSets[active].hash) is live.")
        }
        setPhase(
            .draining, active: activeHash, preview: nil,
            "\(replicaSets[active].hash) is live; \(others.map { replicaSets[$0].hash }.joined(separator: ", ")) is drained."
        )
        let delay = max(parameters.scaleDownDelaySeconds, Self.settleSeconds)
        if let since = switchTime, now.seconds(since: since) < Double(delay + 1) {
            return requeue(after: Double(delay + 1) - now.seconds(since: since))
        }
        retire(others, parameters)
    }

    /// When traffic was switched, to the second below.
    private var switchTime: Timestamp? {
        status.array("conditions").first { $0.string("type") == Self.switched }?.string("lastTransitionTime")
            .flatMap(Timestamp.init(rfc3339:))
    }

    /// Scales ReplicaSets to 0: once no EndpointSlice names their pods any more, and once every pod says how long it may
    /// wait for its connections.
    private mutating func retire(_ indices: [Int], _ parameters: DeploymentStrategy.BlueGreen) {
        for index in indices where replicaSets[index].replicas > 0 {
            let pods = view.owned(by: replicaSets[index].original.uid, .pods).filter(\.isActivePod)
            guard !areServing(pods) else { continue }
            let unmarked = parameters.drainSeconds == 0 ? [] : pods.filter { !$0.isMarked(parameters.drainSeconds) }
            guard unmarked.isEmpty else {
                for pod in unmarked.prefix(ReplicaSetReconciler.burst) {
                    var marked = pod
                    marked.setAnnotation(DeploymentLabels.drainSeconds, String(parameters.drainSeconds))
                    plan.writes.append(.update(.pods, marked))
                }
                continue
            }
            resize(index, to: 0)
        }
    }

    private func areServing(_ pods: [KubeObject]) -> Bool {
        let uids = Set(pods.map(\.uid))
        return view.list(.endpointSlices, namespace: deployment.namespace).contains { slice in
            slice.json.array("endpoints").contains { uids.contains($0.string("targetRef", "uid") ?? "") }
        }
    }

    /// All that a paused Deployment still does: the live side follows `spec.replicas`.
    mutating func resizeLiveSide() {
        if let live = activeHash == nil ? newIndex : activeIndex { resizeIfNeeded(live, to: replicas) }
    }

    private mutating func setPhase(_ phase: Phase, active: String?, preview: String?, _ message: String) {
        var side: JSON = ["phase": .string(phase.rawValue), "message": .string(message)]
        side["activeHash"] = active.map { .string($0) }
        side["previewHash"] = preview.map { .string($0) }
        status["blueGreen"] = side
    }

    /// What `Progressing` says while a rollout stands still on purpose; its deadline does not run then.
    var blueGreenHold: (status: String, reason: String, message: String)? {
        guard strategy.blueGreen != nil, let phase = status.string("blueGreen", "phase").flatMap(Phase.init(rawValue:))
        else { return nil }
        let message = status.string("blueGreen", "message") ?? ""
        switch phase {
        case .refused: return ("False", "InsufficientCapacity", message)
        case .aborted: return ("False", "RolloutAborted", message)
        case .awaitingPromotion: return ("Unknown", "AwaitingPromotion", message)
        case .draining: return ("True", "TrafficSwitched", message)
        case .stable, .progressing: return nil
        }
    }
}

extension KubeObject {
    fileprivate func isMarked(_ seconds: Int64) -> Bool {
        json.string("metadata", "annotations", DeploymentLabels.drainSeconds) == String(seconds)
    }
}
