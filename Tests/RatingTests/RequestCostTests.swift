import KubeModel
import Rating
import Testing

@Suite("What requests cost")
struct RequestCostTests {
    @Test("an hour of what is asked for is priced exactly, at the rate of the time")
    func hour() throws {
        let plan = PricePlan(
            currency: "EUR",
            rates: [
                Rate(effectiveFrom: Timestamp(seconds: 100), prices: [.cpu: try #require(ExactDecimal("0.00001"))]),
                Rate(
                    effectiveFrom: Timestamp(seconds: 200),
                    prices: [.cpu: try #require(ExactDecimal("0.00002")), .memory: try #require(ExactDecimal("0.005"))]),
            ])
        func cost(_ seconds: Int64) -> String {
            plan.hourlyCost(milliCPU: 1500, memory: 1 << 29, at: Timestamp(seconds: seconds)).description
        }
        #expect(cost(99) == "0")
        #expect(cost(100) == "0.054")
        #expect(cost(200) == "0.1105")
    }
}
