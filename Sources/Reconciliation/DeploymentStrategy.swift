import KubeModel

/// `spec.strategy` of a Deployment, with the bounds resolved for its number of replicas.
enum DeploymentStrategy: Sendable, Hashable {
    /// Pods above, and unavailable pods below, the desired number.
    case rollingUpdate(maxSurge: Int64, maxUnavailable: Int64)
    case recreate
    case blueGreen(BlueGreen)

    struct BlueGreen: Sendable, Hashable {
        /// Switch by itself once green is ready, rather than on the promote annotation.
        var autoPromotion: Bool
        /// The longest that a pod of blue waits for its connections to end. 0 for no wait.
        var drainSeconds: Int64
        /// From the switch until blue is scaled down.
        var scaleDownDelaySeconds: Int64
    }

    init(of deployment: KubeObject) {
        let strategy = deployment.spec["strategy"] ?? [:]
        switch strategy.string("type") {
        case "Recreate": self = .recreate
        case "BlueGreen":
            let parameters = strategy["blueGreen"] ?? [:]
            self = .blueGreen(
                BlueGreen(
                    autoPromotion: parameters.bool("autoPromotion") ?? true,
                    drainSeconds: max(0, parameters.int("drainSeconds") ?? 30),
                    scaleDownDelaySeconds: max(0, parameters.int("scaleDownDelaySeconds") ?? 0)))
        default:
            let replicas = deployment.replicas
            let bounds = strategy["rollingUpdate"]
            let surge = Self.resolve(bounds?["maxSurge"], of: replicas, roundingUp: true)
            var unavailable = Self.resolve(bounds?["maxUnavailable"], of: replicas, roundingUp: false)
            // Both zero would never move; the API refuses it, but percentages can round to it.
            if surge == 0, unavailable == 0 { unavailable = 1 }
            self = .rollingUpdate(maxSurge: surge, maxUnavailable: min(unavailable, replicas))
        }
    }

    var isRollingUpdate: Bool { if case .rollingUpdate = self { true } else { false } }
    var blueGreen: BlueGreen? { if case .blueGreen(let parameters) = self { parameters } else { nil } }
    var maxSurge: Int64 { if case .rollingUpdate(let surge, _) = self { surge } else { 0 } }
    var maxUnavailable: Int64 { if case .rollingUpdate(_, let unavailable) = self { unavailable } else { 0 } }

    /// A number, or a percentage of the replicas: surge rounds up, unavailability down. 25 % if absent.
    private static func resolve(_ value: JSON?, of replicas: Int64, roundingUp: Bool) -> Int64 {
        if let count = value?.intValue { return max(0, count) }
        let text = value?.stringValue ?? "25%"
        guard text.hasSuffix("%"), let percent = Int64(text.dropLast()), (0...10_000).contains(percent) else {
            return 0
        }
        let product = replicas * percent
        return product / 100 + (roundingUp && product % 100 > 0 ? 1 : 0)
    }
}
