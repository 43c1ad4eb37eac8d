import Domain
import KubeModel

/// What an autoscaler's metrics say together: the most pods that any of them calls for.
struct AutoscalingMetrics {
    struct Proposal: Equatable {
        var replicas: Int64
        /// What the metric is called.
        var name: String
        /// Why the count is to change, for people.
        var reason: String
    }

    struct Fault: Error, Equatable {
        /// The condition's reason.
        var reason: String
        var message: String
    }

    /// `status.currentMetrics`, in the order of `spec.metrics`; one that cannot be had has only its type.
    private(set) var statuses: [JSON] = []
    /// Nil where the metrics call for nothing that could be relied on.
    private(set) var proposal: Proposal?
    private(set) var fault: Fault?
    /// The newest usage report that was looked at.
    private(set) var position: Position?

    /// Seconds after which a report says nothing about now.
    private static let longestAge = 60.0

    init(
        of autoscaler: KubeObject, current: Int64, pods: [KubeObject], tolerance: AutoscalingBehavior.Tolerance,
        in view: any ClusterView, now: Timestamp
    ) {
        let measured = pods.map { pod -> MeasuredPod in
            let interval = view.usage(onNode: pod.nodeName).flatMap { interval in
                now.seconds(since: interval.end) <= max(Self.longestAge, 3 * interval.seconds) ? interval : nil
            }
            return MeasuredPod(pod: pod, interval: interval, use: interval?.pod(uid: pod.uid))
        }
        position = measured.compactMap { $0.use == nil ? nil : $0.interval?.position }.max()
        for metric in autoscaler.spec.array("metrics") {
            do throws(Fault) {
                let result = try ResourceMetric(metric).evaluate(
                    measured, current: current, tolerance: tolerance, now: now)
                statuses.append(result.status)
                if result.proposal.replicas > proposal?.replicas ?? -1 { proposal = result.proposal }
            } catch {
                statuses.append(["type": metric["type"] ?? ""])
                fault = fault ?? error
            }
        }
        // With a metric missing it may be that one which holds the pods up.
        if fault != nil, proposal?.replicas ?? 0 < current { proposal = nil }
    }
}

/// A pod with what its node reported of it.
struct MeasuredPod {
    let pod: KubeObject
    let interval: UsageInterval?
    let use: UsageInterval.Pod?
}

/// A metric of type `Resource` or `ContainerResource`: what pods use of cpu or memory, against its target.
struct ResourceMetric: Equatable {
    enum Resource: String { case cpu, memory }

    enum Target: Equatable {
        /// Percent of what the pods request.
        case utilization(Int64)
        /// Thousandths of a core, or bytes, of a pod.
        case averageValue(Int64)
    }

    let type: String
    let resource: Resource
    /// Nil for whole pods.
    let container: String?
    let target: Target

    /// - Throws: why a metric cannot be had.
    init(_ metric: JSON) throws(AutoscalingMetrics.Fault) {
        type = metric.string("type") ?? ""
        let member = type == "Resource" ? "resource" : "containerResource"
        guard type == "Resource" || type == "ContainerResource", let source = metric[member] else {
            throw AutoscalingMetrics.Fault(
                reason: "FailedGet\(type)Metric",
                message: "Metrics of type \(type) come from a metrics adapter, and none is installed; use Resource or "
                    + "ContainerResource.")
        }
        let name = source.string("name") ?? ""
        guard let resource = Resource(rawValue: name) else {
            throw AutoscalingMetrics.Fault(
                reason: "FailedGet\(type)Metric", message: "The use of \(name) is not measured; name cpu or memory.")
        }
        self.resource = resource
        container = type == "Resource" ? nil : source.string("container") ?? ""
        if let percent = source.int("target", "averageUtilization") {
            target = .utilization(percent)
        } else if let quantity = Quantity(json: source["target"]?["averageValue"]) {
            target = .averageValue(resource == .cpu ? quantity.milliValue : quantity.value)
        } else {
            throw AutoscalingMetrics.Fault(
                reason: "FailedGet\(type)Metric", message: "The target of \(name) has no average to aim at.")
        }
    }

    private var wanted: Int64 {
        switch target {
        case .utilization(let percent): percent
        case .averageValue(let value): value
        }
    }

    /// `cpu utilization`, `memory of container app`.
    private var name: String {
        var name = resource.rawValue
        if case .utilization = target { name += " utilization" }
        return name + (container.map { " of container \($0)" } ?? "")
    }

    /// A level as the target states it.
    private func text(_ level: Int64) -> String {
        switch target {
        case .utilization: "\(level)%"
        case .averageValue: quantity(level)
        }
    }

    private func quantity(_ amount: Int64) -> String { resource == .cpu ? "\(amount)m" : "\(amount)" }

    func evaluate(
        _ pods: [MeasuredPod], current: Int64, tolerance: AutoscalingBehavior.Tolerance, now: Timestamp
    ) throws(AutoscalingMetrics.Fault) -> (proposal: AutoscalingMetrics.Proposal, status: JSON) {
        let sample = PodSample(pods, of: self, now: now)
        guard !sample.used.isEmpty else {
            throw AutoscalingMetrics.Fault(
                reason: "FailedGet\(type)Metric",
                message: "No ready pod's use of \(resource.rawValue) has been reported yet.")
        }
        let gauge = Gauge(target: target, requests: try requests(of: pods.map(\.pod)))
        let replicas = gauge.replicas(current: current, sample, tolerance)
        let level = gauge.level(sample.used)
        let side = level > wanted ? "above" : level < wanted ? "below" : "at"
        let reason = "\(name) is \(text(level)), \(side) its target of \(text(wanted))"
        return (
            AutoscalingMetrics.Proposal(replicas: replicas, name: name, reason: reason),
            status(level: level, average: Gauge(target: .averageValue(1), requests: [:]).level(sample.used))
        )
    }

    private func status(level: Int64, average: Int64) -> JSON {
        var current: JSON = ["averageValue": .string(quantity(average))]
        if case .utilization = target { current["averageUtilization"] = .int(level) }
        var source: JSON = ["name": .string(resource.rawValue), "current": current]
        if let container { source["container"] = .string(container) }
        return ["type": .string(type), type == "Resource" ? "resource" : "containerResource": source]
    }

    /// What each pod requests, by uid; empty where the target is no share of it.
    private func requests(of pods: [KubeObject]) throws(AutoscalingMetrics.Fault) -> [String: Int64] {
        guard case .utilization = target else { return [:] }
        var requests: [String: Int64] = [:]
        for pod in pods {
            let total = try request(of: pod)
            requests[pod.uid] = resource == .cpu ? total.milliValue : total.value
        }
        return requests
    }

    private func request(of pod: KubeObject) throws(AutoscalingMetrics.Fault) -> Quantity {
        if container == nil, let whole = Quantity(json: pod.spec["resources"]?["requests"]?[resource.rawValue]) {
            return whole
        }
        let sidecars = pod.spec.array("initContainers").filter { $0.string("restartPolicy") == "Always" }
        var total = Quantity.zero
        for one in pod.spec.array("containers") + sidecars where container == nil || one.string("name") == container {
            guard let request = Quantity(json: one["resources"]?["requests"]?[resource.rawValue]), request > .zero
            else {
                throw AutoscalingMetrics.Fault(
                    reason: "FailedGet\(type)Metric",
                    message: "Container \(one.string("name") ?? "") requests no \(resource.rawValue), so that there is "
                        + "nothing to take a percentage of; state resources.requests.\(resource.rawValue).")
            }
            total += request
        }
        return total
    }

    /// Thousandths of a core, or bytes; nil where it was not reported.
    func amount(of pod: MeasuredPod) -> Int64? {
        let use: ResourceUse?
        if let container {
            use = pod.use?.containers.first { $0.name == container }?.use
        } else {
            use = pod.use?.use
        }
        return use.map { resource == .cpu ? Quantity(nano: Int128($0.nanoCores)).milliValue : $0.memory }
    }
}
