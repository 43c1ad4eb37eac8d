import KubeModel
import PropertyTesting
import Testing

@testable import Domain

@Suite("Deciding and folding")
struct EvolveTests {
    static let context = DecisionContext(term: 1, serviceRange: AddressRange("10.96.0.0/16")!)
    static let caller = Caller(subject: "tester", groups: ["system:masters"], verb: "create")

    /// Decides one change and folds it, as the sequencer does.
    @discardableResult
    static func run(_ change: ObjectChange, on state: inout ClusterState, log: inout [RecordedEvent]) throws -> Decision
    {
        let command = Command(caller: caller, callID: CallID(high: 0, low: UInt64(log.count)), changes: [change])
        let decision = state.decide(command, context: context)
        if case .events(let events) = decision {
            for event in events {
                let record = Envelope.record(
                    event, position: state.position + 1, recordedAt: Timestamp(seconds: state.position))
                try state.apply(record)
                log.append(record)
            }
        }
        return decision
    }

    static func namespace(_ name: String) -> ObjectChange {
        ObjectChange(
            ObjectKey(.namespaces, name: name), type: "NamespaceCreated", expected: nil,
            content: .members(
                JSON.object(["metadata": ["name": .string(name), "uid": .string("ns-\(name)")]]).canonicalBytes))
    }

    static func configMap(_ name: String, _ value: Int, state: ClusterState) -> ObjectChange {
        let key = ObjectKey(.configMaps, namespace: "shop", name: name)
        let data: JSON = ["data": ["value": .int(Int64(value))]]
        guard let live = state[key] else {
            var whole = data
            whole["metadata"] = ["name": .string(name), "namespace": "shop", "uid": .string("uid-\(name)-\(value)")]
            return ObjectChange(key, type: "ConfigMapCreated", expected: nil, content: .members(whole.canonicalBytes))
        }
        return ObjectChange(
            key, type: "ConfigMapUpdated", expected: live.revision, content: .members(data.canonicalBytes))
    }

    @Test("rebuilding from the log gives the live state, byte for byte", arguments: [11, 12, 13] as [UInt64])
    func rebuildEqualsLive(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var state = ClusterState()
        state.buildIndexes()
        var log: [RecordedEvent] = []
        try Self.run(Self.namespace("shop"), on: &state, log: &log)
        for step in 0..<2000 {
            let name = "c\(Int.random(in: 0..<40, using: &random))"
            let key = ObjectKey(.configMaps, namespace: "shop", name: name)
            if let live = state[key], Int.random(in: 0..<10, using: &random) == 0 {
                let end = ObjectChange(key, type: "ConfigMapDeleted", expected: live.revision, content: .ended)
                try Self.run(end, on: &state, log: &log)
            } else {
                try Self.run(Self.configMap(name, step, state: state), on: &state, log: &log)
            }
        }
        #expect(log.map(\.position) == Array(1...Int64(log.count)))
        var rebuilt = ClusterState()
        for record in log {
            let read = try Envelope.decode(record.envelope, payload: record.event.payload)
            #expect(read == record)
            try rebuilt.apply(read)
        }
        #expect(rebuilt.contentHash() == state.contentHash(), "seed \(seed)")
        let restored = try #require(ClusterState(snapshot: state.snapshotBytes()))
        #expect(restored.contentHash() == state.contentHash())
        #expect(restored.position == state.position)
    }

    @Test("a whole object stands in the log at creation and at every 32nd revision, and gives the same object")
    func keyframes() throws {
        var state = ClusterState()
        state.buildIndexes()
        var log: [RecordedEvent] = []
        try Self.run(Self.namespace("shop"), on: &state, log: &log)
        for step in 0..<70 { try Self.run(Self.configMap("a", step, state: state), on: &state, log: &log) }
        let key = ObjectKey(.configMaps, namespace: "shop", name: "a")
        let events = log.filter { $0.event.stream == key.description }
        #expect(events.filter(\.event.isKeyframe).map(\.event.revision) == [1, 32, 64])
        let last = try #require(events.last { $0.event.isKeyframe })
        var partial = ClusterState(resumingAt: last)
        for event in events where event.position > last.position { try partial.apply(event) }
        #expect(partial[key] == state[key])
    }

    @Test("a command prepared on an earlier revision is sent back and changes nothing")
    func staleCommand() throws {
        var state = ClusterState()
        state.buildIndexes()
        var log: [RecordedEvent] = []
        try Self.run(Self.namespace("shop"), on: &state, log: &log)
        try Self.run(Self.configMap("a", 1, state: state), on: &state, log: &log)
        let prepared = Self.configMap("a", 2, state: state)
        try Self.run(Self.configMap("a", 3, state: state), on: &state, log: &log)
        let before = state.contentHash()
        guard case .stale(let key) = try Self.run(prepared, on: &state, log: &log) else {
            Issue.record("the stale command was accepted")
            return
        }
        #expect(key.name == "a")
        #expect(state.contentHash() == before)
    }

    @Test("nothing is created in a namespace that is absent or being deleted")
    func namespaces() throws {
        var state = ClusterState()
        state.buildIndexes()
        var log: [RecordedEvent] = []
        guard case .rejected(let absent) = try Self.run(Self.configMap("a", 1, state: state), on: &state, log: &log)
        else {
            Issue.record("created in an absent namespace")
            return
        }
        #expect(absent == .notFound(.namespaces, name: "shop"))
        try Self.run(Self.namespace("shop"), on: &state, log: &log)
        let key = ObjectKey(.namespaces, name: "shop")
        let metadata: JSON = [
            "metadata": ["name": "shop", "uid": "ns-shop", "deletionTimestamp": "2026-01-01T00:00:00Z"]
        ]
        try Self.run(
            ObjectChange(
                key, type: "NamespaceDeletionRequested", expected: 1, content: .members(metadata.canonicalBytes)),
            on: &state, log: &log)
        guard case .rejected(let ending) = try Self.run(Self.configMap("a", 1, state: state), on: &state, log: &log)
        else {
            Issue.record("created in a namespace that is being deleted")
            return
        }
        #expect(ending.code == 403)
        #expect(ending.causes.map(\.reason) == ["NamespaceTerminating"])
    }

    @Test("two Services never get one address, and one that is taken is refused with its field")
    func serviceAddresses() throws {
        var state = ClusterState()
        state.buildIndexes()
        var log: [RecordedEvent] = []
        try Self.run(Self.namespace("shop"), on: &state, log: &log)
        func service(_ name: String, _ address: String?) -> ObjectChange {
            var spec: JSON = ["type": "NodePort", "ports": [["port": 80]]]
            spec["clusterIP"] = address.map { .string($0) }
            let object: JSON = [
                "metadata": ["name": .string(name), "namespace": "shop", "uid": .string(name)], "spec": spec,
            ]
            return ObjectChange(
                ObjectKey(.services, namespace: "shop", name: name), type: "ServiceCreated", expected: nil,
                content: .service(object, changedMembers: []))
        }
        try Self.run(service("fixed", "10.96.0.100"), on: &state, log: &log)
        for index in 0..<200 { try Self.run(service("s\(index)", nil), on: &state, log: &log) }
        var addresses: Set<String> = []
        var ports: Set<Int64> = []
        state.forEach(.services) { _, object in
            addresses.insert(object.object().json.string("spec", "clusterIP") ?? "")
            ports.insert(object.object().json.array("spec", "ports").first?.int("nodePort") ?? 0)
            return true
        }
        #expect(addresses.count == 201)
        #expect(ports.count == 201)
        #expect(ports.allSatisfy { Self.context.nodePorts.contains($0) })
        guard case .rejected(let taken) = try Self.run(service("late", "10.96.0.100"), on: &state, log: &log) else {
            Issue.record("one address was given twice")
            return
        }
        #expect(taken.code == 422)
        #expect(taken.causes.map(\.field) == ["spec.clusterIPs"])
    }

    @Test("remarks stay in the event and never reach the object")
    func remarks() throws {
        var state = ClusterState()
        state.buildIndexes()
        var log: [RecordedEvent] = []
        try Self.run(Self.namespace("shop"), on: &state, log: &log)
        for step in 0..<32 {
            var change = Self.configMap("a", step, state: state)
            if state[change.key] != nil { change.remarks = ["verdict": ["n1": "fits"]] }
            try Self.run(change, on: &state, log: &log)
        }
        let key = ObjectKey(.configMaps, namespace: "shop", name: "a")
        #expect(log.last?.event.isKeyframe == true)
        #expect(log.last.map { String(decoding: $0.event.payload, as: UTF8.self).contains("verdict") } == true)
        #expect(state[key]?.object().json.objectValue?.names == ["data", "metadata"])
    }
}
