import KubeModel
import PropertyTesting
import Rating
import Testing

struct BillReportTests {
    static func report(_ seconds: Int64, _ pods: [JSON], node: String = "n1", boot: String = "b1") -> [UsageRecord] {
        UsageRecord.all(inReport: [
            "node": .string(node), "bootID": .string(boot),
            "observedAt": .string(Timestamp(seconds: seconds).rfc3339Micro),
            "interval": 10, "pods": .array(pods),
        ])
    }

    static func pod(
        _ uid: String, cpu: Int64, memory: Int64 = 0, namespace: String = "shop", owner: String = "web-bcdfg5678"
    )
        -> JSON
    {
        [
            "uid": .string(uid), "namespace": .string(namespace), "name": .string("pod-\(uid)"),
            "owner": ["kind": "ReplicaSet", "name": .string(owner)], "cpuNanoseconds": .int(cpu),
            "memoryByteSeconds": .int(memory),
        ]
    }

    static let period = BillingPeriod(from: Timestamp(seconds: 100), to: Timestamp(seconds: 200))

    static func used(_ records: [UsageRecord], _ period: BillingPeriod = Self.period) -> [String: Int128] {
        var integration = UsageIntegration(period: period)
        for record in records { integration.add(record) }
        return integration.usage.reduce(into: [:]) { $0[$1.uid, default: 0] += $1.used.cpuNanoseconds }
    }

    @Test("usage of a period is the difference between its last reading and the last before it")
    func usageIsADifference() {
        let readings: [(time: Int64, cpu: Int64)] = [(90, 10), (110, 25), (190, 40), (200, 99)]
        let records = readings.flatMap { Self.report($0.time, [Self.pod("a", cpu: $0.cpu)]) }
        #expect(Self.used(records) == ["a": 30])
    }

    @Test("a pod that lived between two reports is counted whole")
    func shortLivesAreCounted() {
        #expect(Self.used(Self.report(150, [Self.pod("a", cpu: 7)])) == ["a": 7])
    }

    @Test("a report that is sent again counts once")
    func repetitionsCountOnce() {
        let one = Self.report(150, [Self.pod("a", cpu: 7)])
        #expect(Self.used(one + one + Self.report(140, [Self.pod("a", cpu: 5)])) == ["a": 7])
    }

    @Test("counters that fell were reset and count from zero; carried over a reboot they go on")
    func resetsCountFromZero() {
        let records =
            Self.report(110, [Self.pod("a", cpu: 50)]) + Self.report(120, [Self.pod("a", cpu: 60)], boot: "b2")
            + Self.report(130, [Self.pod("a", cpu: 4)], boot: "b3")
        #expect(Self.used(records) == ["a": 64])
    }

    @Test("adjoining periods add up to the whole")
    func periodsAddUp() {
        var records: [UsageRecord] = []
        for step: Int64 in 0..<30 { records += Self.report(100 + 3 * step, [Self.pod("a", cpu: step * step)]) }
        let whole = Self.used(records)
        let first = Self.used(records, BillingPeriod(from: Timestamp(seconds: 100), to: Timestamp(seconds: 137)))
        let second = Self.used(records, BillingPeriod(from: Timestamp(seconds: 137), to: Timestamp(seconds: 200)))
        #expect((first["a"] ?? 0) + (second["a"] ?? 0) == whole["a"])
    }

    @Test("usage costs what its own time's rate says")
    func ratesHaveTheirTimes() throws {
        let plan = PricePlan(
            currency: "EUR",
            rates: [
                Rate(effectiveFrom: Timestamp(seconds: 0), prices: [.cpu: try #require(ExactDecimal("0.1"))]),
                Rate(effectiveFrom: Timestamp(seconds: 150), prices: [.cpu: try #require(ExactDecimal("1"))]),
            ])
        let readings: [(time: Int64, cpu: Int64)] = [(110, 1_000_000_000), (149, 2_000_000_000), (150, 2_500_000_000)]
        let records = readings.flatMap { Self.report($0.time, [Self.pod("a", cpu: $0.cpu)]) }
        let bill = BillReport(records: records, period: Self.period, plan: plan, by: .workload)
        #expect(bill.lines.map(\.workload) == ["Deployment/web"])
        #expect(bill.total.amount.description == "0.7")
        #expect(bill.json.array("items").first?.string("cost") == "0.7")
        #expect(bill.json.array("items").first?.string("cpuSeconds") == "2.5")
    }

    @Test("the total is the sum of the lines to the last digit, however they are grouped", arguments: 1...20)
    func totalsAreSums(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var records: [UsageRecord] = []
        var counters: [String: Int64] = [:]
        for time in stride(from: Int64(80), to: 220, by: 7) {
            let pods = (0..<12).map { index -> JSON in
                let uid = "u\(index)"
                counters[uid, default: 0] += Int64.random(in: 0...1_000_000_007, using: &random)
                return Self.pod(
                    uid, cpu: counters[uid] ?? 0, memory: (counters[uid] ?? 0) / 3, namespace: "ns\(index % 3)",
                    owner: "w\(index % 5)-bcdfg5678")
            }
            records += Self.report(time, pods)
        }
        let bills = BillReport.Grouping.allCases.map {
            BillReport(records: records, period: Self.period, plan: .standard, by: $0)
        }
        for bill in bills {
            #expect(bill.lines.reduce(ExactDecimal.zero) { $0 + $1.amount } == bill.total.amount)
            #expect(bill.total.amount == bills[0].total.amount)
            #expect(bill.total.amount > .zero)
            #expect(bill.lines.reduce(0) { $0 + $1.used.cpuNanoseconds } == bill.total.used.cpuNanoseconds)
        }
        #expect(bills.map(\.lines.count) == [3, 12, 12])
    }

    @Test("a price plan reads what it writes, and says what is wrong with one that it refuses")
    func pricePlansRoundTrip() throws {
        #expect(try PricePlan(json: PricePlan.standard.json) == .standard)
        let bad: [(JSON, String)] = [
            (["currency": "euro"], "currency"), (["currency": "EUR"], "rates"),
            (["currency": "EUR", "rates": [["effectiveFrom": "now"]]], "rates[0].effectiveFrom"),
            (
                ["currency": "EUR", "rates": [["effectiveFrom": "2026-01-01T00:00:00Z", "cpuSecond": 0.1]]],
                "rates[0].cpuSecond"
            ),
        ]
        for (json, field) in bad {
            let error = #expect(throws: KubeStatus.self) { try PricePlan(json: json) }
            #expect(error?.causes.first?.field == field)
        }
    }
}
