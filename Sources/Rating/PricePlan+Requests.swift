import BigInt
import KubeModel

extension PricePlan {
    /// What an hour costs if just what is asked for is used, at the prices of a time.
    /// - Parameters:
    ///   - milliCPU: thousandths of a core.
    ///   - memory: bytes.
    public func hourlyCost(milliCPU: Int64, memory: Int64, at time: Timestamp) -> ExactDecimal {
        guard let rate = rates.last(where: { $0.effectiveFrom <= time }) else { return .zero }
        let cpuSeconds = ExactDecimal(mantissa: BigInt(milliCPU) * 3600, scale: 3)
        let cpu = cpuSeconds * (rate.prices[.cpu] ?? .zero)
        let gibibytes = (ExactDecimal(memory) * (rate.prices[.memory] ?? .zero)).divided(
            by: BigInt(1 << 30), digits: 12)
        return cpu + gibibytes
    }
}
