import KubeModel

extension PodRecord {
    /// `status.phase` by the rules of "Pod Lifecycle".
    public var phase: String {
        if let settled = settledStatus?.string("phase") { return settled }
        if case .failed = termination?.cause { return "Failed" }
        let apps = containers.filter { !$0.definition.isInit }
        if let termination, termination.stage >= .stoppingSandbox || termination.cause == .completed {
            return apps.allSatisfy { $0.exit?.exitCode == 0 } ? "Succeeded" : "Failed"
        }
        if hasFailedInit { return "Failed" }
        guard isInitialized else { return "Pending" }
        if apps.contains(where: { $0.current == nil }) { return "Pending" }
        return "Running"
    }

    /// The whole status that this machine vouches for; conditions of other writers are carried along.
    public var status: JSON {
        if let settledStatus { return settledStatus }
        var status: JSON = [
            "phase": .string(phase), "hostIP": .string(hostAddress), "hostIPs": [["ip": .string(hostAddress)]],
            "qosClass": .string(pod.qosClass),
        ]
        let foreign = pod.object.status.array("conditions").filter {
            !PodCondition.owned.contains($0.string("type") ?? "")
        }
        status["conditions"] = .array(conditions.map(\.json) + foreign)
        if let startTime { status["startTime"] = .string(startTime.rfc3339) }
        if let address = addresses.first {
            status["podIP"] = .string(address)
            status["podIPs"] = .array(addresses.map { ["ip": .string($0)] })
        }
        if case .failed(let reason, let message) = termination?.cause {
            status["reason"] = .string(reason)
            status["message"] = .string(message)
        }
        let inits = containers.filter(\.definition.isInit).map(containerStatus)
        if !inits.isEmpty { status["initContainerStatuses"] = .array(inits) }
        status["containerStatuses"] = .array(containers.filter { !$0.definition.isInit }.map(containerStatus))
        return status
    }

    private func containerStatus(_ container: ContainerRecord) -> JSON {
        var status: JSON = [
            "name": .string(container.name), "image": .string(container.definition.image),
            "imageID": .string(container.current?.imageID ?? ""), "ready": .bool(container.isReady),
            "restartCount": .int(Int64(container.restartCount)),
            "started": .bool(
                container.definition.isInit && !container.definition.isSidecar
                    ? container.isRunning : container.isStarted),
            "state": state(container), "lastState": lastState(container),
        ]
        if let id = container.current?.id { status["containerID"] = .string("containerd://\(id)") }
        return status
    }

    private func state(_ container: ContainerRecord) -> JSON {
        if container.isRunning, let started = container.current?.startedAt {
            return ["running": ["startedAt": .string(started.rfc3339)]]
        }
        if container.waiting == nil || hasEnded, let instance = container.current, let exit = instance.exit {
            return terminated(exit, instance.id)
        }
        if hasEnded, container.current == nil, case .deleted = termination?.cause, !container.definition.isInit {
            return [
                "terminated": [
                    "exitCode": 137, "reason": "ContainerStatusUnknown",
                    "message": "The container could not be located when the pod was terminated",
                ]
            ]
        }
        var waiting: JSON = ["reason": .string(container.waiting?.reason ?? standardWait(container))]
        if let message = container.waiting?.message, !message.isEmpty { waiting["message"] = .string(message) }
        return ["waiting": waiting]
    }

    private func standardWait(_ container: ContainerRecord) -> String {
        let hasInit = containers.contains { $0.definition.isInit }
        return hasInit && !(isInitialized && !container.definition.isInit) ? "PodInitializing" : "ContainerCreating"
    }

    private func lastState(_ container: ContainerRecord) -> JSON {
        if container.waiting != nil, !hasEnded, let instance = container.current, let exit = instance.exit {
            return terminated(exit, instance.id)
        }
        guard let last = container.last, let exit = last.exit else { return [:] }
        return terminated(exit, last.id)
    }

    private func terminated(_ exit: ContainerExit, _ id: String) -> JSON {
        var state: JSON = [
            "exitCode": .int(Int64(exit.exitCode)), "reason": .string(exit.reason),
            "startedAt": .string(exit.startedAt.rfc3339), "finishedAt": .string(exit.finishedAt.rfc3339),
            "containerID": .string("containerd://\(id)"),
        ]
        if !exit.message.isEmpty { state["message"] = .string(exit.message) }
        return ["terminated": state]
    }
}
