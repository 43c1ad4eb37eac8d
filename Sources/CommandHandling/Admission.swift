import KubeMachinery
import KubeModel

/// What the server adds to new objects beyond their kind's defaults.
enum Admission {
    static func admit(_ object: inout JSON, type: ResourceType) {
        guard type.groupResource == .pods else { return }
        if (object.string("spec", "serviceAccountName") ?? "").isEmpty {
            object[["spec", "serviceAccountName"]] = "default"
            object[["spec", "serviceAccount"]] = "default"
        }
        if object[["spec", "priority"]] == nil { object[["spec", "priority"]] = 0 }
        if object[["spec", "preemptionPolicy"]] == nil { object[["spec", "preemptionPolicy"]] = "PreemptLowerPriority" }
        tolerateLostNodes(&object)
    }

    /// Pods stay for five minutes on a node that is not heard of (Kubernetes: DefaultTolerationSeconds).
    private static func tolerateLostNodes(_ pod: inout JSON) {
        var tolerations = pod.array("spec", "tolerations")
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let isTolerated = tolerations.contains { toleration in
                let effect = toleration.string("effect") ?? ""
                let stated = toleration.string("key") ?? ""
                return (stated == key || (stated.isEmpty && toleration.string("operator") == "Exists"))
                    && (effect.isEmpty || effect == "NoExecute")
            }
            if !isTolerated {
                tolerations.append([
                    "key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
                ])
            }
        }
        pod[["spec", "tolerations"]] = .array(tolerations)
    }
}
