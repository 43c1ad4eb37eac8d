import KubeModel

/// What runs pods on a node: the calls of the Container Runtime Interface, version v1, that Purser needs.
///
/// Every call throws ``RuntimeError``. Identifiers are the runtime's own; they are never reused.
public protocol ContainerRuntime: Sendable {
    func version() async throws -> RuntimeVersion
    /// Whether the runtime and its network are ready, with the runtime's own reasons.
    func conditions() async throws -> [RuntimeCondition]

    /// Creates and starts a pod's sandbox: its namespaces, its network and its address.
    /// - Returns: the sandbox's identifier.
    func runSandbox(_ config: SandboxConfig) async throws -> String
    /// Ends every process of the pod and gives its network back. Stopping twice is allowed.
    func stopSandbox(_ id: String) async throws
    /// Removes a sandbox and its containers. Removing what is gone is allowed.
    func removeSandbox(_ id: String) async throws
    func sandboxStatus(_ id: String) async throws -> SandboxStatus
    func sandboxes(_ filter: SandboxFilter) async throws -> [SandboxSummary]

    /// - Returns: the container's identifier.
    func createContainer(
        _ config: ContainerConfig, in sandbox: String, sandboxConfig: SandboxConfig
    ) async throws -> String
    func startContainer(_ id: String) async throws
    /// Sends the stop signal and, after the grace period, SIGKILL. Returns once the container has exited.
    /// - Parameter graceSeconds: zero or less kills at once.
    func stopContainer(_ id: String, graceSeconds: Int64) async throws
    /// Removes an exited container. Removing what is gone is allowed.
    func removeContainer(_ id: String) async throws
    func containerStatus(_ id: String) async throws -> ContainerStatus
    func containers(_ filter: ContainerFilter) async throws -> [ContainerSummary]
    func updateResources(of id: String, to resources: ContainerResources) async throws
    /// Makes the runtime open the log file anew, after it was renamed by a rotation.
    func reopenLog(of id: String) async throws

    /// Runs a command in a container and waits for it.
    /// - Throws: ``RuntimeError`` with ``RuntimeError/Code/deadlineExceeded`` when the command takes longer.
    func execSync(_ command: [String], in id: String, timeoutSeconds: Int64) async throws -> ExecResult
    /// - Returns: a URL on this machine that speaks the streaming protocol of `kubectl exec`.
    func exec(_ command: [String], in id: String, streams: StreamOptions) async throws -> String
    func attach(to id: String, streams: StreamOptions) async throws -> String
    func portForward(to sandbox: String, ports: [Int32]) async throws -> String

    func images() async throws -> [ImageSummary]
    /// Nil where the image is not on the node.
    func image(_ reference: String) async throws -> ImageSummary?
    /// - Returns: the image's reference by digest.
    func pullImage(_ reference: String, credentials: RegistryCredentials?) async throws -> String
    func removeImage(_ reference: String) async throws

    /// Hands over what happens to containers until the task is cancelled.
    ///
    /// The runtime does not replay what happened while nobody listened: ``RuntimeEvent/subscribed`` comes first
    /// after each connection and means that everything must be listed now.
    func watchEvents(_ handle: @escaping @Sendable (RuntimeEvent) async -> Void) async throws
}

public struct RuntimeVersion: Sendable, Hashable {
    public var name: String
    public var version: String

    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}

/// One condition of the runtime, `RuntimeReady` or `NetworkReady`.
public struct RuntimeCondition: Sendable, Hashable {
    public var type: String
    public var status: Bool
    public var reason: String
    public var message: String

    public init(type: String, status: Bool, reason: String = "", message: String = "") {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
    }
}

/// What the runtime reports about a container, for waking whoever looks after its pod.
public enum RuntimeEvent: Sendable, Hashable {
    /// Listening began (again): list, because older events are not replayed.
    case subscribed
    /// A container, or a sandbox's own process, started.
    case started(container: String)
    /// A container's or a sandbox's first process ended.
    case exited(container: String, exitCode: Int32)
    case outOfMemory(container: String)
}

/// A failed call to the runtime.
public struct RuntimeError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        case notFound, alreadyExists, invalidArgument, deadlineExceeded, unavailable, failedPrecondition
        case permissionDenied, resourceExhausted, unimplemented, cancelled, other
    }

    public var code: Code
    /// The call that failed, by its name in the interface, for instance `RunPodSandbox`.
    public var call: String
    public var message: String

    public init(code: Code, call: String, message: String) {
        self.code = code
        self.call = call
        self.message = message
    }

    public var description: String { "\(call) failed (\(code.rawValue)): \(message)" }
}
