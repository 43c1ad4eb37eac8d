import Domain
import EventLog
import KubeModel
import Synchronization
import Testing

@Suite("The contract of every event log")
struct EventLogContract {
    @Test("positions are dense and events come back byte for byte", arguments: Implementation.allCases)
    func appendAndRead(_ implementation: Implementation) async throws {
        let log = try await implementation.make()
        #expect(try await log.head() == LogHead(position: 0, term: 1))
        var writer = Writer()
        let events =
            try await writer.append(["pods/a/1", "(pods/a/)", "pods/a/2"], to: log)
            + writer.append(["pods/a/1", "(pods/none/x)"], to: log)
        #expect(try await log.head() == LogHead(position: 5, term: 1))
        #expect(try await log.read(after: 0, limit: 100, filter: .all) == events)
        #expect(try await log.read(after: 1, limit: 2, filter: .all) == Array(events[1...2]))
        #expect(try await log.read(after: 0, limit: 2, filter: .stateOnly) == [events[0], events[2]])
        #expect(try await log.read(after: 5, limit: 2, filter: .all) == [])
        #expect(try await log.stored(after: 2, limit: 2) == events[2...3].map(StoredEvent.init))
        #expect(try await log.leaves(2...4) == events[1...3].map(\.leaf))
    }

    @Test("a batch decided at another head is stale and leaves nothing", arguments: Implementation.allCases)
    func staleHead(_ implementation: Implementation) async throws {
        let log = try await implementation.make()
        var writer = Writer()
        var other = writer
        try await writer.append(["pods/a/1", "pods/a/2"], to: log)
        let late = [other.event("pods/a/3")]
        let expected = LogHead(position: 0, term: 1)
        #expect(try await log.append(late, expected: expected) == .stale(LogHead(position: 2, term: 1)))
        #expect(try await log.head().position == 2)
        #expect(try await log.readStream("pods/a/3", after: 0, through: 9, limit: 9, newestFirst: false) == [])
    }

    @Test("an empty batch tells whether the head is where it was expected", arguments: Implementation.allCases)
    func emptyBatch(_ implementation: Implementation) async throws {
        let log = try await implementation.make()
        let head = LogHead(position: 0, term: 1)
        #expect(try await log.append([], expected: head) == .appended)
        #expect(try await log.append([], expected: LogHead(position: 3, term: 1)) == .stale(head))
    }

    @Test(
        "a gap, a time that goes back, a call or a revision twice are refused whole", arguments: Implementation.allCases
    )
    func refusals(_ implementation: Implementation) async throws {
        let log = try await implementation.make()
        var writer = Writer()
        let first = try await writer.append(["pods/a/1", "pods/a/2"], to: log)
        let head = writer.head

        func expectRefusal(_ what: Comment, _ make: (inout Writer) -> [RecordedEvent]) async {
            var copy = writer
            let events = make(&copy)
            let error = await #expect(throws: EventLogError.self, what) {
                _ = try await log.append(events, expected: head)
            }
            guard case .refused = error else {
                Issue.record("\(what): \(String(describing: error))")
                return
            }
        }
        await expectRefusal("gap") { writer in
            writer.head.position += 1
            return [writer.event("pods/a/1")]
        }
        await expectRefusal("time") { writer in
            writer.microseconds -= 60_000_000
            return [writer.event("pods/a/1")]
        }
        await expectRefusal("call") { [$0.event("pods/a/3"), $0.event("pods/a/1", call: first[0].event.callID)] }
        await expectRefusal("revision") { writer in
            writer.revisions["pods/a/1"] = 0
            return [writer.event("pods/a/3"), writer.event("pods/a/1")]
        }
        await expectRefusal("revision within the batch") { writer in
            let event = writer.event("pods/a/1")
            writer.revisions["pods/a/1"] = 1
            return [event, writer.event("pods/a/1")]
        }
        await expectRefusal("a stream's second event without its first") { writer in
            writer.revisions["pods/a/9"] = 1
            return [writer.event("pods/a/9")]
        }
        #expect(try await log.head() == head)
        #expect(try await log.read(after: 0, limit: 9, filter: .all) == first)
    }

    @Test("one call may have many events, each with its ordinal", arguments: Implementation.allCases)
    func lookUp(_ implementation: Implementation) async throws {
        let log = try await implementation.make()
        var writer = Writer()
        let call = writer.call()
        let events = [
            writer.event("namespaces/a", call: call), writer.event("pods/a/1", call: call, ordinal: 1),
            writer.event("pods/a/1"),
        ]
        #expect(try await log.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
        #expect(try await log.lookUp(call) == Array(events[..<2]))
        #expect(try await log.lookUp(writer.call()) == [])
        // A look-up shuts out what was under way, not what comes after.
        try await writer.append(["pods/a/1"], to: log)
    }

    @Test(
        "a stream is read in both directions, between positions, with or without its reads",
        arguments: Implementation.allCases)
    func readStream(_ implementation: Implementation) async throws {
        let log = try await implementation.make()
        var writer = Writer()
        let events = try await writer.append(
            ["pods/a/1", "(pods/a/1)", "pods/a/2", "pods/a/1", "(pods/a/1)", "pods/a/1", "(pods/a/10)"], to: log)
        func read(
            after: Position = 0, through: Position = 100, limit: Int = 100, newestFirst: Bool = false,
            filter: EventFilter = .stateOnly
        ) async throws -> [Position] {
            try await log.readStream(
                "pods/a/1", after: after, through: through, limit: limit, newestFirst: newestFirst, filter: filter
            ).map(\.position)
        }
        #expect(try await read() == [1, 4, 6])
        #expect(try await read(filter: .all) == [1, 2, 4, 5, 6])
        #expect(try await read(after: 1, through: 5) == [4])
        #expect(try await read(after: 1, through: 5, filter: .all) == [2, 4, 5])
        #expect(try await read(through: 5, limit: 1, newestFirst: true) == [4])
        #expect(try await read(limit: 2, newestFirst: true) == [6, 4])
        #expect(try await read(limit: 3, newestFirst: true, filter: .all) == [6, 5, 4])
        #expect(
            try await log.readStream("pods/a/1", after: 3, through: 4, limit: 1, newestFirst: false) == [events[3]])
        #expect(try await log.readStream("pods/b/1", after: 0, through: 9, limit: 9, newestFirst: false) == [])
    }

    @Test("streams and their events are found by prefix, as of a position", arguments: Implementation.allCases)
    func prefixes(_ implementation: Implementation) async throws {
        let log = try await implementation.make()
        var writer = Writer()
        let names = ["pods/a/é", "pods/a/B", "pods/ab/1", "(pods/a/gone)", "pods/a/B", "services/a/B"]
        let events = try await writer.append(names, to: log)
        func read(_ prefix: String, after: Position = 0, through: Position = 99, limit: Int = 99, _ filter: EventFilter)
            async throws -> [Position]
        {
            try await log.readStreams(prefix: prefix, after: after, through: through, limit: limit, filter: filter)
                .map(\.position)
        }
        #expect(try await read("pods/a/", .stateOnly) == [1, 2, 5])
        #expect(try await read("pods/a/", .all) == [1, 2, 4, 5])
        #expect(try await read("pods/a/", after: 1, through: 4, .all) == [2, 4])
        #expect(try await read("pods/", limit: 2, .stateOnly) == [1, 2])
        #expect(try await read("", .all) == events.map(\.position))
        #expect(try await log.streams(prefix: "pods/a/", through: 99) == ["pods/a/B", "pods/a/é"])
        #expect(try await log.streams(prefix: "pods/a/", through: 1) == ["pods/a/é"])
        #expect(try await log.streams(prefix: "pods/%", through: 99) == [])
    }

    @Test("replay hands over every state change in order, whatever lies between", arguments: Implementation.allCases)
    func replay(_ implementation: Implementation) async throws {
        let log = try await implementation.make(events: 5000)
        var writer = Writer()
        var events: [RecordedEvent] = []
        for batch in 0..<10 {
            events += try await writer.append(
                (0..<500).map { $0 % 3 == 1 ? "(pods/a/\($0))" : "pods/a/\($0 % (batch + 5))" }, to: log)
        }
        let rows = Mutex<[ReplayRow]>([])
        try await log.replay(after: 7, through: 4321) { page in rows.withLock { $0 += page } }
        let expected = events[7..<4321].filter(\.event.changesState)
        rows.withLock { rows in
            #expect(rows.map(\.position) == expected.map(\.position))
            #expect(rows.map(\.recordedAt) == expected.map(\.recordedAt))
            #expect(rows.map(\.stream) == expected.map(\.event.stream))
            #expect(rows.map(\.revision) == expected.map(\.event.revision))
            #expect(rows.map(\.type) == expected.map(\.event.type))
            #expect(rows.map(\.isKeyframe) == expected.map(\.event.isKeyframe))
            #expect(rows.map(\.payload) == expected.map(\.event.payload))
        }
    }

    @Test("a time stands for the last position recorded at or before it", arguments: Implementation.allCases)
    func positionAtTime(_ implementation: Implementation) async throws {
        let log = try await implementation.make()
        #expect(try await log.position(at: Timestamp(seconds: 2_000_000_000)) == 0)
        var writer = Writer()
        let events = try await writer.append((0..<20).map { "pods/a/\($0)" }, to: log)
        for event in events {
            let time = event.recordedAt
            #expect(try await log.position(at: time) == event.position)
            #expect(try await log.position(at: Timestamp(microseconds: time.microseconds - 1)) == event.position - 1)
            #expect(try await log.position(at: Timestamp(microseconds: time.microseconds + 1)) == event.position)
        }
    }

    @Test("a term is taken once, and shuts out batches of the one before", arguments: Implementation.allCases)
    func terms(_ implementation: Implementation) async throws {
        let log = try await implementation.make()
        #expect(try await log.advanceTerm(from: 1) == LogHead(position: 0, term: 2))
        #expect(try await log.advanceTerm(from: 1) == nil)
        var writer = Writer()
        let event = writer.event("pods/a/1")
        let old = LogHead(position: 0, term: 1)
        #expect(try await log.append([event], expected: old) == .stale(LogHead(position: 0, term: 2)))
        #expect(try await log.append([event], expected: LogHead(position: 0, term: 2)) == .appended)
    }

    @Test("listeners are hinted at appends", arguments: Implementation.allCases)
    func hints(_ implementation: Implementation) async throws {
        let log = try await implementation.make()
        var hints = log.hints().makeAsyncIterator()
        var writer = Writer()
        try await writer.append(["pods/a/1"], to: log)
        #expect(await hints.next() != nil)
    }

    @Test("tiles, checkpoints and snapshots come back, and stored ones stay", arguments: Implementation.allCases)
    func treeAndSnapshots(_ implementation: Implementation) async throws {
        let log = try await implementation.make()
        let tile = [UInt8](repeating: 7, count: 8192)
        #expect(try await log.tile(level: 1, index: 2) == nil)
        try await log.store(tile: tile, level: 1, index: 2)
        try await log.store(tile: tile, level: 1, index: 2)
        #expect(try await log.tile(level: 1, index: 2) == tile)
        let other = [UInt8](repeating: 8, count: 8192)
        await #expect(throws: EventLogError.self) { try await log.store(tile: other, level: 1, index: 2) }
        #expect(try await log.tile(level: 1, index: 2) == tile)

        #expect(try await log.latestCheckpoint() == nil)
        for size: Position in [5, 9, 7] {
            try await log.store(checkpoint: [UInt8(size)], size: size, at: Timestamp(seconds: 1))
        }
        let checkpoint = try #require(try await log.latestCheckpoint())
        #expect(checkpoint.size == 9 && checkpoint.note == [9])

        #expect(try await log.latestSnapshot(through: 100) == nil)
        for position: Position in [10, 20, 30] { try await log.store(snapshot: [UInt8(position)], position: position) }
        let snapshot = try #require(try await log.latestSnapshot(through: 29))
        #expect(snapshot.position == 20 && snapshot.bytes == [20])
        #expect(try await log.latestSnapshot(through: 100)?.position == 30)
        #expect(try await log.latestSnapshot(through: 9) == nil)
    }

    @Test("a key is kept as first stored until it is destroyed", arguments: Implementation.allCases)
    func keys(_ implementation: Implementation) async throws {
        let keys = try await implementation.makeKeys()
        try await keys.store(key: [1, 2], id: "secret/u1")
        try await keys.store(key: [3], id: "secret/u1")
        try await keys.store(key: [4], id: "salt/u1")
        #expect(try await keys.key(id: "secret/u1") == [1, 2])
        #expect(try await keys.keys(idPrefix: "secret/") == ["secret/u1": [1, 2]])
        try await keys.destroy(id: "secret/u1")
        #expect(try await keys.key(id: "secret/u1") == nil)
        #expect(try await keys.keys(idPrefix: "") == ["salt/u1": [4]])
    }

    @Test(
        "a person's entry is destroyed by its commitment, and no other that has its id",
        arguments: Implementation.allCases)
    func persons(_ implementation: Implementation) async throws {
        let keys = try await implementation.makeKeys()
        let (first, second) = ([UInt8](repeating: 1, count: 40), [UInt8](repeating: 2, count: 40))
        try await keys.store(key: first, id: "person/a")
        try await keys.destroy(id: Person.commitment(second))
        #expect(try await keys.key(id: "person/a") == first)
        try await keys.destroy(id: Person.commitment(first))
        #expect(try await keys.key(id: "person/a") == nil)
        try await keys.store(key: second, id: "person/a")
        try await keys.destroy(id: Person.commitment(first))
        #expect(try await keys.key(id: "person/a") == second)
    }
}
