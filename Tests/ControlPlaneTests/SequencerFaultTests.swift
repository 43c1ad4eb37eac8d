import CommandHandling
import Domain
import EventLog
import KubeModel
import PropertyTesting
import Synchronization
import Testing

@testable import ControlPlane

typealias Ledger = WriteLedger<CallID>

extension WriteLedger<CallID> {
    func contradictions(with events: [RecordedEvent]) -> [String] {
        contradictions(with: events.lazy.map(\.event).filter(\.changesState).map(\.callID))
    }

    /// Executes a write and notes what came of it.
    func execute(_ request: WriteRequest, by writer: Writer) async {
        let call = request.origin.callID
        do {
            let result = try await writer.execute(request)
            if result.changedState { note(call, .acknowledged) }
        } catch {
            note(call, error.code == 504 ? .unknown : .refused)
        }
    }
}

@Suite("A sequencer on a log that fails")
struct SequencerFaultTests {
    /// Some clients that create, patch, replace and delete a few ConfigMaps, often in each other's way.
    static func load(_ replica: Replica, _ ledger: Ledger, clients: Int, writes: Int, seed: UInt64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                group.addTask {
                    var random = SeededRandom(seed: seed &* 1000 &+ UInt64(client))
                    for step in 0..<writes {
                        let name = "c\(Int.random(in: 0..<6, using: &random))"
                        let value = "\(client)-\(step)"
                        let operation: WriteRequest.Operation
                        switch Int.random(in: 0..<4, using: &random) {
                        case 0: operation = .create(Replica.configMap(name, value))
                        case 1: operation = .delete(DeleteOptions())
                        case 2:
                            let live = replica.cluster.state[ObjectKey(.configMaps, namespace: "shop", name: name)]
                            var object = live?.object().json ?? Replica.configMap(name, value)
                            object["data"] = ["value": .string(value)]
                            operation = .update(object)
                        default:
                            operation = .patch(.merge, JSON.object(["data": ["value": .string(value)]]).canonicalBytes)
                        }
                        try await ledger.execute(
                            replica.request(.configMaps, namespace: "shop", name: name, operation), by: replica.writer)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(
        "every acknowledged write is in the log once and no refused one is, whatever the log does",
        arguments: 1...4 as ClosedRange<UInt64>)
    func ledgerEqualsLog(seed: UInt64) async throws {
        let log = FlakyLog(seed: seed, rate: 40)
        let ledger = Ledger()
        let live = try await Replica.run(on: log) { replica in
            try await replica.createNamespace()
            try await Self.load(replica, ledger, clients: 6, writes: 20, seed: seed)
            log.calmDown()
            try await replica.reach(try await log.head().position)
            return replica.cluster.state
        }
        let events = try await log.everything()
        #expect(ledger.contradictions(with: events) == [], "seed \(seed)")
        #expect(ledger.count(.acknowledged) > 0)
        #expect(events.map(\.position) == Array(1...Int64(events.count)))
        #expect(try await log.replayedHash() == live.contentHash(), "seed \(seed)")
    }

    @Test("two replicas that write at the same time agree on one order and one state", arguments: [5, 6] as [UInt64])
    func twoReplicas(seed: UInt64) async throws {
        let log = InMemoryEventLog()
        let ledger = Ledger()
        try await Replica.run(on: log) { first in
            try await first.createNamespace()
            try await Replica.run(on: log) { second in
                async let one: Void = Self.load(first, ledger, clients: 4, writes: 25, seed: seed)
                async let other: Void = Self.load(second, ledger, clients: 4, writes: 25, seed: seed + 100)
                _ = try await (one, other)
                let end = try await log.head().position
                try await first.reach(end)
                try await second.reach(end)
                #expect(first.cluster.state.contentHash() == second.cluster.state.contentHash())
                #expect(try await log.replayedHash() == first.cluster.state.contentHash())
            }
        }
        #expect(ledger.contradictions(with: try await log.everything()) == [], "seed \(seed)")
        #expect(ledger.count(.acknowledged) > 0)
    }

    @Test("while the log is away writes are refused in time, also behind a read that waits, and no read is lost")
    func logAway() async throws {
        let log = FlakyLog()
        try await Replica.run(on: log, unavailableAfter: .seconds(1)) { replica in
            try await replica.createNamespace()
            log.isDown = true
            let read = CallRecord(
                caller: Caller(subject: "reader"), callID: replica.cluster.newCallID(), stream: "pods", uri: "/",
                code: 200)
            #expect(replica.cluster.sequencer.record(read))
            // The read's batch is taken by itself, so that the write queues up behind it.
            replica.cluster.sequencer.inbox.wake()
            while !replica.cluster.sequencer.inbox.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            let refusal = await #expect(throws: KubeStatus.self) {
                try await replica.create(.configMaps, Replica.configMap("a", "1"))
            }
            #expect(refusal?.code == 503)
            log.isDown = false
            try await replica.create(.configMaps, Replica.configMap("b", "1"))
            let events = try await log.everything()
            #expect(events.contains { $0.event.callID == read.callID })
            #expect(!events.contains { $0.event.stream.hasSuffix("/a") })
        }
    }

    @Test("a write that is lost while it commits is answered with 504 in time, and is there when the log is back")
    func lostForLong() async throws {
        let log = FlakyLog()
        try await Replica.run(on: log, unavailableAfter: .seconds(1)) { replica in
            try await replica.createNamespace()
            log.failNext(.downAfterCommit)
            let refusal = await #expect(throws: KubeStatus.self) {
                try await replica.create(.configMaps, Replica.configMap("a", "1"))
            }
            #expect(refusal?.code == 504)
            log.isDown = false
            try await replica.reach(2)
            #expect(replica.cluster.state[ObjectKey(.configMaps, namespace: "shop", name: "a")] != nil)
            #expect(try await replica.patch("a", "2").changedState)
        }
    }

    @Test("an event that the log refuses for good does not hold up what it came with")
    func refusedForGood() async throws {
        try await Replica.run(on: InMemoryEventLog(), unavailableAfter: .seconds(1)) { replica in
            try await replica.createNamespace()
            let call = replica.cluster.newCallID()
            for _ in 0..<2 {
                _ = replica.cluster.sequencer.record(
                    CallRecord(caller: Caller(subject: "reader"), callID: call, stream: "pods", uri: "/", code: 200))
            }
            for name in ["a", "b", "c"] { try await replica.create(.configMaps, Replica.configMap(name, "1")) }
            #expect(try await replica.cluster.log.lookUp(call).count == 1)
        }
    }

    @Test("whoever submits while the server shuts down gets an answer")
    func shutdownAnswers() async throws {
        for _ in 0..<20 {
            let log = InMemoryEventLog()
            let ledger = Ledger()
            await withTaskGroup(of: Void.self) { clients in
                try? await Replica.run(on: log) { replica in
                    try await replica.createNamespace()
                    for client in 0..<8 {
                        clients.addTask {
                            for step in 0..<10 {
                                guard
                                    let request = try? replica.request(
                                        .configMaps, namespace: "shop",
                                        .create(Replica.configMap("c\(client)-\(step)", "")))
                                else { return }
                                await ledger.execute(request, by: replica.writer)
                            }
                        }
                    }
                    await Task.yield()
                }
            }
            #expect(ledger.contradictions(with: (try? await log.everything()) ?? []) == [])
            #expect(ledger.count == 80)
        }
    }

    @Test("a replica that never led ends well when it is told to")
    func followerEnds() async throws {
        struct NeverLeading: Leadership {
            func acquire() async throws { try await Task.sleep(for: .seconds(3600)) }
            func lost() async {}
        }
        try await Replica.run(
            on: InMemoryEventLog(),
            services: { replica in
                [
                    ControllerRuntime(
                        cluster: replica.cluster, writer: replica.writer, reconcilers: [], leadership: NeverLeading(),
                        logger: Replica.quiet)
                ]
            }
        ) { try await $0.createNamespace() }
    }

    @Test("of two replicas that take a term at once, one gets it")
    func terms() async throws {
        let log = InMemoryEventLog()
        try await Replica.run(on: log) { first in
            try await Replica.run(on: log) { second in
                for _ in 0..<10 {
                    async let one = first.cluster.sequencer.takeTerm(
                        as: Caller(subject: "a"), callID: first.cluster.newCallID())
                    async let other = second.cluster.sequencer.takeTerm(
                        as: Caller(subject: "b"), callID: second.cluster.newCallID())
                    let taken = await [one, other].compactMap { $0 }
                    #expect(Set(taken).count == taken.count)
                }
            }
        }
        let terms = try await log.everything().filter { $0.event.type == EventCatalogue.termTaken }.map(\.event.stream)
        #expect(Set(terms).count == terms.count)
    }
}
