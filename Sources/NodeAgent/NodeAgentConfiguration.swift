import KubeClient
import KubeModel
import KubeYAML

/// The settings of a node agent, as its configuration file states them (YAML or JSON, see ``init(json:)``).
public struct NodeAgentConfiguration: Sendable, Hashable {
    /// Where the node's HTTPS server listens and with what it proves itself.
    public struct Server: Sendable, Hashable {
        public var port: Int
        /// PEM files: the node's serving certificate and key, and the authority that clients must be signed by.
        public var certificateFile: String
        public var keyFile: String
        public var clientAuthorityFile: String
        /// The common names of client certificates that are served.
        public var allowedClients: [String]

        public init(
            port: Int, certificateFile: String, keyFile: String, clientAuthorityFile: String,
            allowedClients: [String] = Server.standardClients
        ) {
            (self.port, self.certificateFile, self.keyFile) = (port, certificateFile, keyFile)
            (self.clientAuthorityFile, self.allowedClients) = (clientAuthorityFile, allowedClients)
        }

        public static let standardClients = ["purser-apiserver"]
    }

    public var nodeName: String
    /// A kubeconfig whose user is `system:node:<nodeName>`.
    public var kubeconfig: String
    public var containerdSocket: String
    /// The agent's own directory: volumes, journal, termination messages.
    public var rootDirectory: String
    /// Where container logs go, one directory a pod.
    public var logDirectory: String
    /// Under this control group every pod has its own.
    public var cgroupPrefix: String
    /// The node's address, for `status.hostIP` and the API server.
    public var nodeAddress: String
    public var labels: [String: String]
    /// Replaces what the machine has: `cpu`, `memory`, `pods`, `ephemeral-storage` as quantities.
    public var capacity: [String: String]
    /// Held back from pods: `cpu`, `memory` as quantities.
    public var reserved: [String: String]
    /// The addresses of this node's pods, of all pods and of all services.
    public var podCIDR: String
    public var clusterCIDR: String
    public var serviceCIDR: String
    public var bridge: String
    public var cniConfigDirectory: String
    /// The nftables table that this agent owns.
    public var nftTable: String
    /// Addresses of a cluster DNS server; empty leaves pods the node's own `resolv.conf`.
    public var clusterDNS: [String]
    public var clusterDomain: String
    /// Seconds between two usage reports.
    public var reportInterval: Double
    /// A container's log file of more bytes is moved aside, and so many files are kept of it (the kubelet's defaults).
    public var containerLogMaxBytes: Int64
    public var containerLogMaxFiles: Int
    public var server: Server?

    public init(
        nodeName: String, kubeconfig: String, containerdSocket: String, rootDirectory: String, nodeAddress: String
    ) {
        (self.nodeName, self.kubeconfig, self.containerdSocket) = (nodeName, kubeconfig, containerdSocket)
        (self.rootDirectory, self.nodeAddress) = (rootDirectory, nodeAddress)
        logDirectory = "\(rootDirectory)/logs"
        cgroupPrefix = "/purser-\(nodeName)"
        (labels, capacity, reserved) = ([:], [:], [:])
        (podCIDR, clusterCIDR, serviceCIDR) = ("10.244.0.0/24", "10.244.0.0/16", "10.96.0.0/16")
        bridge = "purser0"
        cniConfigDirectory = "\(rootDirectory)/cni"
        nftTable = "purser"
        (clusterDNS, clusterDomain) = ([], "cluster.local")
        reportInterval = 10
        (containerLogMaxBytes, containerLogMaxFiles) = (10 << 20, 5)
        server = nil
    }
}

/// A configuration that cannot be used, with what to do about it.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

extension NodeAgentConfiguration {
    /// Reads a configuration file of YAML or JSON.
    public static func load(_ path: String) throws -> NodeAgentConfiguration {
        guard let document = try YAML.documents(String(decoding: PrivateFile.read(path), as: UTF8.self)).first else {
            throw ConfigurationError("\(path) is empty; it must set nodeName, kubeconfig and nodeAddress")
        }
        return try NodeAgentConfiguration(json: document)
    }

    /// Members have the names of this type's properties; `nodeName`, `kubeconfig`, `containerdSocket`,
    /// `rootDirectory` and `nodeAddress` are required, an unknown member is refused. `containerLogMaxSize` is a quantity
    /// of bytes.
    public init(json: JSON) throws {
        let known: Set<String> = [
            "nodeName", "kubeconfig", "containerdSocket", "rootDirectory", "logDirectory", "cgroupPrefix",
            "nodeAddress",
            "labels", "capacity", "reserved", "podCIDR", "clusterCIDR", "serviceCIDR", "bridge", "cniConfigDirectory",
            "nftTable", "clusterDNS", "clusterDomain", "reportInterval", "containerLogMaxSize",
            "containerLogMaxFiles", "server",
        ]
        if let unknown = json.objectValue?.names.first(where: { !known.contains($0) }) {
            throw ConfigurationError(
                "unknown setting \"\(unknown)\"; known are \(known.sorted().joined(separator: ", "))")
        }
        func required(_ name: String) throws -> String {
            guard let value = json.string(name), !value.isEmpty else {
                throw ConfigurationError("the setting \"\(name)\" is missing; add it to the agent's configuration")
            }
            return value
        }
        self.init(
            nodeName: try required("nodeName"), kubeconfig: try required("kubeconfig"),
            containerdSocket: try required("containerdSocket"), rootDirectory: try required("rootDirectory"),
            nodeAddress: try required("nodeAddress"))
        logDirectory = json.string("logDirectory") ?? logDirectory
        cgroupPrefix = json.string("cgroupPrefix") ?? cgroupPrefix
        labels = json.stringMap("labels")
        capacity = json.object("capacity").reduce(into: [:]) {
            $0[$1.key] = $1.value.stringValue ?? $1.value.canonicalText
        }
        reserved = json.object("reserved").reduce(into: [:]) {
            $0[$1.key] = $1.value.stringValue ?? $1.value.canonicalText
        }
        podCIDR = json.string("podCIDR") ?? podCIDR
        clusterCIDR = json.string("clusterCIDR") ?? clusterCIDR
        serviceCIDR = json.string("serviceCIDR") ?? serviceCIDR
        bridge = json.string("bridge") ?? bridge
        cniConfigDirectory = json.string("cniConfigDirectory") ?? cniConfigDirectory
        nftTable = json.string("nftTable") ?? nftTable
        clusterDNS = json.array("clusterDNS").compactMap(\.stringValue)
        clusterDomain = json.string("clusterDomain") ?? clusterDomain
        try readNumbers(json)
        server = try json["server"].map { try Self.server($0) }
    }

    private mutating func readNumbers(_ json: JSON) throws {
        switch json["reportInterval"] {
        case nil: break
        case .int(let seconds) where seconds > 0: reportInterval = Double(seconds)
        case .double(let seconds) where seconds > 0: reportInterval = seconds
        default: throw ConfigurationError("reportInterval must be a number of seconds above 0")
        }
        if let size = json["containerLogMaxSize"] {
            guard let quantity = Quantity(size.stringValue ?? size.canonicalText), quantity.value > 0 else {
                throw ConfigurationError("containerLogMaxSize must be a quantity of bytes above 0, such as 10Mi")
            }
            containerLogMaxBytes = quantity.value
        }
        if let files = json["containerLogMaxFiles"] {
            guard case .int(let count) = files, count >= 2 else {
                throw ConfigurationError("containerLogMaxFiles must be a number of 2 or more")
            }
            containerLogMaxFiles = Int(clamping: count)
        }
        for (name, value) in capacity.merging(reserved, uniquingKeysWith: { first, _ in first })
        where Quantity(value) == nil {
            throw ConfigurationError("\(name): \"\(value)\" is no quantity; write for instance 4, 500m or 8Gi")
        }
    }

    private static func server(_ json: JSON) throws -> Server {
        guard let port = json.int("port"), (0...65_535).contains(port),
            let certificate = json.string("certificateFile"),
            let key = json.string("keyFile"), let authority = json.string("clientAuthorityFile")
        else { throw ConfigurationError("server needs port, certificateFile, keyFile and clientAuthorityFile") }
        let allowed = json.array("allowedClients").compactMap(\.stringValue)
        return Server(
            port: Int(port), certificateFile: certificate, keyFile: key, clientAuthorityFile: authority,
            allowedClients: allowed.isEmpty ? Server.standardClients : allowed)
    }
}
