import KubeModel

extension Validation {
    static let workloadRules: [String: Rule] = [
        "apps/v1.ReplicaSetSpec": { spec, path, faults in
            faults.nonNegative(spec, "replicas", "minReadySeconds", at: path)
            template(spec, "replica set", path, &faults)
        },
        "apps/v1.DeploymentSpec": { spec, path, faults in
            faults.nonNegative(
                spec, "replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds", at: path)
            template(spec, "deployment", path, &faults)
            if let deadline = spec.int("progressDeadlineSeconds"), deadline <= spec.int("minReadySeconds") ?? 0 {
                faults.invalid(
                    path.child("progressDeadlineSeconds"), .int(deadline), "must be greater than minReadySeconds")
            }
        },
        "apps/v1.DeploymentStrategy": { strategy, path, faults in
            let type = strategy.string("type") ?? ""
            for (name, owner) in [("rollingUpdate", "RollingUpdate"), ("blueGreen", "BlueGreen")]
            where strategy[name] != nil && type != owner {
                faults.forbidden(path.child(name), "may not be specified when strategy `type` is '\(type)'")
            }
        },
        "apps/v1.RollingUpdateDeployment": { options, path, faults in
            let unavailable = count(options["maxUnavailable"], path.child("maxUnavailable"), most: 100, &faults)
            let surge = count(options["maxSurge"], path.child("maxSurge"), most: nil, &faults)
            if unavailable == 0, surge == 0 {
                faults.invalid(
                    path.child("maxUnavailable"), options["maxUnavailable"] ?? 0, "may not be 0 when `maxSurge` is 0")
            }
        },
        "apps/v1.BlueGreenDeployment": { options, path, faults in
            faults.nonNegative(options, "drainSeconds", "scaleDownDelaySeconds", "progressDeadlineSeconds", at: path)
        },
    ]

    /// The number of a count or percentage; nil where it is faulty.
    private static func count(
        _ value: JSON?, _ path: FieldPath, most: Int64?, _ faults: inout Faults
    ) -> Int64? {
        guard let value else { return 0 }
        guard let text = value.stringValue else {
            let number = value.intValue ?? 0
            if number < 0 { faults.invalid(path, value, "must be greater than or equal to 0") }
            return number
        }
        guard let percent = Syntax.percent(text) else {
            faults.invalid(path, text, Syntax.percentMessage)
            return nil
        }
        if let most, percent > most { faults.invalid(path, text, "must not be greater than 100%") }
        return percent
    }

    private static func template(_ spec: JSON, _ kind: String, _ path: FieldPath, _ faults: inout Faults) {
        if let selector = LabelSelector(json: spec["selector"]) {
            if selector.isEmpty {
                faults.invalid(
                    path.child("selector"), spec["selector"] ?? [:], "empty selector is invalid for \(kind)")
            } else if !selector.matches(spec.stringMap("template", "metadata", "labels")) {
                faults.invalid(
                    path.child("template").child("metadata").child("labels"),
                    .object(spec.object("template", "metadata", "labels")),
                    "`selector` does not match template `labels`")
            }
        }
        let pod = spec["template"]?["spec"] ?? [:]
        let path = path.child("template").child("spec")
        if let policy = pod.string("restartPolicy"), policy == "OnFailure" || policy == "Never" {
            faults.unsupported(path.child("restartPolicy"), .string(policy), ["Always"])
        }
        if pod["activeDeadlineSeconds"] != nil {
            faults.forbidden(
                path.child("activeDeadlineSeconds"), "activeDeadlineSeconds in ReplicaSet is not Supported")
        }
    }

    /// The selector tells whose pods are whose, so it stays.
    static let selectorChange: ChangeRule = { new, old, faults in
        faults.immutable(
            new["spec"]?["selector"], old["spec"]?["selector"], FieldPath.spec.child("selector"))
    }
}
