import KubeModel

extension Validation {
    static let placementRules: [String: Rule] = [
        "core/v1.Toleration": { toleration, path, faults in
            let key = toleration.string("key") ?? ""
            let op = toleration.string("operator") ?? "Equal"
            if !key.isEmpty { faults.invalid(path.child("key"), key, Syntax.qualifiedName(key)) }
            if key.isEmpty, op != "Exists" {
                faults.invalid(
                    path.child("operator"), toleration.string("operator") ?? "",
                    "operator must be Exists when `key` is empty, which means \"match all values and all keys\"")
            }
            let value = toleration.string("value") ?? ""
            if op == "Exists", !value.isEmpty {
                faults.invalid(path, value, "value must be empty when `operator` is 'Exists'")
            } else if op == "Equal" {
                faults.invalid(path.child("operator"), value, Syntax.labelValue(value))
            }
            if toleration["tolerationSeconds"] != nil, toleration.string("effect") != "NoExecute" {
                faults.invalid(
                    path.child("effect"), toleration.string("effect") ?? "",
                    "effect must be 'NoExecute' when `tolerationSeconds` is set")
            }
        },
        "core/v1.PreferredSchedulingTerm": weight,
        "core/v1.WeightedPodAffinityTerm": weight,
        "core/v1.TopologySpreadConstraint": { constraint, path, faults in
            if (constraint.int("maxSkew") ?? 0) <= 0 {
                faults.invalid(path.child("maxSkew"), constraint["maxSkew"] ?? 0, "must be greater than zero")
            }
        },
        "core/v1.Taint": { taint, path, faults in
            if let key = taint.string("key"), !key.isEmpty {
                faults.invalid(path.child("key"), key, Syntax.qualifiedName(key))
            }
            let value = taint.string("value") ?? ""
            faults.invalid(path.child("value"), value, Syntax.labelValue(value))
        },
    ]

    private static let weight: Rule = { term, path, faults in
        let weight = term.int("weight") ?? 0
        if !(1...100).contains(weight) {
            faults.invalid(path.child("weight"), .int(weight), "must be in the range 1-100")
        }
    }
}
