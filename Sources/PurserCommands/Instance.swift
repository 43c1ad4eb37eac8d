import KubeClient
import KubeModel

/// One installation on this machine: its name, its ports and ranges, and where everything of it lies. Every name
/// that it uses outside its directory derives from its own, so that several live side by side.
struct Instance: Sendable, Hashable {
    static let defaultDirectory = "/var/lib/purser"
    static let defaultName = "purser"

    var name: String
    /// Absolute.
    var directory: String
    var nodeName: String
    var apiPort: Int
    var registryPort: Int
    /// Where the node agent serves logs and exec.
    var nodePort: Int
    var serviceCIDR: String
    var clusterCIDR: String
    /// Which reads the log keeps; nil keeps all.
    var auditPolicyFile: String?
    /// Verifier keys of witnesses.
    var witnesses: [String] = []
    /// How many events a segment of the log has; nil for the usual number.
    var segmentEvents: Int64?

    init(
        name: String, directory: String, nodeName: String, apiPort: Int, registryPort: Int, nodePort: Int,
        serviceCIDR: String, clusterCIDR: String
    ) {
        (self.name, self.directory, self.nodeName) = (name, directory, nodeName)
        (self.apiPort, self.registryPort, self.nodePort) = (apiPort, registryPort, nodePort)
        (self.serviceCIDR, self.clusterCIDR) = (serviceCIDR, clusterCIDR)
    }
}

// What is made outside the directory.
extension Instance {
    /// At most 12 characters, so that it fits into the name of a network interface.
    var tag: String {
        name.utf8.count <= 12 ? name : "pur-" + FNV1a.hash32(name.utf8).hexadecimal
    }
    var bridge: String { name == Self.defaultName ? "purser0" : "\(tag)-0" }
    var nftTable: String { name == Self.defaultName ? "purser" : "purser-\(name)" }
    var cgroupParent: String { name == Self.defaultName ? "/purser" : "/purser-\(name)" }
    /// The unprivileged system user that the server and the registry run as; all instances share it.
    static let systemUser = "purser"

    /// The API's, the registry's and the node agent's port that an instance of this name asks for first: the usual ones
    /// for the default one, own ones for others.
    static func ports(name: String) -> [Int] {
        guard name != defaultName else { return [6443, 5000, 10250] }
        let base = 20_000 + Int(FNV1a.hash32(name.utf8)) % 1000 * 10
        return [base, base + 1, base + 2]
    }

    /// Names become parts of file, interface and table names: an RFC 1123 label of at most 40 characters.
    static func isValid(name: String) -> Bool {
        let characters = name.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
        return characters && (1...40).contains(name.utf8.count) && !name.hasPrefix("-") && !name.hasSuffix("-")
    }
}

// What lies in the directory.
extension Instance {
    var settingsFile: String { "\(directory)/instance.json" }
    var kubeconfigFile: String { "\(directory)/kubeconfig" }
    var serverFile: String { "\(directory)/config/server.json" }
    var agentFile: String { "\(directory)/config/agent.json" }
    var unitsFile: String { "\(directory)/config/units.json" }
    var registryFile: String { "\(directory)/config/registry.yml" }
    var secretKeyFile: String { "\(directory)/server/secret.key" }
    var serverDirectory: String { "\(directory)/server" }
    var agentDirectory: String { "\(directory)/agent" }
    var registryDirectory: String { "\(directory)/registry" }
    var containerdDirectory: String { "\(directory)/containerd" }
    var postgresDirectory: String { "\(directory)/postgres" }
    var archiveDirectory: String { "\(directory)/archive" }
    var logDirectory: String { "\(directory)/logs" }
    var runDirectory: String { "\(directory)/run" }
    var postgresSocketDirectory: String { "\(runDirectory)/postgres" }
    var containerdSocket: String { "\(runDirectory)/containerd.sock" }
    /// Holds the mount namespace of containerd and the agent; a private mount, so that the file can pin it.
    var namespaceDirectory: String { "\(runDirectory)/namespaces" }
    var mountNamespaceFile: String { "\(namespaceDirectory)/mnt" }
    func log(_ unit: String) -> String { "\(logDirectory)/\(unit).log" }
    func processRecord(_ unit: String) -> String { "\(runDirectory)/\(unit).pid" }
    func certificate(_ name: String) -> String { "\(directory)/pki/\(name).crt" }
    func key(_ name: String) -> String { "\(directory)/pki/\(name).key" }
    /// The login inside PostgreSQL that the server works as.
    static let databaseLogin = "purser"
    static let databaseName = "purser"
    /// libpq's connection string of a role, over the unix socket.
    func database(role: String, name: String = databaseName) -> String {
        "host=\(postgresSocketDirectory) port=5432 dbname=\(name) user=\(role)"
    }
    var nodeKubeconfigFile: String { "\(directory)/config/node.kubeconfig" }
    /// What lies at the top of the directory.
    static let members: Set = [
        "instance.json", "kubeconfig", "config", "pki", "logs", "run", "agent", "containerd", "server", "registry",
        "postgres", "archive",
    ]
}

extension Instance {
    /// The instance that lies in a directory; nil where there is none.
    static func load(_ directory: String) throws -> Instance? {
        let path = "\(directory)/instance.json"
        guard Paths.exists(path) else { return nil }
        return try Instance(
            ConfigurationReader(json: try ConfigurationReader.read(path), path: path), directory: directory)
    }

    init(_ reader: ConfigurationReader, directory: String) throws {
        self.init(
            name: try reader.string("name"), directory: directory, nodeName: try reader.string("nodeName"),
            apiPort: try reader.int("apiPort"), registryPort: try reader.int("registryPort"),
            nodePort: try reader.int("nodePort"), serviceCIDR: try reader.string("serviceCIDR"),
            clusterCIDR: try reader.string("clusterCIDR"))
        auditPolicyFile = try reader.optionalString("auditPolicyFile")
        witnesses = try reader.strings("witnesses")
        segmentEvents = try reader.optionalInt("segmentEvents")
    }

    var json: JSON {
        var json: JSON = [
            "name": .string(name), "nodeName": .string(nodeName), "apiPort": .int(Int64(apiPort)),
            "registryPort": .int(Int64(registryPort)), "nodePort": .int(Int64(nodePort)),
            "serviceCIDR": .string(serviceCIDR), "clusterCIDR": .string(clusterCIDR),
        ]
        json["auditPolicyFile"] = auditPolicyFile.map { .string($0) }
        if !witnesses.isEmpty { json["witnesses"] = .array(witnesses.map { .string($0) }) }
        json["segmentEvents"] = segmentEvents.map { .int($0) }
        return json
    }

    var serverConfiguration: ServerConfiguration {
        var configuration = ServerConfiguration(
            instance: name, port: apiPort, certificateFile: certificate("server"), keyFile: key("server"),
            clientAuthorityFile: certificate("ca"), nodeClientCertificateFile: certificate("server-to-node"),
            nodeClientKeyFile: key("server-to-node"), database: database(role: Self.databaseLogin),
            dataDirectory: serverDirectory, secretKeyFile: secretKeyFile, serviceCIDR: serviceCIDR,
            clusterCIDR: clusterCIDR)
        (configuration.auditPolicyFile, configuration.witnesses) = (auditPolicyFile, witnesses)
        configuration.archiveDirectory = archiveDirectory
        return configuration
    }
}
