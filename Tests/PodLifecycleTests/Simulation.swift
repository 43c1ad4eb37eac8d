import KubeModel

@testable import PodLifecycle

/// A pod's machine with a clock that the test moves and answers that the test gives.
final class Simulation {
    var record: PodRecord
    var now = Timestamp(seconds: 1_700_000_000)
    /// Everything that was asked for, in order.
    var log: [Effect] = []
    private var nextID = 0

    init(_ pod: JSON, isListed: Bool = true) {
        record = PodRecord(KubeObject(pod), hostAddress: "10.0.0.1")
        if isListed { observe(.listed(sandboxes: [], containers: [], at: now)) }
    }

    @discardableResult
    func observe(_ observation: Observation) -> [Effect] {
        let effects = record.handle(observation, now: now)
        log += effects
        return effects
    }

    @discardableResult
    func wait(_ seconds: Double) -> [Effect] {
        now = now.adding(seconds: seconds)
        return observe(.tick)
    }

    /// The answer of a node on which everything works; containers stop with exit code 0.
    func goodAnswer(_ effect: Effect) -> Observation? {
        switch effect {
        case .prepare: return .prepared
        case .createSandbox(let attempt):
            return .sandboxCreated(id: "sandbox-\(attempt)", attempt: attempt, addresses: ["10.244.0.5"])
        case .removeSandbox(let id): return .sandboxRemoved(id: id)
        case .ensureImage(let name, let image, _):
            return .imageReady(container: name, imageID: "id-\(image)", pulled: true)
        case .startContainer(let name, let attempt, let imageID):
            nextID += 1
            return .started(container: name, id: "\(name)-\(nextID)", attempt: attempt, imageID: imageID, at: now)
        case .runPostStart(let name, let id, _): return .postStartEnded(container: name, id: id, failure: nil)
        case .stopContainer(let name, let id, _, _): return .exited(container: name, id: id, exit: exit(0))
        case .removeContainer(let id): return .containerRemoved(id: id)
        case .probe(let name, let id, let kind, _): return .probed(container: name, id: id, kind: kind, failure: nil)
        case .drain: return .drained
        case .stopSandbox: return .sandboxStopped
        case .reportFinalUsage: return .usageReported
        case .releaseResources: return .released
        case .removePod: return .removed
        case .deleteObject: return .objectDeleted
        case .event: return nil
        }
    }

    /// Answers effects until nothing is asked any more; what `keep` returns true for is left unanswered.
    func settle(_ effects: [Effect], unanswered keep: (Effect) -> Bool = { _ in false }) {
        var queue = effects
        for _ in 0..<500 {
            guard !queue.isEmpty else { return }
            let effect = queue.removeFirst()
            guard !keep(effect), let answer = goodAnswer(effect) else { continue }
            queue += observe(answer)
        }
    }

    /// The running pod that a fresh machine becomes on a good node.
    func startUp() { settle(log.filter { $0.work != nil }) }

    func exit(_ code: Int32, reason: String? = nil) -> ContainerExit {
        ContainerExit(
            exitCode: code, reason: reason ?? (code == 0 ? "Completed" : "Error"), startedAt: now, finishedAt: now)
    }

    func container(_ name: String) -> ContainerRecord? { record.containers.first { $0.name == name } }

    /// The newest attempt of a container ends.
    @discardableResult
    func end(_ name: String, code: Int32, reason: String? = nil) -> [Effect] {
        guard let id = container(name)?.current?.id else { return [] }
        return observe(.exited(container: name, id: id, exit: exit(code, reason: reason)))
    }

    func condition(_ type: String) -> JSON? {
        record.status.array("conditions").first { $0.string("type") == type }
    }

    func containerStatus(_ name: String) -> JSON {
        let all = record.status.array("containerStatuses") + record.status.array("initContainerStatuses")
        return all.first { $0.string("name") == name } ?? .null
    }

    /// The reasons of the Events so far.
    var reasons: [String] {
        log.compactMap { effect in
            if case .event(let note) = effect { note.reason } else { nil }
        }
    }
}

/// A pod with one container unless the spec says otherwise.
func pod(_ spec: JSON = [:], metadata: JSON = [:], container: JSON = [:]) -> JSON {
    var full: JSON = ["containers": [merged(["name": "app", "image": "busybox:1"], container)]]
    full = merged(full, spec)
    return [
        "apiVersion": "v1", "kind": "Pod",
        "metadata": merged(["name": "p", "namespace": "ns", "uid": "u-1"], metadata), "spec": full,
    ]
}

func merged(_ base: JSON, _ other: JSON) -> JSON {
    var base = base
    for (key, value) in other.objectValue ?? [:] { base[key] = value }
    return base
}

func deleted(_ pod: JSON, grace: Int64 = 30) -> KubeObject {
    var pod = pod
    pod[["metadata", "deletionTimestamp"]] = "2023-11-14T22:14:00Z"
    pod[["metadata", "deletionGracePeriodSeconds"]] = .int(grace)
    return KubeObject(pod)
}
