import KubeModel

/// What the node saw; the only input of the machine besides time.
public enum Observation: Sendable, Hashable {
    /// Time passed.
    case tick
    /// The API's object changed.
    case podChanged(KubeObject)
    /// The API has no such object any more.
    case podGone
    /// What the runtime holds of this pod. `at` is when the listing began.
    case listed(sandboxes: [ObservedSandbox], containers: [ObservedContainer], at: Timestamp)
    case prepared
    /// A volume or directory is not there yet; it is tried again. Reason as in the Event (`FailedMount`).
    case prepareFailed(reason: String, message: String)
    /// The node cannot run this pod at all.
    case refused(reason: String, message: String)
    case sandboxCreated(id: String, attempt: Int, addresses: [String])
    case sandboxRemoved(id: String)
    case imageReady(container: String, imageID: String, pulled: Bool)
    case imageFailed(container: String, message: String)
    case imageAbsent(container: String)
    case started(container: String, id: String, attempt: Int, imageID: String, at: Timestamp)
    /// The container's configuration could not be made (`CreateContainerConfigError`, `CreateContainerError`).
    case configFailed(container: String, reason: String, message: String)
    /// Created, but the runtime could not start it.
    case startFailed(container: String, id: String, attempt: Int, imageID: String, message: String)
    case postStartEnded(container: String, id: String, failure: String?)
    case exited(container: String, id: String, exit: ContainerExit)
    case containerRemoved(id: String)
    case probed(container: String, id: String, kind: ProbeKind, failure: String?)
    case drained
    case sandboxStopped
    case usageReported
    case released
    case removed
    case objectDeleted
    /// The work failed; it is tried again after a delay.
    case failed(Work, message: String)

    /// The work that this answers.
    var completes: Work? {
        switch self {
        case .tick, .podChanged, .podGone, .listed, .exited: nil
        case .prepared, .prepareFailed, .refused: .prepare
        case .sandboxCreated: .sandbox
        case .sandboxRemoved(let id): .removeSandbox(id)
        case .imageReady(let name, _, _), .imageFailed(let name, _), .imageAbsent(let name): .image(name)
        case .started(let name, _, _, _, _), .configFailed(let name, _, _), .startFailed(let name, _, _, _, _):
            .start(name)
        case .postStartEnded(let name, _, _): .postStart(name)
        case .containerRemoved(let id): .removeContainer(id)
        case .probed(let name, _, let kind, _): .probe(name, kind)
        case .drained: .drain
        case .sandboxStopped: .stopSandbox
        case .usageReported: .finalUsage
        case .released: .release
        case .removed: .remove
        case .objectDeleted: .deleteObject
        case .failed(let work, _): work
        }
    }
}

/// How a container ended.
public struct ContainerExit: Sendable, Hashable {
    public var exitCode: Int32
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, `ContainerStatusUnknown`.
    public var reason: String
    public var message: String
    public var startedAt: Timestamp
    public var finishedAt: Timestamp

    public init(exitCode: Int32, reason: String, message: String = "", startedAt: Timestamp, finishedAt: Timestamp) {
        (self.exitCode, self.reason, self.message) = (exitCode, reason, message)
        (self.startedAt, self.finishedAt) = (startedAt, finishedAt)
    }
}

/// A sandbox as the runtime lists it.
public struct ObservedSandbox: Sendable, Hashable {
    public var id: String
    public var attempt: Int
    public var isReady: Bool
    public var addresses: [String]

    public init(id: String, attempt: Int, isReady: Bool, addresses: [String]) {
        (self.id, self.attempt, self.isReady, self.addresses) = (id, attempt, isReady, addresses)
    }
}

/// A container as the runtime lists it.
public struct ObservedContainer: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// Created and never started.
        case created
        case running(startedAt: Timestamp)
        case exited(ContainerExit)
    }

    public var id: String
    public var name: String
    public var attempt: Int
    public var imageID: String
    public var sandboxID: String
    public var state: State

    public init(id: String, name: String, attempt: Int, imageID: String, sandboxID: String, state: State) {
        (self.id, self.name, self.attempt, self.imageID) = (id, name, attempt, imageID)
        (self.sandboxID, self.state) = (sandboxID, state)
    }
}
