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
        if object[["spec", "preemptionPolicy"]] == nil {
            object[["spec", "preemptionPolicy"]] = "PreemptLowerPriority"
        }
        Defaulting.addDefaultTolerations(to: &object)
    }
}
