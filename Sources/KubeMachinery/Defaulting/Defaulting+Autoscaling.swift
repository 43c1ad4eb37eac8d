import KubeModel

extension Defaulting {
    static let autoscalingRules: [String: Rule] = [
        "autoscaling/v2.HorizontalPodAutoscalerSpec": { spec in
            spec.fill("minReplicas", 1)
            if spec["metrics"] == nil || spec["metrics"] == [] {
                spec["metrics"] = [
                    [
                        "type": "Resource",
                        "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 80]],
                    ]
                ]
            }
        },
        // Only where a behavior is stated; an autoscaler without one keeps none, and is run by the same figures.
        "autoscaling/v2.HorizontalPodAutoscalerBehavior": { behavior in
            behavior["scaleUp"] = fill(behavior["scaleUp"], scaleUpRules)
            behavior["scaleDown"] = fill(behavior["scaleDown"], scaleDownRules)
        },
    ]

    /// Doubling, or four pods more, every 15 seconds, whichever is more, at once.
    public static let scaleUpRules: JSON = [
        "stabilizationWindowSeconds": 0, "selectPolicy": "Max",
        "policies": [
            ["type": "Pods", "value": 4, "periodSeconds": 15], ["type": "Percent", "value": 100, "periodSeconds": 15],
        ],
    ]

    /// To any size, once it was enough for five minutes (the controller's own default, hence not among the fields).
    public static let scaleDownRules: JSON = [
        "selectPolicy": "Max", "policies": [["type": "Percent", "value": 100, "periodSeconds": 15]],
    ]

    private static func fill(_ stated: JSON?, _ rules: JSON) -> JSON {
        var filled = stated?.objectValue ?? [:]
        for (name, value) in rules.objectValue ?? [:] { filled.fill(name, value) }
        return .object(filled)
    }
}
