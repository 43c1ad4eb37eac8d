import KubeModel

extension Rollout {
    private func sum(_ member: String) -> Int64 { replicaSets.reduce(0) { $0 + $1.count(member) } }

    /// All pods are of the present template, available, and none of another remains.
    var isComplete: Bool {
        guard let new = newReplicaSet, new.isObserved, !new.isResized else { return false }
        let isLive = strategy.blueGreen == nil || status.string("blueGreen", "activeHash") == new.hash
        return isLive && new.count("replicas") == replicas && sum("replicas") == replicas
            && sum("availableReplicas") == replicas
    }

    mutating func writeStatus() {
        let available = sum("availableReplicas")
        status.setCount("replicas", sum("replicas"))
        status.setCount("updatedReplicas", newReplicaSet?.count("replicas") ?? 0)
        status.setCount("readyReplicas", sum("readyReplicas"))
        status.setCount("availableReplicas", available)
        status.setCount("unavailableReplicas", max(0, sum("replicas") - available))
        status["observedGeneration"] = .int(deployment.generation)
        if strategy.blueGreen == nil { status["blueGreen"] = nil }
        setAvailableCondition(available)
        setProgressingCondition()
        guard status != deployment.status else { return }
        var changed = deployment
        changed.json["status"] = status
        let isSwitch =
            strategy.blueGreen != nil && hasSwitched
            && status.string("blueGreen", "activeHash") != deployment.status.string("blueGreen", "activeHash")
        plan.writes.append(isSwitch ? .switchTraffic(changed) : .updateStatus(.deployments, changed))
        if isSwitch {
            let message = status.string("blueGreen", "message") ?? ""
            plan.notes.append(Note(about: deployment, reason: "TrafficSwitched", message: message))
        }
    }

    private mutating func setAvailableCondition(_ available: Int64) {
        let isAvailable = available >= replicas - strategy.maxUnavailable
        status.setCondition(
            "Available", isAvailable ? "True" : "False",
            reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            message: isAvailable ? "Enough replicas are available." : "Too few replicas are available.", now: now,
            updateTime: true)
    }

    private mutating func setProgressingCondition() {
        let deadline = deployment.spec.int("progressDeadlineSeconds") ?? 600
        let current = status.array("conditions").first { $0.string("type") == "Progressing" }
        let reason = current?.string("reason")
        if deadline >= Int64(Int32.max) { return status.removeCondition("Progressing") }
        if isPaused {
            if reason != "ProgressDeadlineExceeded" {
                progressing("Unknown", "DeploymentPaused", "The rollout is paused.")
            }
            return
        }
        if reason == "DeploymentPaused" { return progressing("Unknown", "DeploymentResumed", "The rollout goes on.") }
        let new = newReplicaSet
        let wasComplete = reason == "NewReplicaSetAvailable"
        if isComplete {
            return progressing(
                "True", "NewReplicaSetAvailable", "ReplicaSet \"\(new?.name ?? "")\" has taken over.",
                touch: !wasComplete)
        }
        let updated = status.int("updatedReplicas") ?? 0
        if wasComplete, updated == replicas, status.int("replicas") ?? 0 == updated { return }
        if let hold = blueGreenHold { return progressing(hold.status, hold.reason, hold.message) }
        guard let new else { return }
        // A condition that does not name this ReplicaSet is of an earlier rollout, or of a time when this one stood still.
        if wasComplete || current?.string("message")?.contains("\"\(new.name)\"") != true {
            progressing("True", "NewReplicaSetCreated", "ReplicaSet \"\(new.name)\" was created.", touch: true)
        } else if hasProgressed {
            progressing("True", "ReplicaSetUpdated", "ReplicaSet \"\(new.name)\" is progressing.", touch: true)
        } else if reason != "ProgressDeadlineExceeded" {
            checkDeadline(deadline, current: current, name: new.name)
        }
        requeueAtDeadline(deadline)
    }

    private mutating func checkDeadline(_ deadline: Int64, current: JSON?, name: String) {
        guard let since = current?.string("lastUpdateTime").flatMap(Timestamp.init(rfc3339:)),
            now.seconds(since: since) > Double(deadline)
        else { return }
        progressing(
            "False", "ProgressDeadlineExceeded",
            "ReplicaSet \"\(name)\" made no progress for \(deadline) seconds; look at its pods with kubectl describe.")
    }

    private mutating func requeueAtDeadline(_ deadline: Int64) {
        let current = status.array("conditions").first { $0.string("type") == "Progressing" }
        guard current?.string("reason") != "ProgressDeadlineExceeded",
            let since = current?.string("lastUpdateTime").flatMap(Timestamp.init(rfc3339:))
        else { return }
        requeue(after: Double(deadline) - now.seconds(since: since) + 1)
    }

    mutating func requeue(after seconds: Double) {
        plan.requeueAfter = min(plan.requeueAfter ?? .infinity, max(seconds, 0.1))
    }

    private mutating func progressing(_ status: String, _ reason: String, _ message: String, touch: Bool = false) {
        self.status.setCondition(
            "Progressing", status, reason: reason, message: message, now: now, updateTime: true, touch: touch)
    }

    /// More new pods, fewer old ones, or more that serve, than the last status said.
    private var hasProgressed: Bool {
        let before = deployment.status
        func value(_ json: JSON, _ member: String) -> Int64 { json.int(member) ?? 0 }
        func old(_ json: JSON) -> Int64 { value(json, "replicas") - value(json, "updatedReplicas") }
        return value(status, "updatedReplicas") > value(before, "updatedReplicas") || old(status) < old(before)
            || value(status, "readyReplicas") > value(before, "readyReplicas")
            || value(status, "availableReplicas") > value(before, "availableReplicas")
    }
}
