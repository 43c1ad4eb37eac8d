import KubeModel

extension TableLayout {
    static let pods = TableLayout(
        columns: [
            .objectName,
            TableColumn("Ready", "Containers that are ready, of all that should be."),
            TableColumn("Status", "What the pod is doing, or why it cannot."),
            TableColumn("Restarts", "How often its containers were restarted, and when last."),
            .age,
            TableColumn("IP", "Address of the pod.", wide: true),
            TableColumn("Node", "Node that the pod is bound to.", wide: true),
            TableColumn("Nominated Node", "Node where the pod waits for others to make room.", wide: true),
            TableColumn("Readiness Gates", "Readiness gates that are met, of all.", wide: true),
        ],
        cells: { object, now in
            let summary = PodSummary(object)
            return [
                .string(object.name), .string("\(summary.ready)/\(summary.total)"), .string(summary.reason),
                .string(summary.restartText(now)), object.ageCell(now),
                .textOrNone(
                    object.json.array("status", "podIPs").first?.string("ip")
                        ?? object.json.string("status", "podIP")),
                .textOrNone(object.json.string("spec", "nodeName")),
                .textOrNone(object.json.string("status", "nominatedNodeName")),
                .string(summary.readinessGates),
            ]
        },
        conditions: { object in
            switch object.json.string("status", "phase") {
            case "Succeeded": [completed("Succeeded", "The pod has completed successfully.")]
            case "Failed": [completed("Failed", "The pod failed.")]
            default: []
            }
        })

    private static func completed(_ reason: String, _ message: String) -> JSON {
        ["type": "Completed", "status": "True", "reason": .string(reason), "message": .string(message)]
    }
}

/// What one line says about a pod. The rules are those of Kubernetes' printer: the first init container that is not
/// done speaks for the pod; after initialisation the first container with something to say does.
public struct PodSummary: Sendable, Hashable {
    public private(set) var reason: String
    public private(set) var ready = 0
    public private(set) var total: Int
    public private(set) var restarts: Int64 = 0
    private var lastRestart: Timestamp?
    public private(set) var readinessGates = "<none>"

    public init(_ pod: KubeObject) {
        let json = pod.json
        let sidecars = Set(
            json.array("spec", "initContainers").filter { $0.string("restartPolicy") == "Always" }
                .compactMap { $0.string("name") })
        total = json.array("spec", "containers").count + sidecars.count
        reason =
            json.string("status", "reason").flatMap { $0.isEmpty ? nil : $0 }
            ?? json.string("status", "phase") ?? ""
        if pod.condition("PodScheduled")?.string("reason") == "SchedulingGated" { reason = "SchedulingGated" }

        let isInitializing = countInitContainers(json, sidecars: sidecars)
        if !isInitializing || pod.condition("Initialized")?.string("status") == "True" {
            countContainers(json, sidecars: sidecars, isReady: pod.condition("Ready")?.string("status") == "True")
        }
        if pod.isBeingDeleted {
            let phase = json.string("status", "phase")
            if json.string("status", "reason") == "NodeLost" {
                reason = "Unknown"
            } else if phase != "Succeeded", phase != "Failed" {
                reason = "Terminating"
            }
        }
        let gates = json.array("spec", "readinessGates").compactMap { $0.string("conditionType") }
        if !gates.isEmpty {
            let met = gates.filter { pod.condition($0)?.string("status") == "True" }
            readinessGates = "\(met.count)/\(gates.count)"
        }
    }

    /// `3 (5m ago)`, or the bare count where it is not known when.
    public func restartText(_ now: Timestamp) -> String {
        guard restarts > 0, let lastRestart else { return "\(restarts)" }
        let seconds = (now.microseconds - lastRestart.microseconds) / 1_000_000
        return "\(restarts) (\(ShortDuration.text(seconds: seconds)) ago)"
    }

    /// Returns whether an init container is not done yet.
    private mutating func countInitContainers(_ json: JSON, sidecars: Set<String>) -> Bool {
        let total = json.array("spec", "initContainers").count
        for (index, status) in json.array("status", "initContainerStatuses").enumerated() {
            countRestarts(status)
            let terminated = status["state"]?["terminated"]
            if terminated?.int("exitCode") ?? (terminated == nil ? 1 : 0) == 0 { continue }
            if sidecars.contains(status.string("name") ?? ""), status.bool("started") == true {
                if status.bool("ready") == true { ready += 1 }
                continue
            }
            let waiting = status.string("state", "waiting", "reason") ?? ""
            if let terminated {
                reason = "Init:" + Self.reason(terminated: terminated)
            } else if !waiting.isEmpty, waiting != "PodInitializing" {
                reason = "Init:" + waiting
            } else {
                reason = "Init:\(index)/\(total)"
            }
            return true
        }
        return false
    }

    private mutating func countContainers(_ json: JSON, sidecars: Set<String>, isReady: Bool) {
        (restarts, lastRestart) = (0, nil)
        for status in json.array("status", "initContainerStatuses")
        where sidecars.contains(status.string("name") ?? "") {
            countRestarts(status)
        }
        var hasRunning = false
        for status in json.array("status", "containerStatuses").reversed() {
            countRestarts(status)
            let state = status["state"] ?? [:]
            if let waiting = state.string("waiting", "reason"), !waiting.isEmpty {
                reason = waiting
            } else if let terminated = state["terminated"] {
                reason = Self.reason(terminated: terminated)
            } else if status.bool("ready") == true, state["running"] != nil {
                hasRunning = true
                ready += 1
            }
        }
        // A finished sidecar-like container does not hide that others still run.
        if reason == "Completed", hasRunning { reason = isReady ? "Running" : "NotReady" }
    }

    private mutating func countRestarts(_ status: JSON) {
        restarts += status.int("restartCount") ?? 0
        guard let text = status.string("lastState", "terminated", "finishedAt"),
            let time = Timestamp(rfc3339: text)
        else { return }
        lastRestart = max(lastRestart ?? time, time)
    }

    private static func reason(terminated: JSON) -> String {
        if let reason = terminated.string("reason"), !reason.isEmpty { return reason }
        if let signal = terminated.int("signal"), signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated.int("exitCode") ?? 0)"
    }
}
