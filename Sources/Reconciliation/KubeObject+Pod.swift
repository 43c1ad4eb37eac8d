import KubeModel

extension KubeObject {
    /// A pod that runs or will run: neither ended nor told to go.
    var isActivePod: Bool {
        guard !isBeingDeleted else { return false }
        let phase = json.string("status", "phase")
        return phase != "Succeeded" && phase != "Failed"
    }

    var hasEnded: Bool {
        let phase = json.string("status", "phase")
        return phase == "Succeeded" || phase == "Failed"
    }

    var isReadyPod: Bool { condition("Ready")?.string("status") == "True" }

    /// When the pod became ready; nil while it is not.
    var readySince: Timestamp? {
        guard let condition = condition("Ready"), condition.string("status") == "True" else { return nil }
        return condition.string("lastTransitionTime").flatMap(Timestamp.init(rfc3339:)) ?? Timestamp(seconds: 0)
    }

    /// Seconds until the pod counts as available (ready for `minReadySeconds`); 0 once it does, nil while not ready.
    func secondsToAvailable(minReadySeconds: Int64, now: Timestamp) -> Double? {
        guard let since = readySince else { return nil }
        return minReadySeconds == 0 ? 0 : max(0, Double(minReadySeconds) - now.seconds(since: since))
    }

    var nodeName: String { json.string("spec", "nodeName") ?? "" }
}
