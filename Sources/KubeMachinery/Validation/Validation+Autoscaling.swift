import KubeModel

extension Validation {
    static let autoscalingRules: [String: Rule] = [
        "autoscaling/v2.HorizontalPodAutoscalerSpec": { spec, path, faults in
            let least = spec.int("minReplicas")
            if let least, least < 1 {
                faults.invalid(path.child("minReplicas"), .int(least), "must be greater than or equal to 1")
            }
            // The schema lets a count be left out, which is then none.
            let most = spec.int("maxReplicas") ?? 0
            if most < 1 { faults.invalid(path.child("maxReplicas"), .int(most), "must be greater than 0") }
            if let least, most < least {
                faults.invalid(
                    path.child("maxReplicas"), .int(most), "must be greater than or equal to `minReplicas`")
            }
        },
        "autoscaling/v2.CrossVersionObjectReference": { reference, path, faults in
            for name in ["kind", "name"] {
                let text = reference.string(name) ?? ""
                faults.invalid(path.child(name), text, Syntax.pathSegment(text))
            }
        },
        "autoscaling/v2.MetricSpec": metricSource,
        "autoscaling/v2.MetricTarget": { target, path, faults in
            for name in ["averageValue", "value"] {
                guard let value = target[name], let quantity = Quantity(json: value), quantity <= .zero else {
                    continue
                }
                faults.invalid(path.child(name), value, "must be positive")
            }
            faults.range(target, "averageUtilization", path, 1...Int64.max)
        },
        "autoscaling/v2.ResourceMetricSource": utilizationOrValue,
        "autoscaling/v2.ContainerResourceMetricSource": utilizationOrValue,
        "autoscaling/v2.PodsMetricSource": { source, path, faults in
            if source["target"]?["averageValue"] == nil {
                faults.required(
                    path.child("target").child("averageValue"), "must specify a positive target averageValue")
            }
        },
        "autoscaling/v2.ObjectMetricSource": { source, path, faults in
            if source["target"]?["averageValue"] == nil, source["target"]?["value"] == nil {
                faults.required(
                    path.child("target").child("averageValue"), "must set either a target value or averageValue")
            }
        },
        "autoscaling/v2.ExternalMetricSource": { source, path, faults in
            let target = path.child("target")
            switch (source["target"]?["averageValue"], source["target"]?["value"]) {
            case (nil, nil):
                faults.required(
                    target.child("averageValue"), "must set either a target value for metric or a per-pod target")
            case (.some, .some):
                faults.forbidden(
                    target.child("value"), "may not set both a target value for metric and a per-pod target")
            default: break
            }
        },
        "autoscaling/v2.HPAScalingRules": scalingRules,
        "autoscaling/v2.HPAScalingPolicy": { policy, path, faults in
            let (value, period) = (policy.int("value") ?? 0, policy.int("periodSeconds") ?? 0)
            if value <= 0 { faults.invalid(path.child("value"), .int(value), "must be greater than zero") }
            if period <= 0 {
                faults.invalid(path.child("periodSeconds"), .int(period), "must be greater than zero")
            } else if period > longestPeriod {
                faults.invalid(
                    path.child("periodSeconds"), .int(period), "must be less than or equal to \(longestPeriod)")
            }
        },
    ]

    /// Seconds that a policy may look back, and that recommendations may be held.
    private static let longestPeriod: Int64 = 1800
    private static let longestWindow: Int64 = 3600

    /// The member in which each type of metric states its source.
    private static let sources = [
        "ContainerResource": "containerResource", "External": "external", "Object": "object", "Pods": "pods",
        "Resource": "resource",
    ]

    private static func metricSource(_ metric: JSON, _ path: FieldPath, _ faults: inout Faults) {
        guard let type = metric.string("type"), let own = sources[type] else { return }
        for source in sources.values.sorted() where source != own && metric[source] != nil {
            faults.forbidden(path.child(source), "must populate the given metric source only")
        }
        if metric[own] == nil {
            faults.required(path.child(own), "must populate information for the given metric source")
        }
    }

    private static func utilizationOrValue(_ source: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let target = path.child("target")
        switch (source["target"]?["averageUtilization"], source["target"]?["averageValue"]) {
        case (nil, nil):
            faults.required(
                target.child("averageUtilization"), "must set either a target raw value or a target utilization")
        case (.some, .some):
            faults.forbidden(
                target.child("averageValue"), "may not set both a target raw value and a target utilization")
        default: break
        }
    }

    private static func scalingRules(_ rules: JSON, _ path: FieldPath, _ faults: inout Faults) {
        if let window = rules.int("stabilizationWindowSeconds") {
            let field = path.child("stabilizationWindowSeconds")
            if window < 0 { faults.invalid(field, .int(window), "must be greater than or equal to zero") }
            if window > longestWindow {
                faults.invalid(field, .int(window), "must be less than or equal to \(longestWindow)")
            }
        }
        if let value = rules["tolerance"], let tolerance = Quantity(json: value), tolerance < .zero {
            faults.invalid(path.child("tolerance"), value, "must be greater than or equal to 0")
        }
    }
}
