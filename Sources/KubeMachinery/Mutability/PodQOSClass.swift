import KubeModel

/// How a pod fares when its node runs short, from its containers' requests and limits
/// (https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/).
public enum PodQOSClass: String, Sendable {
    case guaranteed = "Guaranteed"
    case burstable = "Burstable"
    case bestEffort = "BestEffort"

    public init(of spec: JSON) {
        var (named, exact) = (false, true)
        for container in spec.array("containers") + spec.array("initContainers") {
            for name in ["cpu", "memory"] {
                let limit = Quantity(json: container["resources"]?["limits"]?[name]) ?? .zero
                // A limit without a request is its own request.
                let request = Quantity(json: container["resources"]?["requests"]?[name]) ?? limit
                if request != .zero || limit != .zero { named = true }
                if limit == .zero || request != limit { exact = false }
            }
        }
        self = !named ? .bestEffort : exact ? .guaranteed : .burstable
    }
}
