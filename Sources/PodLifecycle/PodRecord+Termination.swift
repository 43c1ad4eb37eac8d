import KubeModel

extension PodRecord {
    /// Begins the pod's end.
    mutating func terminate(_ cause: Termination.Cause, _ now: Timestamp) {
        guard cause == .deleted, pod.drainSeconds > 0, !isObjectGone, containers.contains(where: \.isRunning) else {
            termination = Termination(cause: cause, stage: .stoppingContainers(deadline: deadline(now)))
            return
        }
        termination = Termination(
            cause: cause, stage: .draining(until: now.adding(seconds: Double(pod.drainSeconds))))
    }

    /// When what still runs is killed: at once where nobody waits for the object any more.
    private func deadline(_ now: Timestamp) -> Timestamp {
        now.adding(seconds: isObjectGone ? 0 : Double(pod.graceSeconds))
    }

    mutating func beginStopping(_ now: Timestamp) {
        let deadline = deadline(now)
        termination?.stage = .stoppingContainers(deadline: deadline)
    }

    mutating func advance(from: Termination.Stage, to: Termination.Stage) {
        if termination?.stage == from { termination?.stage = to }
    }

    /// Walks the stages until one has to wait.
    mutating func planTermination(_ now: Timestamp) {
        for _ in 0..<9 {
            guard let before = termination?.stage else { return }
            step(before, now)
            if termination?.stage == before { return }
        }
    }

    private mutating func step(_ stage: Termination.Stage, _ now: Timestamp) {
        switch stage {
        case .draining(let until):
            let left = until.seconds(since: now)
            if left <= 0 || isObjectGone || !containers.contains(where: \.isRunning) { return beginStopping(now) }
            emit(.drain(seconds: Int64(left.rounded(.up))), now)
        case .stoppingContainers(let deadline): stopContainers(deadline, now)
        case .stoppingSandbox:
            guard let sandbox else { return advance(from: stage, to: .reportingUsage) }
            emit(.stopSandbox(id: sandbox.id), now)
        case .reportingUsage: emit(.reportFinalUsage, now)
        case .releasing: emit(.releaseResources, now)
        case .ended:
            if pod.isBeingDeleted || isObjectGone { termination?.stage = .removing }
        case .removing: emit(.removePod, now)
        case .deletingObject:
            if isObjectGone { termination?.stage = .finished } else { emit(.deleteObject, now) }
        case .finished: break
        }
    }

    /// App containers first and together, then sidecars one by one from the last.
    private mutating func stopContainers(_ deadline: Timestamp, _ now: Timestamp) {
        let shortened = min(deadline, self.deadline(now))
        if shortened < deadline { termination?.stage = .stoppingContainers(deadline: shortened) }
        // A start or a sandbox under way is waited for: what it makes has to be stopped too.
        guard !inFlight.contains(.sandbox), !inFlight.contains(.prepare),
            !containers.contains(where: { inFlight.contains(.start($0.name)) })
        else { return }
        let running = containers.filter(\.isRunning)
        guard !running.isEmpty else {
            termination?.stage = .stoppingSandbox
            return
        }
        let others = running.filter { !$0.definition.isSidecar }
        let grace = Int64(max(0, shortened.seconds(since: now)).rounded(.up))
        for container in others.isEmpty ? Array(running.suffix(1)) : others { stop(container, grace, now) }
    }

    private mutating func stop(_ container: ContainerRecord, _ grace: Int64, _ now: Timestamp) {
        guard let id = container.current?.id else { return }
        let isUnderWay = inFlight.contains(.stop(id, forced: false)) || inFlight.contains(.stop(id, forced: true))
        guard !isUnderWay || grace <= 0 else { return }
        if !isUnderWay { note("Killing", "Stopping container \(container.name)", container: container.name) }
        let preStop = grace > 0 ? container.definition.preStop : nil
        emit(.stopContainer(name: container.name, id: id, preStop: preStop, graceSeconds: grace), now)
    }
}
