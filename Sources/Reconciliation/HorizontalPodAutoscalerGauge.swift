import Domain
import KubeModel

/// The pods of a workload as one metric sees them; by uid.
struct PodSample: Equatable {
    /// What pods used that count.
    var used: [String: Int64] = [:]
    /// Pods that should have been reported and were not.
    var missing: Set<String> = []
    /// Pods that do not serve yet, whose use says nothing about the load.
    var unready: Set<String> = []

    /// Seconds in which a new pod's CPU counts only while it is ready (`--horizontal-pod-autoscaler-cpu-initialization-period`).
    private static let initialization = 300.0
    /// Seconds in which a pod that was never ready is taken to be starting
    /// (`--horizontal-pod-autoscaler-initial-readiness-delay`).
    private static let readinessDelay = 30.0

    init(used: [String: Int64] = [:], missing: Set<String> = [], unready: Set<String> = []) {
        (self.used, self.missing, self.unready) = (used, missing, unready)
    }

    init(_ pods: [MeasuredPod], of metric: ResourceMetric, now: Timestamp) {
        for pod in pods where !pod.pod.isBeingDeleted && pod.pod.status.string("phase") != "Failed" {
            let uid = pod.pod.uid
            if pod.pod.status.string("phase") == "Pending" {
                unready.insert(uid)
            } else if let amount = metric.amount(of: pod) {
                if metric.resource == .cpu, !Self.isSettled(pod, now: now) {
                    unready.insert(uid)
                } else {
                    used[uid] = amount
                }
            } else {
                missing.insert(uid)
            }
        }
    }

    /// False while what a pod spends on its start would be taken for load.
    private static func isSettled(_ pod: MeasuredPod, now: Timestamp) -> Bool {
        guard let ready = pod.pod.condition("Ready"), let interval = pod.interval,
            let start = pod.pod.status.string("startTime").flatMap(Timestamp.init(rfc3339:)),
            let changed = ready.string("lastTransitionTime").flatMap(Timestamp.init(rfc3339:))
        else { return false }
        let isReady = ready.string("status") == "True"
        if now.seconds(since: start) < initialization {
            return isReady && interval.end >= changed.adding(seconds: interval.seconds)
        }
        return isReady || changed.seconds(since: start) > readinessDelay
    }
}

/// Compares what pods use with a target, and says how many would meet it.
struct Gauge {
    let target: ResourceMetric.Target
    /// What pods request, by uid; only for a utilization.
    let requests: [String: Int64]

    /// The percentage of the requests, or the average of a pod.
    func level(_ used: [String: Int64]) -> Int64 {
        let total = used.values.reduce(Int128(0)) { $0 + Int128($1) }
        switch target {
        case .utilization:
            let requested = used.keys.reduce(Int128(0)) { $0 + Int128(requests[$1] ?? 0) }
            return requested == 0 ? 0 : Int64(clamping: total * 100 / requested)
        case .averageValue: return used.isEmpty ? 0 : Int64(clamping: total / Int128(used.count))
        }
    }

    private func ratio(_ used: [String: Int64]) -> Double {
        switch target {
        case .utilization(let wanted), .averageValue(let wanted): Double(level(used)) / Double(max(wanted, 1))
        }
    }

    /// What a pod that was not reported is taken to use where that keeps the workload from shrinking.
    private func assumed(of uid: String) -> Int64 {
        switch target {
        case .utilization(let wanted): Int64(clamping: Int128(requests[uid] ?? 0) * Int128(max(100, wanted)) / 100)
        case .averageValue(let wanted): wanted
        }
    }

    /// ceil(pods × level / target). Pods of which nothing is known soften a change: they count as idle where it would
    /// grow and as busy where it would shrink; if that turns the direction, nothing is changed.
    func replicas(current: Int64, _ sample: PodSample, _ tolerance: AutoscalingBehavior.Tolerance) -> Int64 {
        let first = ratio(sample.used)
        let grows = first > 1
        guard !sample.missing.isEmpty || (grows && !sample.unready.isEmpty) else {
            return tolerance.admits(first) ? current : Self.ceiling(first, sample.used.count)
        }
        var used = sample.used
        for uid in sample.missing { used[uid] = grows ? 0 : assumed(of: uid) }
        if grows { for uid in sample.unready { used[uid] = 0 } }
        let second = ratio(used)
        guard !tolerance.admits(second), (second > 1) == grows else { return current }
        let replicas = Self.ceiling(second, used.count)
        return (grows && replicas < current) || (!grows && replicas > current) ? current : replicas
    }

    private static func ceiling(_ ratio: Double, _ pods: Int) -> Int64 {
        // A billionth less, so that 1.2 × 5 is 6 whatever the last bit of the product says.
        Int64(min((ratio * Double(pods) - 1e-9).rounded(.up), Double(Int32.max)))
    }
}
