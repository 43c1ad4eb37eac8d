import KubeModel

/// The lifecycle of one pod on its node as a state machine: observations in, effects out.
///
/// It decides by level: every observation updates what is known, then everything that is due and not yet under
/// way becomes an effect. Nothing happens before the first `listed`, from which running containers are adopted.
public struct PodRecord: Sendable, Hashable {
    struct Sandbox: Sendable, Hashable {
        let id: String
        let attempt: Int
        let addresses: [String]
        let learnedAt: Timestamp
    }

    public internal(set) var pod: PodDefinition
    /// Init containers in their order, then the app containers.
    public internal(set) var containers: [ContainerRecord]
    let hostAddress: String
    var sandbox: Sandbox?
    var nextSandboxAttempt = 0
    var lostSandboxes: [String] = []
    var uselessContainers: [String] = []
    /// The first listing has come.
    public internal(set) var isAdopted = false
    var isPrepared = false
    var isObjectGone = false
    var termination: Termination?
    /// The API's status where it was terminal before this machine began: it stays as it is.
    var settledStatus: JSON?
    var startTime: Timestamp?
    var conditions: [PodCondition] = []
    var inFlight: Set<Work> = []
    var retries: [Work: BackOff] = [:]
    /// The effects of the observation being handled.
    var effects: [Effect] = []

    /// - Parameter hostAddress: the node's address, for `status.hostIP`.
    public init(_ object: KubeObject, hostAddress: String) {
        pod = PodDefinition(object)
        containers = (pod.initContainers + pod.containers).map(ContainerRecord.init)
        self.hostAddress = hostAddress
        startTime = object.status.string("startTime").flatMap(Timestamp.init(rfc3339:))
        conditions = object.status.array("conditions").compactMap(PodCondition.init(json:))
        if ["Succeeded", "Failed"].contains(object.status.string("phase") ?? "") { settledStatus = object.status }
    }

    /// Nothing is left to do: the worker may be dropped.
    public var isFinished: Bool { termination?.stage == .finished }
    /// Nothing of the pod runs any more and nothing is held.
    public var hasEnded: Bool { (termination?.stage ?? .draining(until: Timestamp(seconds: 0))) >= .ended }
    public var isTerminating: Bool { termination != nil }
    /// The pod's addresses; empty until its sandbox stands.
    public var addresses: [String] { pod.isHostNetwork ? [hostAddress] : sandbox?.addresses ?? [] }
    public var sandboxID: String? { sandbox?.id }
    public var sandboxAttempt: Int { sandbox?.attempt ?? 0 }
    /// Whether nothing of the pod is to be provided any more.
    public var isReleased: Bool { (termination?.stage ?? .draining(until: Timestamp(seconds: 0))) >= .releasing }

    /// Takes one observation and returns what is now due.
    public mutating func handle(_ observation: Observation, now: Timestamp) -> [Effect] {
        effects = []
        if let work = observation.completes { inFlight.remove(work) }
        observe(observation, now)
        guard isAdopted, !isFinished else { return take() }
        startTime = startTime ?? now
        if termination == nil { noticeEnd(now) }
        if termination == nil { planRunning(now) } else { planTermination(now) }
        removeUseless(now)
        settleConditions(now)
        return take()
    }

    private mutating func take() -> [Effect] {
        defer { effects = [] }
        return effects
    }

    /// Asks for an effect unless the same work is under way or waits for its retry.
    mutating func emit(_ effect: Effect, _ now: Timestamp) {
        guard let work = effect.work else { return effects.append(effect) }
        guard !inFlight.contains(work), !(retries[work]?.isWaiting(at: now) ?? false) else { return }
        inFlight.insert(work)
        effects.append(effect)
    }

    mutating func note(_ reason: String, _ message: String, container: String? = nil, isWarning: Bool = false) {
        effects.append(.event(KubeEventNote(reason, message, container: container, isWarning: isWarning)))
    }

    private mutating func removeUseless(_ now: Timestamp) {
        for id in lostSandboxes { emit(.removeSandbox(id: id), now) }
        for id in uselessContainers { emit(.removeContainer(id: id), now) }
    }

    /// The next time at which something is due without a new observation; nil if nothing is.
    public func nextWake(after now: Timestamp) -> Timestamp? {
        var times = retries.values.compactMap(\.until)
        switch termination?.stage {
        case .draining(let until): times.append(until)
        case .stoppingContainers(let deadline): times.append(deadline)
        case nil:
            if let seconds = pod.activeDeadlineSeconds, let startTime {
                times.append(startTime.adding(seconds: Double(seconds)))
            }
            for container in containers {
                times += [container.crashes.until, container.pulls.until, container.configRetry].compactMap { $0 }
                times += container.probes.filter { !inFlight.contains(.probe(container.name, $0.key)) }.map(
                    \.value.nextAt)
            }
        default: break
        }
        return times.filter { $0 > now }.min()
    }
}
