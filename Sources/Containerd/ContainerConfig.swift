import KubeModel

/// A directory or file of the node that appears in a container.
public struct ContainerMount: Sendable, Hashable {
    /// Whether mounts made later on one side appear on the other, in Kubernetes' words.
    public enum Propagation: String, Sendable, Hashable {
        case none = "None"
        case hostToContainer = "HostToContainer"
        case bidirectional = "Bidirectional"
    }

    public var containerPath: String
    public var hostPath: String
    public var readOnly: Bool
    public var propagation: Propagation

    public init(containerPath: String, hostPath: String, readOnly: Bool = false, propagation: Propagation = .none) {
        self.containerPath = containerPath
        self.hostPath = hostPath
        self.readOnly = readOnly
        self.propagation = propagation
    }
}

/// The Linux limits of one container. Nil leaves a value at the runtime's default.
public struct ContainerResources: Sendable, Hashable {
    /// The relative weight, 2 to 262144; 1024 is one core.
    public var cpuShares: Int64?
    /// Microseconds of CPU time a period; -1 is no limit.
    public var cpuQuotaMicroseconds: Int64?
    public var cpuPeriodMicroseconds: Int64?
    public var memoryLimitBytes: Int64?
    /// Limit of memory and swap together.
    public var memorySwapLimitBytes: Int64?
    /// From -1000 to 1000.
    public var oomScoreAdjustment: Int64?

    public init(
        cpuShares: Int64? = nil, cpuQuotaMicroseconds: Int64? = nil, cpuPeriodMicroseconds: Int64? = nil,
        memoryLimitBytes: Int64? = nil, memorySwapLimitBytes: Int64? = nil, oomScoreAdjustment: Int64? = nil
    ) {
        self.cpuShares = cpuShares
        self.cpuQuotaMicroseconds = cpuQuotaMicroseconds
        self.cpuPeriodMicroseconds = cpuPeriodMicroseconds
        self.memoryLimitBytes = memoryLimitBytes
        self.memorySwapLimitBytes = memorySwapLimitBytes
        self.oomScoreAdjustment = oomScoreAdjustment
    }
}

/// A container's `securityContext`, merged with its pod's.
public struct ContainerSecurity: Sendable, Hashable {
    public var privileged: Bool
    public var addCapabilities: [String]
    public var dropCapabilities: [String]
    public var runAsUser: Int64?
    public var runAsGroup: Int64?
    /// A name to be looked up in the image; only where `runAsUser` is nil.
    public var runAsUserName: String
    public var supplementalGroups: [Int64]
    public var readOnlyRootFilesystem: Bool
    /// The opposite of `allowPrivilegeEscalation`.
    public var noNewPrivileges: Bool
    public var seccomp: SecurityProfile?
    public var appArmor: SecurityProfile?

    public init(
        privileged: Bool = false, addCapabilities: [String] = [], dropCapabilities: [String] = [],
        runAsUser: Int64? = nil, runAsGroup: Int64? = nil, runAsUserName: String = "",
        supplementalGroups: [Int64] = [], readOnlyRootFilesystem: Bool = false, noNewPrivileges: Bool = false,
        seccomp: SecurityProfile? = nil, appArmor: SecurityProfile? = nil
    ) {
        self.privileged = privileged
        self.addCapabilities = addCapabilities
        self.dropCapabilities = dropCapabilities
        self.runAsUser = runAsUser
        self.runAsGroup = runAsGroup
        self.runAsUserName = runAsUserName
        self.supplementalGroups = supplementalGroups
        self.readOnlyRootFilesystem = readOnlyRootFilesystem
        self.noNewPrivileges = noNewPrivileges
        self.seccomp = seccomp
        self.appArmor = appArmor
    }
}

public struct EnvironmentVariable: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// What a container shall be.
public struct ContainerConfig: Sendable, Hashable {
    public var name: String
    /// Counts the starts of this container in its pod, from 0; a name with its attempt is unique in a sandbox.
    public var attempt: UInt32
    /// An image that is on the node.
    public var image: String
    /// Replaces the image's entry point where it is not empty.
    public var command: [String]
    /// Replaces the image's arguments where it is not empty.
    public var arguments: [String]
    public var workingDirectory: String
    public var environment: [EnvironmentVariable]
    public var mounts: [ContainerMount]
    public var labels: [String: String]
    public var annotations: [String: String]
    /// Relative to the sandbox's log directory.
    public var logPath: String
    public var stdin: Bool
    public var stdinOnce: Bool
    public var terminal: Bool
    public var resources: ContainerResources
    public var security: ContainerSecurity
    public var namespaces: NamespaceOptions

    public init(
        name: String, attempt: UInt32 = 0, image: String, command: [String] = [], arguments: [String] = [],
        workingDirectory: String = "", environment: [EnvironmentVariable] = [], mounts: [ContainerMount] = [],
        labels: [String: String] = [:], annotations: [String: String] = [:], logPath: String = "",
        stdin: Bool = false, stdinOnce: Bool = false, terminal: Bool = false,
        resources: ContainerResources = ContainerResources(), security: ContainerSecurity = ContainerSecurity(),
        namespaces: NamespaceOptions = NamespaceOptions()
    ) {
        self.name = name
        self.attempt = attempt
        self.image = image
        self.command = command
        self.arguments = arguments
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.mounts = mounts
        self.labels = labels
        self.annotations = annotations
        self.logPath = logPath
        self.stdin = stdin
        self.stdinOnce = stdinOnce
        self.terminal = terminal
        self.resources = resources
        self.security = security
        self.namespaces = namespaces
    }
}
