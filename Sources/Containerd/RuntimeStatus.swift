import KubeModel

public enum SandboxState: Sendable, Hashable { case ready, notReady }

/// Which sandboxes to list; nil and empty select all.
public struct SandboxFilter: Sendable, Hashable {
    public var id: String?
    public var state: SandboxState?
    public var labels: [String: String]

    public init(id: String? = nil, state: SandboxState? = nil, labels: [String: String] = [:]) {
        self.id = id
        self.state = state
        self.labels = labels
    }
}

/// A sandbox as a list shows it.
public struct SandboxSummary: Sendable, Hashable {
    public var id: String
    public var name: String
    public var namespace: String
    public var uid: String
    public var attempt: UInt32
    public var state: SandboxState
    public var createdAt: Timestamp
    public var labels: [String: String]
    public var annotations: [String: String]

    public init(
        id: String, name: String, namespace: String, uid: String, attempt: UInt32 = 0, state: SandboxState,
        createdAt: Timestamp, labels: [String: String] = [:], annotations: [String: String] = [:]
    ) {
        self.id = id
        self.name = name
        self.namespace = namespace
        self.uid = uid
        self.attempt = attempt
        self.state = state
        self.createdAt = createdAt
        self.labels = labels
        self.annotations = annotations
    }
}

/// A sandbox with its network.
public struct SandboxStatus: Sendable, Hashable {
    public var summary: SandboxSummary
    /// Empty for a pod in the node's network, and once the sandbox was stopped.
    public var addresses: [String]
    /// The sandbox's first process; nil once it is gone.
    public var processID: Int32?
    /// The path of the pod's network namespace; nil for a pod in the node's network.
    public var networkNamespace: String?
    /// The interfaces that the pod's network has on the node's side (its veth and the bridge).
    public var nodeInterfaces: [String]

    public init(
        summary: SandboxSummary, addresses: [String] = [], processID: Int32? = nil,
        networkNamespace: String? = nil, nodeInterfaces: [String] = []
    ) {
        self.summary = summary
        self.addresses = addresses
        self.processID = processID
        self.networkNamespace = networkNamespace
        self.nodeInterfaces = nodeInterfaces
    }
}

public enum ContainerState: Sendable, Hashable { case created, running, exited, unknown }

/// Which containers to list; nil and empty select all.
public struct ContainerFilter: Sendable, Hashable {
    public var id: String?
    public var state: ContainerState?
    public var sandbox: String?
    public var labels: [String: String]

    public init(
        id: String? = nil, state: ContainerState? = nil, sandbox: String? = nil, labels: [String: String] = [:]
    ) {
        self.id = id
        self.state = state
        self.sandbox = sandbox
        self.labels = labels
    }
}

/// A container as a list shows it.
public struct ContainerSummary: Sendable, Hashable {
    public var id: String
    public var sandbox: String
    public var name: String
    public var attempt: UInt32
    public var image: String
    /// The image's identifier, `sha256:…` of its configuration.
    public var imageID: String
    public var state: ContainerState
    public var createdAt: Timestamp
    public var labels: [String: String]
    public var annotations: [String: String]

    public init(
        id: String, sandbox: String, name: String, attempt: UInt32 = 0, image: String, imageID: String = "",
        state: ContainerState, createdAt: Timestamp, labels: [String: String] = [:],
        annotations: [String: String] = [:]
    ) {
        self.id = id
        self.sandbox = sandbox
        self.name = name
        self.attempt = attempt
        self.image = image
        self.imageID = imageID
        self.state = state
        self.createdAt = createdAt
        self.labels = labels
        self.annotations = annotations
    }
}

public struct ContainerStatus: Sendable, Hashable {
    public var id: String
    public var name: String
    public var attempt: UInt32
    public var state: ContainerState
    public var createdAt: Timestamp
    /// Nil until the container was started.
    public var startedAt: Timestamp?
    /// Nil until the container has exited.
    public var finishedAt: Timestamp?
    /// 128 plus the signal where a signal ended the container. Meaningful once it has exited.
    public var exitCode: Int32
    public var image: String
    /// The image by digest, as `imageID` of a pod's container status shows it.
    public var imageReference: String
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, …; empty while it runs.
    public var reason: String
    public var message: String
    public var labels: [String: String]
    public var annotations: [String: String]
    /// Absolute.
    public var logPath: String
    /// The container's first process; nil unless it runs.
    public var processID: Int32?

    public init(
        id: String, name: String, attempt: UInt32 = 0, state: ContainerState, createdAt: Timestamp,
        startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil, exitCode: Int32 = 0, image: String = "",
        imageReference: String = "", reason: String = "", message: String = "", labels: [String: String] = [:],
        annotations: [String: String] = [:], logPath: String = "", processID: Int32? = nil
    ) {
        self.id = id
        self.name = name
        self.attempt = attempt
        self.state = state
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.exitCode = exitCode
        self.image = image
        self.imageReference = imageReference
        self.reason = reason
        self.message = message
        self.labels = labels
        self.annotations = annotations
        self.logPath = logPath
        self.processID = processID
    }
}

public struct ExecResult: Sendable, Hashable {
    /// At most 16 MB; the runtime drops the rest.
    public var stdout: [UInt8]
    public var stderr: [UInt8]
    public var exitCode: Int32

    public init(stdout: [UInt8] = [], stderr: [UInt8] = [], exitCode: Int32) {
        self.stdout = stdout
        self.stderr = stderr
        self.exitCode = exitCode
    }
}

/// Which streams an exec or attach connects. With a terminal, stderr must be false.
public struct StreamOptions: Sendable, Hashable {
    public var stdin: Bool
    public var stdout: Bool
    public var stderr: Bool
    public var terminal: Bool

    public init(stdin: Bool = false, stdout: Bool = true, stderr: Bool = true, terminal: Bool = false) {
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.terminal = terminal
    }
}

public struct ImageSummary: Sendable, Hashable {
    /// `sha256:…` of the image's configuration.
    public var id: String
    public var tags: [String]
    public var digests: [String]
    public var sizeBytes: UInt64
    /// The user that the image names, as a number; nil where it names none or a name.
    public var userID: Int64?
    public var userName: String

    public init(
        id: String, tags: [String] = [], digests: [String] = [], sizeBytes: UInt64 = 0, userID: Int64? = nil,
        userName: String = ""
    ) {
        self.id = id
        self.tags = tags
        self.digests = digests
        self.sizeBytes = sizeBytes
        self.userID = userID
        self.userName = userName
    }
}

/// What a registry wants to see before it hands an image over. Never written to a log.
public struct RegistryCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    public var username: String
    public var password: String
    /// `username:password` in base 64, the `auth` member of a Docker configuration.
    public var auth: String
    public var identityToken: String
    public var registryToken: String
    public var serverAddress: String

    public init(
        username: String = "", password: String = "", auth: String = "", identityToken: String = "",
        registryToken: String = "", serverAddress: String = ""
    ) {
        self.username = username
        self.password = password
        self.auth = auth
        self.identityToken = identityToken
        self.registryToken = registryToken
        self.serverAddress = serverAddress
    }

    public var description: String { "credentials for \(serverAddress)" }
    public var customMirror: Mirror { Mirror(self, children: ["serverAddress": serverAddress]) }
}
