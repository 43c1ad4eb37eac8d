import KubeModel

/// What the machine asks the node to do. Each one but `event` is answered by an ``Observation``.
public enum Effect: Sendable, Hashable {
    /// Make directories, volumes and the pod's cgroup. Answer: `prepared`, `prepareFailed` or `refused`.
    case prepare
    /// Answer: `sandboxCreated` or `failed`.
    case createSandbox(attempt: Int)
    /// Stop and remove a sandbox that was lost, with what still stands in it. Answer: `sandboxRemoved`.
    case removeSandbox(id: String)
    /// Answer: `imageReady`, `imageFailed` or `imageAbsent`.
    case ensureImage(container: String, image: String, policy: ContainerDefinition.PullPolicy)
    /// Create and start. Answer: `started`, `configFailed` or `startFailed`.
    case startContainer(name: String, attempt: Int, imageID: String)
    /// Answer: `postStartEnded`.
    case runPostStart(container: String, id: String, handler: LifecycleHandler)
    /// Run preStop, then SIGTERM, then SIGKILL once the grace is over. Answer: `exited` or `failed`.
    case stopContainer(name: String, id: String, preStop: LifecycleHandler?, graceSeconds: Int64)
    /// Remove a container that ended and is no longer wanted for its logs. Answer: `containerRemoved`.
    case removeContainer(id: String)
    /// Answer: `probed`.
    case probe(container: String, id: String, kind: ProbeKind, probe: ProbeDefinition)
    /// Wait until no connection to the pod is left, at most these seconds. Answer: `drained`.
    case drain(seconds: Int64)
    /// Read the network counters, then stop the sandbox. Answer: `sandboxStopped`.
    case stopSandbox(id: String)
    /// Read the counters last and have the reading acknowledged. Answer: `usageReported`.
    case reportFinalUsage
    /// Give back volumes and cgroups. Answer: `released`.
    case releaseResources
    /// Remove the pod's containers, sandbox and directories. Answer: `removed`.
    case removePod
    /// Delete the API object with grace 0. Answer: `objectDeleted`.
    case deleteObject
    /// Record a Kubernetes Event; never answered.
    case event(KubeEventNote)

    /// Under which key the effect counts as under way; nil for what is not answered.
    public var work: Work? {
        switch self {
        case .prepare: .prepare
        case .createSandbox: .sandbox
        case .removeSandbox(let id): .removeSandbox(id)
        case .ensureImage(let name, _, _): .image(name)
        case .startContainer(let name, _, _): .start(name)
        case .runPostStart(let name, _, _): .postStart(name)
        case .stopContainer(_, let id, _, let grace): .stop(id, forced: grace <= 0)
        case .removeContainer(let id): .removeContainer(id)
        case .probe(let name, _, let kind, _): .probe(name, kind)
        case .drain: .drain
        case .stopSandbox: .stopSandbox
        case .reportFinalUsage: .finalUsage
        case .releaseResources: .release
        case .removePod: .remove
        case .deleteObject: .deleteObject
        case .event: nil
        }
    }
}

/// A key of work under way: the machine never asks twice for the same.
public enum Work: Sendable, Hashable {
    case prepare, sandbox, drain, stopSandbox, finalUsage, release, remove, deleteObject
    case removeSandbox(String)
    case removeContainer(String)
    case image(String)
    case start(String)
    case postStart(String)
    case stop(String, forced: Bool)
    case probe(String, ProbeKind)
}

/// A Kubernetes Event about the pod.
public struct KubeEventNote: Sendable, Hashable {
    public var isWarning: Bool
    public var reason: String
    public var message: String
    /// The container it is about; nil for the pod.
    public var container: String?

    public init(_ reason: String, _ message: String, container: String? = nil, isWarning: Bool = false) {
        (self.reason, self.message, self.container, self.isWarning) = (reason, message, container, isWarning)
    }
}
