import KubeModel

extension PodRecord {
    /// Compares with what the runtime holds; the first time adopts it.
    mutating func listed(
        _ sandboxes: [ObservedSandbox], _ observed: [ObservedContainer], _ at: Timestamp, _ now: Timestamp
    ) {
        if !isAdopted { adopt(sandboxes, observed, now) } else { compare(sandboxes, observed, at, now) }
    }

    private mutating func adopt(_ sandboxes: [ObservedSandbox], _ observed: [ObservedContainer], _ now: Timestamp) {
        isAdopted = true
        let newest = sandboxes.max { $0.attempt < $1.attempt }
        nextSandboxAttempt = (newest?.attempt ?? -1) + 1
        for other in sandboxes where other.id != newest?.id { lostSandboxes.append(other.id) }
        if let newest {
            sandbox = Sandbox(id: newest.id, attempt: newest.attempt, addresses: newest.addresses, learnedAt: now)
        }
        for index in containers.indices {
            let mine = observed.filter { $0.name == containers[index].name }.sorted { $0.attempt < $1.attempt }
            adopt(mine, at: index, now)
        }
        // The stopped sandbox of a pod that has run its course stays for its logs.
        if let newest, !newest.isReady, !isComplete, settledStatus == nil, !pod.isBeingDeleted { loseSandbox(now) }
    }

    private mutating func adopt(_ observed: [ObservedContainer], at index: Int, _ now: Timestamp) {
        let name = containers[index].name
        let statuses = pod.object.status.array("containerStatuses") + pod.object.status.array("initContainerStatuses")
        if let known = statuses.first(where: { $0.string("name") == name }),
            known.string("containerID")?.isEmpty == false
        {
            containers[index].nextAttempt = Int(clamping: known.int("restartCount") ?? 0) + 1
        }
        for one in observed {
            switch one.state {
            case .created: uselessContainers.append(one.id)
            case .running(let startedAt):
                containers[index].start(id: one.id, attempt: one.attempt, imageID: one.imageID, at: startedAt, now: now)
                // Whether its postStart had ended is not known; it is not run twice.
                containers[index].current?.awaitsPostStart = false
            case .exited(let exit):
                if let old = containers[index].last { uselessContainers.append(old.id) }
                containers[index].start(
                    id: one.id, attempt: one.attempt, imageID: one.imageID, at: exit.startedAt, now: now)
                containers[index].end(exit)
            }
            containers[index].nextAttempt = max(containers[index].nextAttempt, one.attempt + 1)
        }
    }

    private mutating func compare(
        _ sandboxes: [ObservedSandbox], _ observed: [ObservedContainer], _ at: Timestamp, _ now: Timestamp
    ) {
        for index in containers.indices { compare(index, observed, at, now) }
        if let mine = sandbox, mine.learnedAt < at, (termination?.stage ?? .draining(until: now)) < .stoppingSandbox {
            let found = sandboxes.first { $0.id == mine.id }
            if found?.isReady != true { loseSandbox(now) }
        }
        // What stands there from a creation whose answer never came.
        if !inFlight.contains(.sandbox), !hasEnded {
            for other in sandboxes where other.id != sandbox?.id && !lostSandboxes.contains(other.id) {
                lostSandboxes.append(other.id)
                nextSandboxAttempt = max(nextSandboxAttempt, other.attempt + 1)
            }
        }
    }

    private mutating func compare(_ index: Int, _ observed: [ObservedContainer], _ at: Timestamp, _ now: Timestamp) {
        let name = containers[index].name
        if let instance = containers[index].current, instance.exit == nil, instance.learnedAt < at {
            switch observed.first(where: { $0.id == instance.id })?.state {
            case .running, .created: break
            case .exited(let exit): end(index, exit)
            case nil: end(index, Self.unknownExit(instance, now))
            }
        }
        guard !inFlight.contains(.start(name)) else { return }
        let newest = containers[index].current?.attempt ?? -1
        for one in observed where one.name == name && one.attempt > newest {
            if case .running(let startedAt) = one.state {
                containers[index].start(id: one.id, attempt: one.attempt, imageID: one.imageID, at: startedAt, now: now)
            } else if !uselessContainers.contains(one.id) {
                uselessContainers.append(one.id)
                containers[index].nextAttempt = max(containers[index].nextAttempt, one.attempt + 1)
            }
        }
    }

    private static func unknownExit(_ instance: ContainerRecord.Instance, _ now: Timestamp) -> ContainerExit {
        ContainerExit(
            exitCode: 137, reason: "ContainerStatusUnknown",
            message: "The container could not be located when the pod was checked", startedAt: instance.startedAt,
            finishedAt: now)
    }

    /// The sandbox is gone and with it everything in it; a new one is made while containers are wanted.
    private mutating func loseSandbox(_ now: Timestamp) {
        guard let lost = sandbox else { return }
        lostSandboxes.append(lost.id)
        sandbox = nil
        for index in containers.indices {
            if let instance = containers[index].current, instance.exit == nil {
                end(index, Self.unknownExit(instance, now))
            }
        }
        guard termination == nil, settledStatus == nil, !isComplete else { return }
        for index in containers.indices where containers[index].definition.isInit && containers[index].current != nil {
            containers[index].mustRunAgain = true
        }
        note("SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")
    }
}
