import KubeClient
import KubeModel

/// What `purser server --config FILE` reads: one JSON object, members named as here. Paths are absolute.
public struct ServerConfiguration: Sendable, Hashable {
    /// The name of the installation; it becomes the name of what the server makes outside its own directory.
    public var instance: String
    /// The address to listen on: `127.0.0.1`, or `0.0.0.0` for every interface.
    public var listenAddress: String
    public var port: Int
    /// The server's certificate chain, PEM.
    public var certificateFile: String
    /// Its private key, PEM, mode 0600.
    public var keyFile: String
    /// The authority that client certificates are checked against, PEM.
    public var clientAuthorityFile: String
    /// What the server shows to node agents when it fetches logs or runs a command: certificate and key, PEM.
    public var nodeClientCertificateFile: String
    public var nodeClientKeyFile: String
    /// A libpq connection string, of one host or of several. Holds no password where peer authentication does.
    public var database: String
    /// A connection string of a role that may create tables; nil where somebody else keeps the schema up to date.
    public var migrationDatabase: String?
    /// The server's own directory: the log's signing key and the signed tree heads.
    public var dataDirectory: String
    /// The 32 bytes that wrap the keys of Secrets, mode 0600.
    public var secretKeyFile: String
    /// Bearer tokens in Kubernetes' static form, `token,user,uid,"group,group"` a line; nil for none.
    public var tokensFile: String?
    /// The range that ClusterIPs are taken from.
    public var serviceCIDR: String
    /// The range that nodes' pod ranges are taken from.
    public var clusterCIDR: String
    /// Reads are answered only when their event is durable, not when it is queued.
    public var auditReadsDurably: Bool
    /// Which reads the log keeps: a file in the `audit.k8s.io/v1` Policy form; nil keeps all.
    public var auditPolicyFile: String?
    /// Verifier keys of witnesses whose cosignatures are taken.
    public var witnesses: [String] = []
    /// Where the files of archived parts of the log lie; nil where none are.
    public var archiveDirectory: String?
    /// `trace`, `debug`, `info`, `notice`, `warning` or `error`.
    public var logLevel: String

    public init(
        instance: String = "purser", listenAddress: String = "127.0.0.1", port: Int = 6443, certificateFile: String,
        keyFile: String, clientAuthorityFile: String, nodeClientCertificateFile: String, nodeClientKeyFile: String,
        database: String, migrationDatabase: String? = nil, dataDirectory: String, secretKeyFile: String,
        tokensFile: String? = nil, serviceCIDR: String = "10.96.0.0/16", clusterCIDR: String = "10.244.0.0/16",
        auditReadsDurably: Bool = false, logLevel: String = "info"
    ) {
        (self.instance, self.listenAddress, self.port) = (instance, listenAddress, port)
        (self.certificateFile, self.keyFile) = (certificateFile, keyFile)
        self.clientAuthorityFile = clientAuthorityFile
        (self.nodeClientCertificateFile, self.nodeClientKeyFile) = (nodeClientCertificateFile, nodeClientKeyFile)
        (self.database, self.migrationDatabase) = (database, migrationDatabase)
        (self.dataDirectory, self.secretKeyFile, self.tokensFile) = (dataDirectory, secretKeyFile, tokensFile)
        (self.serviceCIDR, self.clusterCIDR) = (serviceCIDR, clusterCIDR)
        (self.auditReadsDurably, self.logLevel) = (auditReadsDurably, logLevel)
    }
}

// What the server keeps in its own directory.
extension ServerConfiguration {
    /// The key that signs tree heads, as a signed-note signer key, mode 0600; made by the server at its first start.
    public var logSignerFile: String { "\(dataDirectory)/log.skey" }
    /// Its public half, as a signed-note verifier key, whose name is the log's origin.
    public var logVerifierFile: String { "\(dataDirectory)/log.vkey" }
    /// One signed note a file, each named by the tree's size.
    public var treeHeadDirectory: String { "\(dataDirectory)/tree-heads" }
}

extension ServerConfiguration {
    /// Reads a file; throws `CommandError` that names the member at fault.
    public static func load(_ path: String) throws -> ServerConfiguration {
        try ServerConfiguration(json: ConfigurationReader.read(path), path: path)
    }

    init(json: JSON, path: String) throws {
        let reader = ConfigurationReader(json: json, path: path)
        self.init(
            instance: try reader.string("instance", default: "purser"),
            listenAddress: try reader.string("listenAddress", default: "127.0.0.1"),
            port: try reader.int("port", default: 6443),
            certificateFile: try reader.string("certificateFile"), keyFile: try reader.string("keyFile"),
            clientAuthorityFile: try reader.string("clientAuthorityFile"),
            nodeClientCertificateFile: try reader.string("nodeClientCertificateFile"),
            nodeClientKeyFile: try reader.string("nodeClientKeyFile"), database: try reader.string("database"),
            migrationDatabase: try reader.optionalString("migrationDatabase"),
            dataDirectory: try reader.string("dataDirectory"), secretKeyFile: try reader.string("secretKeyFile"),
            tokensFile: try reader.optionalString("tokensFile"),
            serviceCIDR: try reader.string("serviceCIDR", default: "10.96.0.0/16"),
            clusterCIDR: try reader.string("clusterCIDR", default: "10.244.0.0/16"),
            auditReadsDurably: try reader.bool("auditReadsDurably", default: false),
            logLevel: try reader.string("logLevel", default: "info"))
        auditPolicyFile = try reader.optionalString("auditPolicyFile")
        archiveDirectory = try reader.optionalString("archiveDirectory")
        witnesses = try reader.strings("witnesses")
        try reader.refuseUnknown([
            "instance", "listenAddress", "port", "certificateFile", "keyFile", "clientAuthorityFile",
            "nodeClientCertificateFile", "nodeClientKeyFile", "database", "migrationDatabase", "dataDirectory",
            "secretKeyFile", "tokensFile", "serviceCIDR", "clusterCIDR", "auditReadsDurably", "logLevel",
            "auditPolicyFile", "witnesses", "archiveDirectory",
        ])
    }

    public var json: JSON {
        var json: JSON = [
            "instance": .string(instance), "listenAddress": .string(listenAddress), "port": .int(Int64(port)),
            "certificateFile": .string(certificateFile), "keyFile": .string(keyFile),
            "clientAuthorityFile": .string(clientAuthorityFile),
            "nodeClientCertificateFile": .string(nodeClientCertificateFile),
            "nodeClientKeyFile": .string(nodeClientKeyFile), "database": .string(database),
            "dataDirectory": .string(dataDirectory), "secretKeyFile": .string(secretKeyFile),
            "serviceCIDR": .string(serviceCIDR), "clusterCIDR": .string(clusterCIDR),
            "auditReadsDurably": .bool(auditReadsDurably), "logLevel": .string(logLevel),
        ]
        json["migrationDatabase"] = migrationDatabase.map { .string($0) }
        json["auditPolicyFile"] = auditPolicyFile.map { .string($0) }
        json["archiveDirectory"] = archiveDirectory.map { .string($0) }
        if !witnesses.isEmpty { json["witnesses"] = .array(witnesses.map { .string($0) }) }
        json["tokensFile"] = tokensFile.map { .string($0) }
        return json
    }
}

/// Reads the members of a JSON configuration file, with errors that name the file and the member.
struct ConfigurationReader {
    let json: JSON
    let path: String

    static func read(_ path: String) throws -> JSON {
        let bytes: [UInt8]
        do {
            bytes = try PrivateFile.read(path)
        } catch {
            throw CommandError("\(error)", next: "check the path, or write the file with `purser up`")
        }
        do {
            let json = try JSON(parsing: bytes)
            guard json.objectValue != nil else { throw JSONParseError("it is not an object") }
            return json
        } catch {
            throw CommandError("\(path) cannot be read as JSON: \(error)", next: "correct the file")
        }
    }

    private func fault(_ name: String, _ problem: String) -> CommandError {
        CommandError("\(path): \"\(name)\" \(problem)", next: "correct the file and start again", status: .usage)
    }

    func optionalString(_ name: String) throws -> String? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let text = value.stringValue else { throw fault(name, "must be a string") }
        return text
    }

    func string(_ name: String, default fallback: String? = nil) throws -> String {
        guard let text = try optionalString(name) ?? fallback else { throw fault(name, "is missing") }
        return text
    }

    /// A list of strings, empty where there is none.
    func strings(_ name: String) throws -> [String] {
        guard let value = json[name], !value.isNull else { return [] }
        guard let texts = value.arrayValue?.compactMap(\.stringValue), texts.count == value.arrayValue?.count else {
            throw fault(name, "must be a list of strings")
        }
        return texts
    }

    func int(_ name: String, default fallback: Int? = nil) throws -> Int {
        guard let value = json[name] else {
            if let fallback { return fallback }
            throw fault(name, "is missing")
        }
        guard let number = value.intValue else { throw fault(name, "must be a whole number") }
        return Int(number)
    }

    func optionalInt(_ name: String) throws -> Int64? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let number = value.intValue else { throw fault(name, "must be a whole number") }
        return number
    }

    func bool(_ name: String, default fallback: Bool) throws -> Bool {
        guard let value = json[name] else { return fallback }
        guard let flag = value.boolValue else { throw fault(name, "must be true or false") }
        return flag
    }

    func refuseUnknown(_ known: Set<String>) throws {
        for member in json.objectValue ?? [:] where !known.contains(member.key) {
            throw fault(member.key, "is not known")
        }
    }
}
