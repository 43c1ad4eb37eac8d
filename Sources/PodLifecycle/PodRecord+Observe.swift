import KubeModel

extension PodRecord {
    /// Updates what is known.
    mutating func observe(_ observation: Observation, _ now: Timestamp) {
        if let work = observation.completes {
            switch observation {
            case .failed(_, let message), .prepareFailed(_, let message): failed(work, message, now)
            default: retries[work] = nil
            }
        }
        switch observation {
        case .tick, .failed: break
        case .podChanged(let object): if object.uid == pod.uid { pod = PodDefinition(object) }
        case .podGone: isObjectGone = true
        case .listed(let sandboxes, let containers, let at): listed(sandboxes, containers, at, now)
        case .prepared: isPrepared = true
        case .prepareFailed(let reason, let message): note(reason, message, isWarning: true)
        case .refused(let reason, let message):
            note(reason, message, isWarning: true)
            if termination == nil { terminate(.failed(reason: reason, message: message), now) }
        case .sandboxCreated(let id, let attempt, let addresses):
            sandbox = Sandbox(id: id, attempt: attempt, addresses: addresses, learnedAt: now)
            nextSandboxAttempt = attempt + 1
        case .sandboxRemoved(let id): lostSandboxes.removeAll { $0 == id }
        case .containerRemoved(let id): uselessContainers.removeAll { $0 == id }
        case .imageReady, .imageFailed, .imageAbsent: observeImage(observation, now)
        case .started, .startFailed, .configFailed, .postStartEnded, .exited: observeContainer(observation, now)
        case .probed(let name, let id, let kind, let failure): probed(name, id, kind, failure, now)
        case .drained: if case .draining = termination?.stage { beginStopping(now) }
        case .sandboxStopped: advance(from: .stoppingSandbox, to: .reportingUsage)
        case .usageReported: advance(from: .reportingUsage, to: .releasing)
        case .released: advance(from: .releasing, to: .ended)
        case .removed: advance(from: .removing, to: isObjectGone ? .finished : .deletingObject)
        case .objectDeleted: advance(from: .deletingObject, to: .finished)
        }
    }

    private mutating func failed(_ work: Work, _ message: String, _ now: Timestamp) {
        retries[work, default: .ofWork].fail(at: now)
        if work == .sandbox {
            note("FailedCreatePodSandBox", "Failed to create pod sandbox: \(message)", isWarning: true)
        }
        if case .stop = work { note("FailedKillPod", "error killing pod: \(message)", isWarning: true) }
        // A start whose outcome is unknown is looked up in the next listing.
        if case .start(let name) = work, let index = index(name) {
            containers[index].imageID = nil
            containers[index].waiting = .init(reason: "CreateContainerError", message: message)
        }
    }

    func index(_ name: String) -> Int? { containers.firstIndex { $0.name == name } }

    private mutating func observeImage(_ observation: Observation, _ now: Timestamp) {
        switch observation {
        case .imageReady(let name, let imageID, let pulled):
            guard let index = index(name) else { return }
            containers[index].imageID = imageID
            containers[index].pulls = BackOff()
            let image = containers[index].definition.image
            note(
                "Pulled",
                pulled
                    ? "Successfully pulled image \"\(image)\""
                    : "Container image \"\(image)\" already present on machine",
                container: name)
        case .imageFailed(let name, let message):
            guard let index = index(name) else { return }
            containers[index].pulls.fail(at: now)
            containers[index].waiting = .init(reason: "ErrImagePull", message: message)
            let image = containers[index].definition.image
            note("Failed", "Failed to pull image \"\(image)\": \(message)", container: name, isWarning: true)
            note("Failed", "Error: ErrImagePull", container: name, isWarning: true)
        case .imageAbsent(let name):
            guard let index = index(name) else { return }
            containers[index].pulls.fail(at: now)
            let message =
                "Container image \"\(containers[index].definition.image)\" is not present with pull policy of Never"
            containers[index].waiting = .init(reason: "ErrImageNeverPull", message: message)
            note("ErrImageNeverPull", message, container: name, isWarning: true)
        default: break
        }
    }

    private mutating func observeContainer(_ observation: Observation, _ now: Timestamp) {
        switch observation {
        case .started(let name, let id, let attempt, let imageID, let at):
            guard let index = index(name), !isOld(attempt, index) else { return }
            containers[index].start(id: id, attempt: attempt, imageID: imageID, at: at, now: now)
            note("Started", "Container started", container: name)
        case .startFailed(let name, let id, let attempt, let imageID, let message):
            guard let index = index(name), !isOld(attempt, index) else { return }
            containers[index].start(id: id, attempt: attempt, imageID: imageID, at: now, now: now)
            containers[index].end(
                ContainerExit(exitCode: 128, reason: "StartError", message: message, startedAt: now, finishedAt: now))
            note("Failed", "Error: \(message)", container: name, isWarning: true)
        case .configFailed(let name, let reason, let message):
            guard let index = index(name) else { return }
            containers[index].waiting = .init(reason: reason, message: message)
            containers[index].configRetry = now.adding(seconds: BackOff.initial)
            containers[index].imageID = nil
            note("Failed", "Error: \(message)", container: name, isWarning: true)
        case .postStartEnded(let name, let id, let failure):
            guard let index = index(name), containers[index].current?.id == id else { return }
            containers[index].current?.awaitsPostStart = false
            guard let failure, containers[index].isRunning else { return }
            note("FailedPostStartHook", "PostStartHook failed: \(failure)", container: name, isWarning: true)
            kill(index, grace: pod.graceSeconds, "FailedPostStartHook")
        case .exited(let name, let id, let exit):
            guard let index = index(name), containers[index].current?.id == id else { return }
            end(index, exit)
        default: break
        }
    }

    private func isOld(_ attempt: Int, _ index: Int) -> Bool {
        containers[index].current.map { attempt <= $0.attempt } ?? false
    }

    /// An attempt ended; the one before it is no longer kept for its logs.
    mutating func end(_ index: Int, _ exit: ContainerExit) {
        guard containers[index].isRunning else { return }
        if let old = containers[index].last { uselessContainers.append(old.id) }
        containers[index].end(exit)
        if let id = containers[index].current?.id {
            inFlight.remove(.stop(id, forced: false))
            inFlight.remove(.stop(id, forced: true))
        }
    }

    /// Marks the running attempt for a kill and restart.
    mutating func kill(_ index: Int, grace: Int64, _ why: String) {
        guard containers[index].isRunning, !containers[index].isBeingKilled else { return }
        containers[index].isBeingKilled = true
        containers[index].killGrace = grace
        note(
            "Killing", "Container \(containers[index].name) \(why), will be restarted",
            container: containers[index].name)
    }

    private mutating func probed(_ name: String, _ id: String, _ kind: ProbeKind, _ failure: String?, _ now: Timestamp)
    {
        guard let index = index(name), containers[index].current?.id == id, containers[index].isRunning,
            let probe = containers[index].definition.probes[kind], var record = containers[index].probes[kind]
        else { return }
        let failed = record.record(success: failure == nil, probe)
        record.nextAt = max(record.nextAt, now)
        containers[index].probes[kind] = record
        if let failure {
            note("Unhealthy", "\(kind.rawValue) probe failed: \(failure)", container: name, isWarning: true)
        }
        if failed, kind != .readiness {
            kill(index, grace: probe.graceSeconds ?? pod.graceSeconds, "failed \(kind.rawValue.lowercased()) probe")
        }
    }
}
