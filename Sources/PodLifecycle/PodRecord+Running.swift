import KubeModel

extension PodRecord {
    /// Decides whether the pod's end begins now.
    mutating func noticeEnd(_ now: Timestamp) {
        if pod.isBeingDeleted || isObjectGone {
            terminate(.deleted, now)
        } else if settledStatus != nil || isComplete {
            terminate(.completed, now)
        } else if let seconds = pod.activeDeadlineSeconds, let startTime,
            now >= startTime.adding(seconds: Double(seconds))
        {
            let message = "Pod was active on the node longer than the specified deadline"
            note("DeadlineExceeded", message)
            terminate(.failed(reason: "DeadlineExceeded", message: message), now)
        }
    }

    /// No container runs or will run again.
    var isComplete: Bool {
        if hasFailedInit { return true }
        let apps = containers.filter { !$0.definition.isInit }
        return !apps.isEmpty && apps.allSatisfy { $0.exit != nil && !$0.wantsAttempt(pod) }
    }

    /// An init container failed that will not be tried again.
    var hasFailedInit: Bool {
        containers.contains {
            $0.definition.isInit && !$0.definition.isSidecar && ($0.exit?.exitCode ?? 0) != 0 && !$0.wantsAttempt(pod)
        }
    }

    /// All init containers are done, all sidecars started; also true while an app container runs.
    var isInitialized: Bool {
        if containers.contains(where: { !$0.definition.isInit && $0.isRunning }) { return true }
        return containers.filter(\.definition.isInit).allSatisfy {
            $0.definition.isSidecar ? $0.isStarted || (hasEnded && $0.current != nil) : $0.hasSucceeded
        }
    }

    mutating func planRunning(_ now: Timestamp) {
        guard isPrepared else { return emit(.prepare, now) }
        guard sandbox != nil else { return emit(.createSandbox(attempt: nextSandboxAttempt), now) }
        let initialized = isInitialized
        var mayStart = true
        for index in containers.indices {
            let container = containers[index]
            if container.isRunning { tend(index, now) }
            if container.definition.isInit {
                if !initialized || container.definition.isSidecar, mayStart { advance(index, now) }
                let passed = container.definition.isSidecar ? container.isStarted : container.hasSucceeded
                mayStart = mayStart && passed
            } else if initialized {
                advance(index, now)
            }
        }
    }

    /// One step of a container towards its next attempt.
    private mutating func advance(_ index: Int, _ now: Timestamp) {
        let container = containers[index]
        guard container.wantsAttempt(pod) else { return }
        guard !container.crashes.isWaiting(at: now) else { return waitAfterCrash(index) }
        guard !container.pulls.isWaiting(at: now) else { return waitForPull(index) }
        if let retry = container.configRetry, retry > now { return }
        if let imageID = container.imageID {
            emit(.startContainer(name: container.name, attempt: container.nextAttempt, imageID: imageID), now)
        } else if !inFlight.contains(.start(container.name)) {
            let definition = container.definition
            emit(.ensureImage(container: definition.name, image: definition.image, policy: definition.pullPolicy), now)
        }
    }

    private mutating func waitAfterCrash(_ index: Int) {
        let container = containers[index]
        guard container.waiting?.reason != "CrashLoopBackOff" else { return }
        let identity = "container=\(container.name) pod=\(pod.name)_\(pod.namespace)(\(pod.uid))"
        containers[index].waiting = .init(
            reason: "CrashLoopBackOff",
            message: "back-off \(Self.duration(container.crashes.delay)) restarting failed \(identity)")
        note(
            "BackOff",
            "Back-off restarting failed container \(container.name) in pod \(pod.name)_\(pod.namespace)(\(pod.uid))",
            container: container.name, isWarning: true)
    }

    private mutating func waitForPull(_ index: Int) {
        let container = containers[index]
        guard container.waiting?.reason == "ErrImagePull", inFlight.isDisjoint(with: [.image(container.name)]) else {
            return
        }
        // ErrImagePull stands for one observation; the wait after it is ImagePullBackOff.
        guard container.pullFailureSeen else {
            containers[index].pullFailureSeen = true
            return
        }
        containers[index].pullFailureSeen = false
        let message = "Back-off pulling image \"\(container.definition.image)\""
        containers[index].waiting = .init(reason: "ImagePullBackOff", message: message)
        note("BackOff", message, container: container.name)
        note("Failed", "Error: ImagePullBackOff", container: container.name, isWarning: true)
    }

    /// Whole seconds as Go writes durations: `10s`, `1m20s`, `5m0s`.
    private static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds)
        return whole < 60 ? "\(whole)s" : "\(whole / 60)m\(whole % 60)s"
    }

    /// Hooks, kills and probes of a running container.
    private mutating func tend(_ index: Int, _ now: Timestamp) {
        guard let instance = containers[index].current else { return }
        let container = containers[index]
        if container.isBeingKilled {
            return emit(
                .stopContainer(
                    name: container.name, id: instance.id, preStop: container.definition.preStop,
                    graceSeconds: container.killGrace), now)
        }
        if instance.awaitsPostStart {
            guard let handler = container.definition.postStart else { return }
            return emit(.runPostStart(container: container.name, id: instance.id, handler: handler), now)
        }
        let kinds: [ProbeKind] = container.isStarted ? [.liveness, .readiness] : [.startup]
        for kind in kinds {
            guard let probe = container.definition.probes[kind], var record = container.probes[kind],
                record.nextAt <= now,
                !inFlight.contains(.probe(container.name, kind))
            else { continue }
            record.nextAt = now.adding(seconds: probe.period)
            containers[index].probes[kind] = record
            emit(.probe(container: container.name, id: instance.id, kind: kind, probe: probe), now)
        }
    }
}
