import KubeModel

/// The state of one container of a pod over all its attempts.
public struct ContainerRecord: Sendable, Hashable {
    /// One container in the runtime: an attempt.
    public struct Instance: Sendable, Hashable {
        public let id: String
        public let attempt: Int
        public let imageID: String
        public let startedAt: Timestamp
        /// When the machine learned of it: older listings say nothing about it.
        let learnedAt: Timestamp
        public internal(set) var exit: ContainerExit?
        var awaitsPostStart = false
    }

    /// `state.waiting`.
    struct Waiting: Sendable, Hashable {
        var reason: String
        var message: String
    }

    public let definition: ContainerDefinition
    /// The newest attempt; nil before the first.
    public internal(set) var current: Instance?
    /// The attempt before it.
    public internal(set) var last: Instance?
    /// The number of the next attempt.
    var nextAttempt = 0
    /// The image's id once it is there for the next attempt.
    var imageID: String?
    var waiting: Waiting?
    var crashes = BackOff()
    var pulls = BackOff()
    /// `ErrImagePull` was shown once; the next look shows `ImagePullBackOff`.
    var pullFailureSeen = false
    /// When a configuration that could not be made is tried again.
    var configRetry: Timestamp?
    var probes: [ProbeKind: ProbeRecord] = [:]
    /// Set while the running attempt is being killed to be restarted.
    var isBeingKilled = false
    /// The seconds of grace for that kill.
    var killGrace: Int64 = 0
    /// The sandbox was lost: an init container that was done has to run again.
    var mustRunAgain = false

    init(_ definition: ContainerDefinition) { self.definition = definition }

    public var name: String { definition.name }
    public var isRunning: Bool { current.map { $0.exit == nil } ?? false }
    /// The newest attempt's end; nil while it runs and before the first.
    public var exit: ContainerExit? { current?.exit }
    public var restartCount: Int { current?.attempt ?? 0 }
    /// Ended well and, for an init container, within the present sandbox.
    var hasSucceeded: Bool { exit?.exitCode == 0 && !mustRunAgain }

    /// Running, past postStart and its startup probe (`containerStatuses.started`).
    public var isStarted: Bool {
        guard isRunning, current?.awaitsPostStart == false else { return false }
        return definition.probes[.startup] == nil || probes[.startup]?.passes == true
    }

    /// `containerStatuses.ready`.
    public var isReady: Bool {
        if definition.isInit, !definition.isSidecar { return hasSucceeded }
        guard isStarted else { return false }
        return definition.probes[.readiness] == nil || probes[.readiness]?.passes == true
    }

    /// The policy that counts for this container: init containers never restart after success.
    func restartPolicy(_ pod: PodDefinition) -> PodDefinition.RestartPolicy {
        if definition.isSidecar { return .always }
        if definition.isInit, pod.restartPolicy == .always { return .onFailure }
        return pod.restartPolicy
    }

    /// Whether an attempt has to be made: none yet, or the last ended and the policy wants another.
    func wantsAttempt(_ pod: PodDefinition) -> Bool {
        guard let current else { return true }
        guard let exit = current.exit else { return false }
        if mustRunAgain { return true }
        switch restartPolicy(pod) {
        case .always: return true
        case .onFailure: return exit.exitCode != 0
        case .never: return false
        }
    }

    /// A new attempt runs.
    mutating func start(id: String, attempt: Int, imageID: String, at started: Timestamp, now: Timestamp) {
        if let current { last = current }
        current = Instance(id: id, attempt: attempt, imageID: imageID, startedAt: started, learnedAt: now)
        current?.awaitsPostStart = definition.postStart != nil
        nextAttempt = attempt + 1
        self.imageID = nil
        waiting = nil
        configRetry = nil
        isBeingKilled = false
        mustRunAgain = false
        probes = definition.probes.reduce(into: [:]) { records, probe in
            records[probe.key] = ProbeRecord(probe.key, probe.value, startedAt: started)
        }
    }

    /// The running attempt ended.
    mutating func end(_ exit: ContainerExit) {
        guard isRunning else { return }
        current?.exit = exit
        crashes.exit(at: exit.finishedAt, ranSeconds: exit.finishedAt.seconds(since: exit.startedAt))
        isBeingKilled = false
        probes = [:]
        waiting = nil
    }
}

/// The running count of one probe of one attempt.
struct ProbeRecord: Sendable, Hashable {
    /// Which side the thresholds have settled on.
    var passes: Bool
    var successes = 0
    var failures = 0
    var nextAt: Timestamp

    init(_ kind: ProbeKind, _ probe: ProbeDefinition, startedAt: Timestamp) {
        passes = kind == .liveness
        nextAt = startedAt.adding(seconds: probe.initialDelay)
    }

    /// Counts a result; true when the failure threshold was just reached.
    mutating func record(success: Bool, _ probe: ProbeDefinition) -> Bool {
        if success {
            successes += 1
            failures = 0
            if successes >= probe.successThreshold { passes = true }
            return false
        }
        failures += 1
        successes = 0
        guard failures >= probe.failureThreshold else { return false }
        passes = false
        return true
    }
}
