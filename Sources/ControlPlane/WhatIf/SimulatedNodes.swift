import Domain
import KubeModel
import Reconciliation

/// The node agents of a simulation: says what each bound pod does next, and when.
///
/// Simulated are the steps of a pod's life and what its probes' delays ask for; images are taken to be there, containers
/// to start and go on running, probes to succeed.
struct SimulatedNodes {
    enum Step: Sendable, Hashable { case start, becomeReady, end }

    /// Seconds from the binding to the first container, and for each init container.
    static let startSeconds = 1.0

    private var due: [ObjectKey: (moment: Timestamp, step: Step)] = [:]
    /// Pods that wait for a ConfigMap or a Secret.
    private var blocked: Set<ObjectKey> = []
    /// Pods that failed at the moment of the fork: the record knows that they do, so they stay as they are.
    private let failing: Set<String>
    /// Nodes whose agents were lost at that moment.
    private let lost: Set<String>

    init(_ view: StateView) {
        failing = Set(view.list(.pods, namespace: nil).filter(Self.fails).map(\.uid))
        lost = Set(view.list(.nodes, namespace: nil).filter { !Self.reports($0) }.map(\.name))
    }

    static func reports(_ node: KubeObject) -> Bool { node.condition("Ready")?.string("status") != "Unknown" }

    /// A container that waits for something else than its start, or that has been started again, and is not ready.
    private static func fails(_ pod: KubeObject) -> Bool {
        guard pod.condition("Ready")?.string("status") != "True", !pod.isBeingDeleted else { return false }
        let statuses = pod.json.array("status", "containerStatuses") + pod.json.array("status", "initContainerStatuses")
        return statuses.contains { status in
            let waiting = status[["state", "waiting", "reason"]]?.stringValue
            // What lacks a ConfigMap or a Secret starts once that is there.
            let isStarting = [nil, "ContainerCreating", "PodInitializing", missingReason].contains(waiting)
            return !isStarting || (status.int("restartCount") ?? 0 > 0 && status.bool("ready") != true)
        }
    }

    /// The earliest moment at which a pod has something to do.
    var nextMoment: Timestamp? { due.values.map(\.moment).min() }

    /// The pods that have something to do.
    var acting: [ObjectKey] { Array(due.keys) }

    /// The pods whose time has come, in order.
    mutating func take(until now: Timestamp) -> [(pod: ObjectKey, step: Step)] {
        let taken = due.filter { $0.value.moment <= now }
            .sorted { ($0.value.moment, $0.key) < ($1.value.moment, $1.key) }
        for (pod, _) in taken { due[pod] = nil }
        return taken.map { ($0.key, $0.value.step) }
    }

    /// Follows a change of a pod.
    mutating func note(_ key: ObjectKey, _ pod: KubeObject?, now: Timestamp) {
        if pod?.isBeingDeleted ?? true { blocked.remove(key) }
        guard let pod, !blocked.contains(key), let next = next(pod, now: now) else {
            due[key] = nil
            return
        }
        // What is already on its way stays, unless the pod is another one or is to end.
        if let standing = due[key], standing.step == next.step, next.step != .end { return }
        due[key] = next
    }

    /// Lets a pod wait for something that is not there.
    mutating func block(_ pod: ObjectKey) { blocked.insert(pod) }

    /// The pods of a namespace that waited for something; they are tried again.
    mutating func unblock(_ namespace: String) -> [ObjectKey] {
        let freed = blocked.filter { $0.namespace == namespace }.sorted()
        blocked.subtract(freed)
        return freed
    }

    private func next(_ pod: KubeObject, now: Timestamp) -> (moment: Timestamp, step: Step)? {
        let node = pod.spec.string("nodeName") ?? ""
        guard !node.isEmpty, !lost.contains(node) else { return nil }
        if pod.isBeingDeleted {
            let drain = pod.annotations["purser.dev/drain-seconds"].flatMap { Double($0) } ?? 0
            let deadline = (pod.deletionTimestamp ?? now).adding(seconds: max(drain, 0))
            return (max(deadline, now), .end)
        }
        guard !failing.contains(pod.uid), !["Succeeded", "Failed"].contains(pod.status.string("phase")) else {
            return nil
        }
        if pod.status.string("phase") != "Running" {
            let inits = pod.spec.array("initContainers").count { $0.string("restartPolicy") != "Always" }
            return (now.adding(seconds: Self.startSeconds * Double(1 + inits)), .start)
        }
        guard pod.condition("ContainersReady")?.string("status") != "True" else { return nil }
        return (now.adding(seconds: Self.secondsToReady(pod.spec)), .becomeReady)
    }

    /// What the slowest container's probes wait for before they can have succeeded.
    static func secondsToReady(_ spec: JSON) -> Double {
        let sidecars = spec.array("initContainers").filter { $0.string("restartPolicy") == "Always" }
        return (spec.array("containers") + sidecars).map { container in
            ["startupProbe", "readinessProbe"].reduce(0) { seconds, name in
                guard let probe = container[name] else { return seconds }
                let repeats = max(probe.int("successThreshold") ?? 1, 1) - 1
                let delay = probe.int("initialDelaySeconds") ?? 0
                return seconds + Double(delay) + Double(repeats) * Double(probe.int("periodSeconds") ?? 10)
            }
        }.max() ?? 0
    }
}

// MARK: - Statuses

extension SimulatedNodes {
    static let missingReason = "CreateContainerConfigError"

    /// The status of a pod whose containers have started; ready at once where no probe has to be waited for.
    static func started(_ pod: KubeObject, address: String, now: Timestamp) -> JSON {
        var status = pod.status
        status["phase"] = "Running"
        status["reason"] = nil
        status["message"] = nil
        status["podIP"] = .string(address)
        status["podIPs"] = [["ip": .string(address)]]
        status["startTime"] = status["startTime"] ?? .string(now.rfc3339)
        status.setCondition("Initialized", "True", reason: "", message: "", now: now)
        return secondsToReady(pod.spec) == 0
            ? ready(pod, status, now: now) : containers(pod, status, isReady: false, now: now)
    }

    /// The status of a pod whose probes succeed. What its readiness gates wait for is not simulated.
    static func ready(_ pod: KubeObject, _ status: JSON, now: Timestamp) -> JSON {
        containers(pod, status, isReady: true, now: now)
    }

    /// The status of a pod that cannot start without something that is not there.
    static func missing(_ pod: KubeObject, _ message: String) -> JSON {
        var status = pod.status
        status["phase"] = "Pending"
        status["reason"] = .string(missingReason)
        status["message"] = .string(message)
        return status
    }

    private static func containers(_ pod: KubeObject, _ before: JSON, isReady: Bool, now: Timestamp) -> JSON {
        var status = before
        let word = isReady ? "True" : "False"
        let gates = pod.spec.array("readinessGates").compactMap { $0.string("conditionType") }
        let closed = gates.filter { gate in
            !before.array("conditions").contains { $0.string("type") == gate && $0.string("status") == "True" }
        }
        status.setCondition(
            "ContainersReady", word, reason: isReady ? "" : "ContainersNotReady", message: "", now: now)
        status.setCondition(
            "Ready", isReady && closed.isEmpty ? "True" : "False",
            reason: !isReady ? "ContainersNotReady" : closed.isEmpty ? "" : "ReadinessGatesNotReady",
            message: closed.isEmpty ? "" : "nobody opens the readiness gates \(closed.joined(separator: ", "))",
            now: now)
        status["containerStatuses"] = .array(
            pod.spec.array("containers").map { container in
                [
                    "name": container["name"] ?? "", "image": container["image"] ?? "", "imageID": "",
                    "ready": .bool(isReady), "started": .bool(isReady), "restartCount": 0,
                    "state": ["running": ["startedAt": .string(now.rfc3339)]],
                ]
            })
        return status
    }
}
