import KubeModel

/// Whose Linux namespace a sandbox or container uses.
public enum NamespaceMode: Sendable, Hashable {
    case pod, container, node
}

/// The namespaces of a pod, from `hostNetwork`, `hostPID`, `hostIPC` and `shareProcessNamespace`.
public struct NamespaceOptions: Sendable, Hashable {
    public var network: NamespaceMode
    public var pid: NamespaceMode
    public var ipc: NamespaceMode

    public init(network: NamespaceMode = .pod, pid: NamespaceMode = .container, ipc: NamespaceMode = .pod) {
        self.network = network
        self.pid = pid
        self.ipc = ipc
    }
}

/// A seccomp or AppArmor profile.
public enum SecurityProfile: Sendable, Hashable {
    case runtimeDefault
    case unconfined
    /// A profile on the node: a file for seccomp, a loaded profile's name for AppArmor.
    case localhost(String)
}

/// The `resolv.conf` of a pod.
public struct DNSConfig: Sendable, Hashable {
    public var servers: [String]
    public var searches: [String]
    public var options: [String]

    public init(servers: [String] = [], searches: [String] = [], options: [String] = []) {
        self.servers = servers
        self.searches = searches
        self.options = options
    }
}

/// A port of the node that leads to a port of the pod (`hostPort`).
public struct PortMapping: Sendable, Hashable {
    public enum TransportProtocol: String, Sendable, Hashable { case tcp = "TCP", udp = "UDP", sctp = "SCTP" }

    public var transport: TransportProtocol
    public var containerPort: Int32
    public var hostPort: Int32
    public var hostAddress: String

    public init(
        transport: TransportProtocol = .tcp, containerPort: Int32, hostPort: Int32, hostAddress: String = ""
    ) {
        self.transport = transport
        self.containerPort = containerPort
        self.hostPort = hostPort
        self.hostAddress = hostAddress
    }
}

/// What a pod's sandbox shall be. The same value is given again when its containers are created.
public struct SandboxConfig: Sendable, Hashable {
    public var name: String
    public var namespace: String
    public var uid: String
    /// Counts the sandboxes of one pod, from 0.
    public var attempt: UInt32
    /// Empty for a pod in the node's network.
    public var hostname: String
    /// Where the containers' log files are, an absolute path; must exist.
    public var logDirectory: String
    /// Nil leaves the node's own `resolv.conf`.
    public var dns: DNSConfig?
    public var portMappings: [PortMapping]
    public var labels: [String: String]
    public var annotations: [String: String]
    /// The pod's control group as ``PodCgroups`` of LinuxNode names it, for instance `/purser/pod<uid>`.
    public var cgroupParent: String
    public var sysctls: [String: String]
    public var namespaces: NamespaceOptions
    public var runAsUser: Int64?
    public var runAsGroup: Int64?
    public var supplementalGroups: [Int64]
    /// Required where a container of the pod is privileged.
    public var privileged: Bool
    public var seccomp: SecurityProfile?

    public init(
        name: String, namespace: String, uid: String, attempt: UInt32 = 0, hostname: String = "",
        logDirectory: String, dns: DNSConfig? = nil, portMappings: [PortMapping] = [],
        labels: [String: String] = [:], annotations: [String: String] = [:], cgroupParent: String,
        sysctls: [String: String] = [:], namespaces: NamespaceOptions = NamespaceOptions(),
        runAsUser: Int64? = nil, runAsGroup: Int64? = nil, supplementalGroups: [Int64] = [],
        privileged: Bool = false, seccomp: SecurityProfile? = nil
    ) {
        self.name = name
        self.namespace = namespace
        self.uid = uid
        self.attempt = attempt
        self.hostname = hostname
        self.logDirectory = logDirectory
        self.dns = dns
        self.portMappings = portMappings
        self.labels = labels
        self.annotations = annotations
        self.cgroupParent = cgroupParent
        self.sysctls = sysctls
        self.namespaces = namespaces
        self.runAsUser = runAsUser
        self.runAsGroup = runAsGroup
        self.supplementalGroups = supplementalGroups
        self.privileged = privileged
        self.seccomp = seccomp
    }
}
