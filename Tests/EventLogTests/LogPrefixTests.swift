import Domain
import EventLog
import KubeModel
import Synchronization
import Testing

@Suite("The beginning of a log")
struct LogPrefixTests {
    private static let streams = ["pods/a/1", "pods/b/1", "configmaps/a/c"]

    /// Forty events, some of them reads.
    private func write(_ log: any EventLog) async throws -> [RecordedEvent] {
        var writer = Writer()
        var events: [RecordedEvent] = []
        for round in 0..<40 {
            let stream = Self.streams[round % 3]
            events += try await writer.append([round % 5 == 4 ? "(\(stream))" : stream], to: log)
        }
        return events
    }

    @Test("it answers as a log that never went on", arguments: Implementation.allCases)
    func answers(_ implementation: Implementation) async throws {
        let whole = try await implementation.make()
        let events = try await write(whole)
        for end in [1, 17, 40] as [Position] {
            let short = InMemoryEventLog()
            let outcome = try await short.append(
                Array(events.prefix(Int(end))), expected: LogHead(position: 0, term: 1))
            #expect(outcome == .appended)
            let prefix = try await LogPrefix(whole, through: end)
            #expect(try await prefix.head() == LogHead(position: end, term: 1))
            for filter in [EventFilter.all, .stateOnly] {
                for (after, limit) in [(0, 100), (10, 5), (16, 3), (39, 3)] as [(Position, Int)] {
                    let found = try await prefix.read(after: after, limit: limit, filter: filter)
                    #expect(found == (try await short.read(after: after, limit: limit, filter: filter)))
                }
            }
            #expect(try await prefix.stored(after: 0, limit: 99) == (try await short.stored(after: 0, limit: 99)))
            #expect(try await prefix.leaves(1...40) == (try await short.leaves(1...40)))
            #expect(
                try await prefix.streams(prefix: "", through: 99) == (try await short.streams(prefix: "", through: 99)))
            #expect(
                try await prefix.liveStreams(prefix: "", at: 99) == (try await short.liveStreams(prefix: "", at: 99)))
            let changed = try await prefix.changedStreams(prefixes: ["pods/"], after: 0, through: 99)
            #expect(changed == (try await short.changedStreams(prefixes: ["pods/"], after: 0, through: 99)))
            #expect(try await replayed(prefix) == (try await replayed(short)))
            for stream in Self.streams {
                for newestFirst in [false, true] {
                    let found = try await prefix.readStream(
                        stream, after: 0, through: 99, limit: 4, newestFirst: newestFirst)
                    let expected = try await short.readStream(
                        stream, after: 0, through: 99, limit: 4, newestFirst: newestFirst)
                    #expect(found == expected)
                }
                let moment = [StreamMoment(stream, at: 99)]
                let forms = try await prefix.forms(moment)
                #expect(forms.map { $0.map(\.position) } == (try await short.forms(moment)).map { $0.map(\.position) })
            }
            let query = EventQuery(.namespace("a"), includesReads: true)
            let page = try await prefix.find(query, after: 0, through: 99, limit: 99, newestFirst: true)
            let expected = try await short.find(query, after: 0, through: 99, limit: 99, newestFirst: true)
            #expect(page.events == expected.events)
            #expect(try await prefix.position(at: Timestamp(seconds: 4_000_000_000)) == end)
            let last = try #require(events.last)
            #expect(try await prefix.lookUp(last.event.callID).isEmpty == (end < 40))
        }
    }

    /// The positions that a replay hands over.
    private func replayed(_ log: any EventLog) async throws -> [Position] {
        let positions = Mutex<[Position]>([])
        try await log.replay(after: 0, through: 99) { rows in positions.withLock { $0 += rows.map(\.position) } }
        return positions.withLock { $0 }
    }

    @Test("it takes nothing in, and a log that is too short has none", arguments: Implementation.allCases)
    func refusals(_ implementation: Implementation) async throws {
        let whole = try await implementation.make()
        _ = try await write(whole)
        await #expect(throws: EventLogError.self) { try await LogPrefix(whole, through: 41) }
        let prefix = try await LogPrefix(whole, through: 20)
        var writer = Writer()
        let event = writer.event("pods/a/9")
        await #expect(throws: EventLogError.self) { try await prefix.append([event], expected: prefix.head()) }
        await #expect(throws: EventLogError.self) { try await prefix.advanceTerm(from: 1) }
        await #expect(throws: EventLogError.self) { try await prefix.store(snapshot: [1], position: 20) }
        await #expect(throws: EventLogError.self) {
            try await prefix.store(checkpoint: [1], size: 20, at: .init(seconds: 1))
        }
        await #expect(throws: EventLogError.self) { try await prefix.store(cosignature: "w", of: "w", size: 20) }
        await #expect(throws: EventLogError.self) {
            try await prefix.store(tile: [UInt8](repeating: 0, count: 8192), level: 0, index: 0)
        }
        #expect(try await whole.head() == LogHead(position: 40, term: 1))
    }
}
