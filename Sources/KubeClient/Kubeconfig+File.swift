import FoundationEssentials
import KubeModel
import KubeYAML

extension Kubeconfig {
    /// Reads a kubeconfig file; paths in it are relative to its directory.
    public static func load(_ path: String) throws -> Kubeconfig {
        let text = String(decoding: try PrivateFile.read(path), as: UTF8.self)
        guard let document = try YAML.documents(text).first else {
            throw KubeconfigError("\(path) is empty; write one with `purser up`")
        }
        let directory = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
        return try Kubeconfig(json: document, directory: directory)
    }

    /// Reads the tree of a kubeconfig. Files that it names are read at once.
    public init(json: JSON, directory: String) throws {
        self.init()
        currentContext = json.string("current-context") ?? ""
        for entry in json.array("clusters") {
            let cluster = entry["cluster"] ?? [:]
            clusters.append(
                Cluster(
                    name: entry.string("name") ?? "", server: cluster.string("server") ?? "",
                    certificateAuthority: try Self.bytes(cluster, "certificate-authority", directory),
                    skipsTLSVerification: cluster.bool("insecure-skip-tls-verify") ?? false))
        }
        for entry in json.array("users") {
            let user = entry["user"] ?? [:]
            let tokenFile = try user.string("tokenFile").map { try PrivateFile.read(Self.resolve($0, directory)) }
            users.append(
                User(
                    name: entry.string("name") ?? "",
                    clientCertificate: try Self.bytes(user, "client-certificate", directory),
                    clientKey: try Self.bytes(user, "client-key", directory).map { SecretBytes($0) },
                    token: user.string("token").map { SecretBytes($0) }
                        ?? tokenFile.map { SecretBytes(String(decoding: $0, as: UTF8.self).trimmed) }))
        }
        for entry in json.array("contexts") {
            contexts.append(
                Context(
                    name: entry.string("name") ?? "", cluster: entry.string("context", "cluster") ?? "",
                    user: entry.string("context", "user") ?? "", namespace: entry.string("context", "namespace")))
        }
    }

    /// The bytes of `<key>-data` (base64) or of the file that `<key>` names.
    private static func bytes(_ entry: JSON, _ key: String, _ directory: String) throws -> [UInt8]? {
        if let text = entry.string("\(key)-data") {
            guard let data = Data(base64Encoded: text) else {
                throw KubeconfigError("\(key)-data in the kubeconfig is not base64")
            }
            return Array(data)
        }
        return try entry.string(key).map { try PrivateFile.read(resolve($0, directory)) }
    }

    private static func resolve(_ path: String, _ directory: String) -> String {
        path.hasPrefix("/") ? path : "\(directory)/\(path)"
    }

    /// The tree of the file, with keys and certificates inside it.
    public var json: JSON {
        func data(_ bytes: [UInt8]?) -> JSON? { bytes.map { .string(Data($0).base64EncodedString()) } }
        func named(_ name: String, _ member: String, _ value: JSON) -> JSON {
            ["name": .string(name), .init(member): value]
        }
        return [
            "apiVersion": "v1", "kind": "Config", "preferences": [:], "current-context": .string(currentContext),
            "clusters": .array(
                clusters.map {
                    var value: JSON = ["server": .string($0.server)]
                    value["certificate-authority-data"] = data($0.certificateAuthority)
                    if $0.skipsTLSVerification { value["insecure-skip-tls-verify"] = true }
                    return named($0.name, "cluster", value)
                }),
            "users": .array(
                users.map {
                    var value: JSON = [:]
                    value["client-certificate-data"] = data($0.clientCertificate)
                    value["client-key-data"] = data($0.clientKey?.bytes)
                    value["token"] = $0.token.map { .string(String(decoding: $0.bytes, as: UTF8.self)) }
                    return named($0.name, "user", value)
                }),
            "contexts": .array(
                contexts.map {
                    var value: JSON = ["cluster": .string($0.cluster), "user": .string($0.user)]
                    value["namespace"] = $0.namespace.map { .string($0) }
                    return named($0.name, "context", value)
                }),
        ]
    }

    /// Writes the file with mode 0600.
    public func write(to path: String) throws(FileError) {
        try PrivateFile.write(YAML.text(json), to: path)
    }
}

extension String {
    /// Without white space at both ends.
    public var trimmed: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
