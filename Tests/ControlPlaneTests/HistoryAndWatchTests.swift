import CommandHandling
import Domain
import EventLog
import KubeModel
import PropertyTesting
import Reconciliation
import Synchronization
import Testing

@testable import ControlPlane

/// What one watcher was told.
private final class Seen: Sendable {
    private let positions = Mutex<[Position]>([])
    func note(_ position: Position) { positions.withLock { $0.append(position) } }
    var all: [Position] { positions.withLock { $0 } }
}

@Suite("Watches, history and chains of causes")
struct HistoryAndWatchTests {
    @Test("a watch from any position sees every later change once and in order, while others write")
    func watchFromAnywhere() async throws {
        let log = InMemoryEventLog()
        try await Replica.run(on: log) { replica in
            try await replica.createNamespace()
            try await SequencerFaultTests.load(replica, Ledger(), clients: 2, writes: 30, seed: 9)
        }
        try await Replica.run(on: log) { replica in
            let filter = WatchFilter(resource: .configMaps)
            async let load: Void = SequencerFaultTests.load(replica, Ledger(), clients: 4, writes: 30, seed: 10)
            var watches: [(start: Position, past: [Position], live: Seen, WatchHub.Subscription)] = []
            let loaded = try await log.head().position
            for start in stride(from: Position(0), through: loaded, by: 3) {
                let seen = Seen()
                let subscription = replica.cluster.hub.subscribe(filter, after: start) { change, _ in
                    seen.note(change.transition.position)
                }
                let past = try await replica.cluster.history.transitions(
                    .configMaps, namespace: nil, after: start, through: subscription.liveAfter)
                watches.append((start, past.map(\.position), seen, subscription))
            }
            try await load
            let events = try await log.everything()
            let changes = events.filter { $0.event.changesState && $0.event.stream.hasPrefix("configmaps/") }.map(
                \.position)
            for watch in watches {
                replica.cluster.hub.cancel(watch.3)
                #expect(watch.past + watch.live.all == changes.filter { $0 > watch.start }, "from \(watch.start)")
            }
            #expect(replica.cluster.hub.watcherCount == 0)
        }
    }

    @Test("every form that an object ever had can be read, a Service's too, past many changes")
    func everyForm() async throws {
        let log = InMemoryEventLog()
        try await Replica.run(on: log) { replica in
            try await replica.createNamespace()
            try await replica.create(
                .services,
                [
                    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "web", "namespace": "shop"],
                    "spec": ["selector": ["app": "web"], "ports": [["port": 80]]],
                ])
            let key = ObjectKey(.services, namespace: "shop", name: "web")
            var forms: [StoredObject] = [try #require(replica.cluster.state[key])]
            for port in 1...80 {
                let patch = JSON.object(["spec": ["ports": [["port": .int(Int64(port))]]]]).canonicalBytes
                _ = try await replica.writer.execute(
                    replica.request(.services, namespace: "shop", name: "web", .patch(.merge, patch)))
                forms.append(try #require(replica.cluster.state[key]))
            }
            for form in forms { #expect(try await replica.cluster.history.object(key, at: form.position) == form) }
        }
    }

    @Test("a rolled-back object is as it was, and the log rebuilds it")
    func rollback() async throws {
        let log = InMemoryEventLog()
        let live = try await Replica.run(on: log) { replica in
            try await replica.createNamespace()
            let first = try #require(try await replica.create(.configMaps, Replica.configMap("a", "old")).object)
            _ = try await replica.patch("a", "new")
            let earlier = try #require(
                try await replica.cluster.history.object(
                    ObjectKey(.configMaps, namespace: "shop", name: "a"), at: first.position))
            let result = try await replica.writer.execute(
                replica.request(.configMaps, namespace: "shop", name: "a", .restore(earlier.object().json)))
            #expect(result.object?.bytes == first.bytes)
            return replica.cluster.state
        }
        #expect(try await log.everything().last?.event.type == "ConfigMapRolledBack")
        #expect(try await log.replayedHash() == live.contentHash())
    }

    @Test("an evolve that loses one member is caught by comparing hashes")
    func brokenEvolve() async throws {
        let log = InMemoryEventLog()
        let live = try await Replica.run(on: log) { replica in
            try await replica.createNamespace()
            try await replica.create(.configMaps, Replica.configMap("a", "1"))
            _ = try await replica.patch("a", "2")
            return replica.cluster.state
        }
        var broken = ClusterState()
        for event in try await log.everything() {
            var event = event
            if event.event.type == "ConfigMapUpdated" { event.event.payload = Array("{}".utf8) }
            try broken.apply(event)
        }
        #expect(broken.position == live.position)
        #expect(broken.contentHash() != live.contentHash())
        #expect(try await log.replayedHash() == live.contentHash())
    }

    @Test("what controllers do names the event that led to it and the call that began it")
    func causes() async throws {
        let log = InMemoryEventLog()
        let created: Position = try await Replica.run(
            on: log,
            services: { replica in
                [
                    ControllerRuntime(
                        cluster: replica.cluster, writer: replica.writer,
                        reconcilers: Reconcilers.all(startedAt: replica.cluster.clock.now),
                        logger: Replica.quiet)
                ]
            }
        ) { replica in
            try await replica.createNamespace()
            let labels: JSON = ["app": "web"]
            let result = try await replica.create(
                .deployments,
                [
                    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web", "namespace": "shop"],
                    "spec": [
                        "replicas": 2, "selector": ["matchLabels": labels],
                        "template": [
                            "metadata": ["labels": labels],
                            "spec": ["containers": [["name": "web", "image": "nginx"]]],
                        ],
                    ],
                ])
            while replica.cluster.state.count(.pods) < 2 { try await Task.sleep(for: .milliseconds(5)) }
            return try #require(result.object?.position)
        }
        let events = try await log.everything()
        let replicaSet = try #require(events.first { $0.event.type == "ReplicaSetCreated" })
        #expect(replicaSet.event.cause == created)
        #expect(replicaSet.event.correlation == created)
        #expect(replicaSet.event.caller.subject == "system:controller:deployment")
        let pods = events.filter { $0.event.type == "PodCreated" }
        #expect(pods.count == 2)
        for pod in pods {
            #expect(pod.event.cause >= replicaSet.position)
            #expect(pod.event.correlation == created)
        }
    }
}

@Suite("The work queue")
struct WorkQueueTests {
    private static func key(_ number: Int) -> ObjectKey { ObjectKey(.pods, namespace: "n", name: "p\(number)") }

    @Test("no key is lost and none is worked on twice at once", arguments: [1, 2, 3] as [UInt64])
    func safety(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let queue = WorkQueue()
        var running: Set<ObjectKey> = []
        var due: Set<ObjectKey> = []
        for step in 1...5000 {
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                let key = Self.key(Int.random(in: 0..<20, using: &random))
                queue.add(key, cause: Position(step))
                due.insert(key)
            case 1:
                guard let item = queue.take(limit: 4) else { continue }
                #expect(running.insert(item.key).inserted, "seed \(seed)")
                #expect(due.remove(item.key) != nil)
            default:
                guard let key = running.randomElement(using: &random) else { continue }
                running.remove(key)
                queue.done(WorkQueue.Item(key: key, cause: 0), failed: false)
            }
            #expect(running.count <= 4)
        }
        for key in running { queue.done(WorkQueue.Item(key: key, cause: 0), failed: false) }
        while let item = queue.take(limit: 100) { due.remove(item.key) }
        #expect(due.isEmpty, "seed \(seed)")
    }

    @Test("a change of what is asked for is the cause, whatever was observed beside it")
    func causes() {
        let queue = WorkQueue()
        for (cause, isAsked) in [(1, false), (2, true), (3, true), (4, false)] {
            queue.add(Self.key(1), cause: Position(cause), isAsked: isAsked)
        }
        let item = queue.take(limit: 1)
        #expect(item?.cause == 3)
        #expect(item?.isAsked == true)
        for cause in [5, 6] { queue.add(Self.key(2), cause: Position(cause)) }
        #expect(queue.take(limit: 2)?.cause == 6)
        // What could not be carried out is still the cause of the next attempt, whatever woke that.
        if let item { queue.done(item, failed: true) }
        queue.add(Self.key(1), cause: 7)
        let again = queue.take(limit: 2)
        #expect(again?.cause == 3)
        if let again { queue.done(again, failed: false) }
        queue.add(Self.key(1), cause: 8)
        #expect(queue.take(limit: 2)?.cause == 8)
    }

    @Test("however often a key asks to be planned again, it is planned once when the time has come")
    func oneTimer() async throws {
        let queue = WorkQueue()
        for _ in 0..<100 { queue.add(Self.key(1), after: 0, cause: 7) }
        queue.add(Self.key(1), after: 3600, cause: 8)
        queue.fireTimers()
        let item = queue.take(limit: 10)
        #expect(item?.key == Self.key(1))
        #expect(item?.cause == 8, "what set the timer led to what is done when it fires")
        queue.done(WorkQueue.Item(key: Self.key(1), cause: 0), failed: false)
        queue.fireTimers()
        #expect(queue.take(limit: 10) == nil)
        #expect(queue.timerCount == 0)
    }
}
