import KubeModel

/// One entry of `status.conditions`.
struct PodCondition: Sendable, Hashable {
    var type: String
    var isTrue: Bool
    var reason = ""
    var message = ""
    var since: Timestamp

    init(_ type: String, _ isTrue: Bool, reason: String = "", message: String = "", since: Timestamp) {
        (self.type, self.isTrue, self.reason, self.message) = (type, isTrue, reason, message)
        self.since = since
    }

    init?(json: JSON) {
        guard let type = json.string("type") else { return nil }
        self.init(
            type, json.string("status") == "True", reason: json.string("reason") ?? "",
            message: json.string("message") ?? "",
            since: json.string("lastTransitionTime").flatMap(Timestamp.init(rfc3339:)) ?? Timestamp(seconds: 0))
    }

    var json: JSON {
        var json: JSON = [
            "type": .string(type), "status": .string(isTrue ? "True" : "False"),
            "lastTransitionTime": .string(since.rfc3339),
        ]
        if !reason.isEmpty { json["reason"] = .string(reason) }
        if !message.isEmpty { json["message"] = .string(message) }
        return json
    }

    /// The conditions that this machine owns; others in the object belong to their writers.
    static let owned: Set<String> = [
        "PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready",
    ]
}

extension PodRecord {
    /// Computes the conditions; a transition time moves only with its condition's status.
    mutating func settleConditions(_ now: Timestamp) {
        guard settledStatus == nil else { return }
        let before = conditions
        conditions = computedConditions(now).map { new in
            guard let old = before.first(where: { $0.type == new.type }), old.isTrue == new.isTrue else { return new }
            var kept = new
            kept.since = old.since
            return kept
        }
    }

    private func computedConditions(_ now: Timestamp) -> [PodCondition] {
        let hasStopped = (termination?.stage ?? .draining(until: now)) > .stoppingSandbox
        return [
            PodCondition("PodReadyToStartContainers", sandbox != nil && !hasStopped, since: now), initialized(now),
            ready("Ready", now), ready("ContainersReady", now),
            PodCondition("PodScheduled", true, since: now),
        ]
    }

    private func initialized(_ now: Timestamp) -> PodCondition {
        if phase == "Succeeded" { return PodCondition("Initialized", true, reason: "PodCompleted", since: now) }
        guard !isInitialized else { return PodCondition("Initialized", true, since: now) }
        let names = containers.filter { container in
            guard container.definition.isInit else { return false }
            return !(container.definition.isSidecar ? container.isStarted : container.hasSucceeded)
        }.map(\.name)
        return PodCondition(
            "Initialized", false, reason: "ContainersNotInitialized",
            message: "containers with incomplete status: [\(names.joined(separator: " "))]", since: now)
    }

    private func ready(_ type: String, _ now: Timestamp) -> PodCondition {
        switch phase {
        case "Succeeded": return PodCondition(type, false, reason: "PodCompleted", since: now)
        case "Failed": return PodCondition(type, false, reason: "PodFailed", since: now)
        default: break
        }
        let unready = containers.filter { (!$0.definition.isInit || $0.definition.isSidecar) && !$0.isReady }.map(
            \.name)
        guard unready.isEmpty else {
            return PodCondition(
                type, false, reason: "ContainersNotReady",
                message: "containers with unready status: [\(unready.joined(separator: " "))]", since: now)
        }
        guard type == "Ready" else { return PodCondition(type, true, since: now) }
        for gate in pod.object.spec.array("readinessGates").compactMap({ $0.string("conditionType") }) {
            guard let condition = pod.object.condition(gate) else {
                return PodCondition(
                    type, false, reason: "ReadinessGatesNotReady",
                    message: "corresponding condition of pod readiness gate \"\(gate)\" does not exist.", since: now)
            }
            guard condition.string("status") == "True" else {
                return PodCondition(
                    type, false, reason: "ReadinessGatesNotReady",
                    message: "the status of pod readiness gate \"\(gate)\" is not \"True\", but False", since: now)
            }
        }
        return PodCondition(type, true, since: now)
    }
}
