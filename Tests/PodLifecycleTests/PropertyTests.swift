import KubeModel
import PropertyTesting
import Testing

@testable import PodLifecycle

/// Feeds a machine with good and bad answers, losses and deletions at random.
struct Chaos {
    var random: SeededRandom
    let simulation: Simulation
    let object: JSON
    var pending: [Effect] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        var spec: JSON = [
            "restartPolicy": .string(["Always", "OnFailure", "Never"].randomElement(using: &random) ?? "Always")
        ]
        if Bool.random(using: &random) { spec["initContainers"] = [["name": "init", "image": "i:1"]] }
        if Bool.random(using: &random) {
            spec["initContainers"] = [
                ["name": "init", "image": "i:1"], ["name": "side", "image": "i:1", "restartPolicy": "Always"],
            ]
        }
        if Int.random(in: 0..<4, using: &random) == 0 { spec["activeDeadlineSeconds"] = 100 }
        let probe: JSON = ["exec": ["command": ["true"]], "failureThreshold": 1]
        object = pod(
            spec, container: Bool.random(using: &random) ? ["livenessProbe": probe, "readinessProbe": probe] : [:])
        simulation = Simulation(object, isListed: false)
        pending = simulation.observe(.listed(sandboxes: [], containers: [], at: simulation.now))
    }

    /// One random thing happens. Returns what the machine asked for.
    mutating func step() -> [Effect] {
        let effects: [Effect]
        switch Int.random(in: 0..<20, using: &random) {
        case 0: effects = simulation.wait(Double.random(in: 0...60, using: &random))
        case 1:
            simulation.now = simulation.now.adding(seconds: 1)
            effects = simulation.observe(.listed(sandboxes: [], containers: [], at: simulation.now))
        case 2, 3:
            let name = simulation.record.containers.randomElement(using: &random)?.name ?? ""
            effects = simulation.end(name, code: Int32.random(in: 0...1, using: &random))
        case 4: effects = simulation.observe(.exited(container: "app", id: "unknown", exit: simulation.exit(1)))
        default: effects = answerOne()
        }
        pending += effects.filter { $0.work != nil }
        return effects
    }

    private mutating func answerOne() -> [Effect] {
        guard !pending.isEmpty else { return simulation.wait(5) }
        let effect = pending.remove(at: Int.random(in: 0..<pending.count, using: &random))
        guard let work = effect.work else { return [] }
        if Int.random(in: 0..<5, using: &random) == 0 { return simulation.observe(.failed(work, message: "chaos")) }
        guard let answer = simulation.goodAnswer(effect) else { return [] }
        return simulation.observe(answer)
    }

    /// Answers everything well, with time passing, until the pod is finished.
    mutating func finish() -> Bool {
        for _ in 0..<2000 {
            if simulation.record.isFinished { return true }
            let effects: [Effect]
            if pending.isEmpty {
                effects = simulation.wait(60)
            } else {
                let answer = simulation.goodAnswer(pending.removeFirst())
                effects = answer.map { simulation.observe($0) } ?? []
            }
            pending += effects.filter { $0.work != nil }
        }
        return false
    }
}

struct PropertyTests {
    @Test("restart counts never fall, whatever happens", arguments: 1...60)
    func restartCountsGrow(seed: UInt64) {
        var chaos = Chaos(seed: seed)
        var counts: [String: Int] = [:]
        for _ in 0..<300 {
            _ = chaos.step()
            for container in chaos.simulation.record.containers {
                #expect(container.restartCount >= counts[container.name] ?? 0, "seed \(seed)")
                counts[container.name] = container.restartCount
            }
        }
    }

    @Test("the same work is never asked for twice at once", arguments: 1...60)
    func noDoubleWork(seed: UInt64) {
        var chaos = Chaos(seed: seed)
        for _ in 0..<300 {
            _ = chaos.step()
            let keys = chaos.pending.compactMap(\.work)
            // A stop that was overtaken by the exit it waits for may be asked for again.
            let others = keys.filter { if case .stop = $0 { false } else { true } }
            #expect(Set(others).count == others.count, "seed \(seed)")
        }
    }

    @Test("a deleted pod starts nothing any more and always ends", arguments: 1...60)
    func alwaysEnds(seed: UInt64) {
        var chaos = Chaos(seed: seed)
        for _ in 0..<100 { _ = chaos.step() }
        chaos.pending += chaos.simulation.observe(.podChanged(deleted(chaos.object))).filter { $0.work != nil }
        let begun = chaos.simulation.log.count
        let hasEnded = chaos.finish()
        #expect(hasEnded, "seed \(seed)")
        let later = chaos.simulation.log[begun...]
        #expect(!later.contains { if case .startContainer = $0 { true } else { false } }, "seed \(seed)")
        #expect(!later.contains { if case .createSandbox = $0 { true } else { false } }, "seed \(seed)")
        #expect(later.filter { $0 == .deleteObject }.count == 1, "seed \(seed)")
        #expect(chaos.simulation.observe(.tick) == [])
    }

    @Test("nothing runs in a pod whose groups are released", arguments: 1...60)
    func releasedIsStopped(seed: UInt64) {
        var chaos = Chaos(seed: seed)
        for _ in 0..<100 { _ = chaos.step() }
        chaos.pending += chaos.simulation.observe(.podChanged(deleted(chaos.object))).filter { $0.work != nil }
        for _ in 0..<500 {
            let effects = chaos.step()
            guard effects.contains(.releaseResources) else { continue }
            #expect(chaos.simulation.record.containers.allSatisfy { !$0.isRunning }, "seed \(seed)")
        }
    }
}
