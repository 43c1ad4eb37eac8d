import KubeModel

/// Amounts of the resources that placement counts.
public struct ResourceAmounts: Sendable, Hashable {
    /// Thousandths of a core.
    public var milliCPU: Int64
    /// Bytes.
    public var memory: Int64
    /// Bytes.
    public var ephemeralStorage: Int64
    public var pods: Int64
    /// Everything else by name (`example.com/gpu`), in whole units.
    public var extended: [String: Int64]

    public init(
        milliCPU: Int64 = 0, memory: Int64 = 0, ephemeralStorage: Int64 = 0, pods: Int64 = 0,
        extended: [String: Int64] = [:]
    ) {
        (self.milliCPU, self.memory, self.ephemeralStorage) = (milliCPU, memory, ephemeralStorage)
        (self.pods, self.extended) = (pods, extended)
    }

    /// Larger amounts count as this much, so that no sum of them can overflow: a pebibyte, a trillion cores.
    private static let most: Int64 = 1 << 50

    /// Reads a resource list (`{"cpu": "500m", "memory": "1Gi"}`); what is no quantity counts as absent.
    public init(quantities: JSONObject) {
        self.init()
        for (name, json) in quantities {
            guard let quantity = Quantity(json: json) else { continue }
            switch name {
            case "cpu": milliCPU = Self.bounded(quantity.milliValue)
            case "memory": memory = Self.bounded(quantity.value)
            case "ephemeral-storage": ephemeralStorage = Self.bounded(quantity.value)
            case "pods": pods = Self.bounded(quantity.value)
            default: extended[name] = Self.bounded(quantity.value)
            }
        }
    }

    private static func bounded(_ amount: Int64) -> Int64 { max(0, min(amount, most)) }

    /// The larger of each.
    public func union(_ other: ResourceAmounts) -> ResourceAmounts {
        ResourceAmounts(
            milliCPU: max(milliCPU, other.milliCPU), memory: max(memory, other.memory),
            ephemeralStorage: max(ephemeralStorage, other.ephemeralStorage), pods: max(pods, other.pods),
            extended: extended.merging(other.extended) { max($0, $1) })
    }

    public static func + (left: ResourceAmounts, right: ResourceAmounts) -> ResourceAmounts {
        left.combined(right) { $0 + $1 }
    }
    public static func - (left: ResourceAmounts, right: ResourceAmounts) -> ResourceAmounts {
        left.combined(right) { $0 - $1 }
    }
    public static func += (left: inout ResourceAmounts, right: ResourceAmounts) { left = left + right }
    public static func -= (left: inout ResourceAmounts, right: ResourceAmounts) { left = left - right }

    private func combined(_ other: ResourceAmounts, _ apply: (Int64, Int64) -> Int64) -> ResourceAmounts {
        var result = ResourceAmounts(
            milliCPU: apply(milliCPU, other.milliCPU), memory: apply(memory, other.memory),
            ephemeralStorage: apply(ephemeralStorage, other.ephemeralStorage), pods: apply(pods, other.pods),
            extended: extended)
        for (name, amount) in other.extended {
            let sum = apply(extended[name] ?? 0, amount)
            result.extended[name] = sum == 0 ? nil : sum
        }
        return result
    }
}
