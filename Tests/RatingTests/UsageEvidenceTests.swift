import KubeModel
import PropertyTesting
import Rating
import Testing

struct UsageEvidenceTests {
    @Test("a bill of the evidence alone is the bill of everything", arguments: 1...60 as ClosedRange<UInt64>)
    func sameBill(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var counters: [Int: Int64] = [:]
        var events: [[UsageRecord]] = []
        for step in 1...60 {
            let pods = (0..<4).filter { _ in Int.random(in: 0..<4, using: &random) > 0 }.map { pod -> JSON in
                // A counter falls now and then, when a node lost its count.
                let isLost = Int.random(in: 0..<12, using: &random) == 0
                counters[pod] = (isLost ? 0 : counters[pod] ?? 0) + Int64.random(in: 0..<9, using: &random)
                return BillReportTests.pod(
                    "p\(pod)", cpu: counters[pod] ?? 0, memory: (counters[pod] ?? 0) * 3,
                    namespace: pod < 2 ? "shop" : "bank")
            }
            let time = Int64(step * 5) - Int64.random(in: 0..<8, using: &random)
            events.append(BillReportTests.report(time, pods, node: "n\(Int.random(in: 0..<2, using: &random))"))
        }
        let boundaries = [120, 160].map { Timestamp(seconds: $0) }
        let period = BillReportTests.period
        var whole = UsageIntegration(period: period, boundaries: boundaries)
        var evidence = UsageEvidence(period: period, boundaries: boundaries)
        for (position, records) in events.enumerated() {
            for record in records {
                whole.add(record)
                evidence.add(record, at: Int64(position))
            }
        }
        // Each pod's own events only: another pod's may hold a reading that was passed over as too old.
        let named = Dictionary(uniqueKeysWithValues: evidence.evidence.map { ($0.uid, Set($0.positions)) })
        var part = UsageIntegration(period: period, boundaries: boundaries)
        for (position, records) in events.enumerated() {
            for record in records where named[record.uid]?.contains(Int64(position)) == true { part.add(record) }
        }
        #expect(part.usage == whole.usage, "seed \(seed)")
        #expect(Set(evidence.evidence.map(\.uid)) == Set(whole.usage.map(\.uid)))
    }

    @Test("of a month of steady readings a bill rests on two")
    func few() {
        var evidence = UsageEvidence(period: BillReportTests.period)
        for second in 0..<200 {
            for record in BillReportTests.report(Int64(second), [BillReportTests.pod("a", cpu: Int64(second))]) {
                evidence.add(record, at: Int64(second) + 1000)
            }
        }
        #expect(evidence.evidence.map(\.positions) == [[1099, 1199]])
    }
}
