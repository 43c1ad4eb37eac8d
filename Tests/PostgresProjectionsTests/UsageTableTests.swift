import Domain
import EventLog
import KubeModel
import PropertyTesting
import Rating
import Testing

@Suite("The usage table")
struct UsageTableTests {
    /// Every record of the log up to a position, integrated.
    private func fromLog(_ book: Book, _ period: BillingPeriod, _ boundaries: [Timestamp], through: Position)
        async throws -> [PodUsage]
    {
        var integration = UsageIntegration(period: period, boundaries: boundaries)
        for record in try await records(book, after: 0, through: through) { integration.add(record) }
        return integration.usage
    }

    private func records(_ book: Book, after: Position, through: Position) async throws -> [UsageRecord] {
        try await book.log.readStreams(prefix: "usage/", after: after, through: through, limit: 10_000, filter: .all)
            .flatMap { UsageRecord.all(inReport: try JSON(parsing: $0.event.payload)) }
    }

    @Test(
        "its sums, with the log's records behind its checkpoint, are those of the log", arguments: [4, 5] as [UInt64])
    func equalsLog(_ seed: UInt64) async throws {
        let book = try await Book()
        var random = SeededRandom(seed: seed)
        var cpu: [String: Int64] = [:]
        let start = book.now
        for turn in 0..<60 {
            for pod in ["a1", "b2", "c1"] {
                // A lost count starts again.
                if Int.random(in: 0..<12, using: &random) == 0 { cpu[pod] = 0 }
                cpu[pod, default: 0] += Int64.random(in: 1..<1_000_000_000, using: &random)
            }
            let pods = cpu.filter { _ in Bool.random(using: &random) }.map { (uid: $0.key, cpu: $0.value) }
            let observed = Timestamp(microseconds: book.now.microseconds + 1_000_000)
            try book.report(observedAt: observed, pods)
            // A report that the node sends again counts once.
            if Int.random(in: 0..<4, using: &random) == 0 { try book.report(observedAt: observed, pods) }
            if turn % 17 == 16 { try await book.project() }
        }
        try await book.commit()
        let end = book.state.position
        func time(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: start.microseconds + seconds * 1_000_000) }
        let boundaries = [time(20), time(45)]
        let checkpoint = try #require(try await book.tables.progress().first { $0.name == "usage" }).checkpoint
        #expect(checkpoint < end)
        for (from, to) in [(0, 100), (10, 30), (33, 60), (58, 90)] as [(Int64, Int64)] {
            let period = BillingPeriod(from: time(from), to: time(to))
            for through in [end, checkpoint, checkpoint / 2] {
                let totals = try await book.tables.usage(
                    in: period, boundaries: boundaries, namespace: nil, through: through)
                let rest = try await records(book, after: checkpoint, through: through)
                let last = try await book.tables.lastReadings(
                    of: Array(Set(rest.map(\.series))), through: checkpoint)
                var integration = UsageIntegration(
                    period: period, boundaries: boundaries, continuing: totals.usage, after: last)
                for record in rest { integration.add(record) }
                let expected = try await fromLog(book, period, boundaries, through: through)
                #expect(integration.usage == expected, "seed \(seed), \(from)..<\(to) through \(through)")
            }
        }
        let all = BillingPeriod(from: time(0), to: time(1000))
        try await book.project()
        let shop = try await book.tables.usage(in: all, boundaries: [], namespace: "ns-2", through: end)
        #expect(Set(shop.usage.map(\.uid)) == ["b2"])
    }

    @Test("a row says what was used since the pod's report before, and a restart of its counters counts in full")
    func rows() async throws {
        let book = try await Book()
        for cpu in [100, 250, 40] as [Int64] { try book.report([("p1", cpu)]) }
        try await book.project()
        #expect(
            try await book.texts(
                """
                SELECT cpu_nanoseconds || '/' || cpu_nanoseconds_used || ' ' || workload FROM purser.usage
                ORDER BY position
                """) == ["100/100 Deployment/web", "250/150 Deployment/web", "40/40 Deployment/web"])
    }

    @Test("a rebuild reads archived reports too, and gives the same rows")
    func rebuiltFromArchive() async throws {
        let book = try await Book(segment: 64)
        for turn in 1...300 as ClosedRange<Int64> {
            try book.report([("p1", turn * 7), ("p2", turn * turn)])
            if turn % 3 == 0 { try book.set("configmaps/shop/c", ["data": ["n": .string("\(turn)")]]) }
        }
        try await book.project()
        let before = try await book.contents()
        #expect(before.count == 601)
        try await book.archiveFull()
        #expect(try await book.texts("SELECT count(payload)::text FROM log.events") == ["16"])
        #expect(try await book.tables.rebuild("usage"))
        try await book.project()
        #expect(try await book.contents() == before)
    }
}
