import Containerd
import Crypto
import FoundationEssentials
import KubeClient
import KubeModel
import KubeYAML

/// Makes what an instance keeps on disk. What exists is left as it is, keys above all; configurations are written
/// anew at each start, so that they follow the program's version.
struct InstanceFiles {
    let instance: Instance
    let programs: Prerequisites
    let server: Owner
    let postgres: Owner
    /// This program, as units start it.
    let executable: String

    func write() async throws {
        try directories()
        // The two slow parts, side by side.
        async let cluster: Void = createCluster()
        try certificates()
        try await cluster
        try configurations()
        try PrivateFile.write(Output.json(instance.json), to: instance.settingsFile, mode: 0o644)
    }

    private func directories() throws {
        for path in ["", "/config", "/pki", "/logs", "/run", "/agent", "/containerd"] {
            try Paths.directory(instance.directory + path)
        }
        try Paths.directory(instance.serverDirectory, mode: 0o700, owner: server)
        // The server reads the archive, and only root writes it.
        try Paths.directory(instance.archiveDirectory, mode: 0o750, owner: Owner(user: 0, group: server.group))
        try Paths.directory(instance.registryDirectory, mode: 0o755, owner: server)
        try Paths.directory(instance.postgresSocketDirectory, mode: 0o755, owner: postgres)
    }

    private func createCluster() async throws {
        guard !Paths.exists("\(instance.postgresDirectory)/pg_ident.conf") else { return }
        try Paths.remove(instance.postgresDirectory)
        try await PostgresCluster.create(instance, programs: programs, owner: postgres)
    }

    private func certificates() throws {
        if !Paths.exists(instance.kubeconfigFile) {
            let authority = try PublicKeyInfrastructure(name: "purser \(instance.name)", now: Date())
            try write(authority.authority, "ca", nil)
            for (name, subject) in instance.certificateSubjects {
                let isServers = name == "server" || name == "server-to-node"
                try write(try authority.issue(subject), name, isServers ? server : nil)
            }
            try kubeconfig(user: "node", to: instance.nodeKubeconfigFile)
            try kubeconfig(user: "admin", to: instance.kubeconfigFile)
        }
        if !Paths.exists(instance.secretKeyFile) {
            let key = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
            try Paths.write(key, to: instance.secretKeyFile, mode: 0o600, owner: server)
        }
    }

    private func write(_ pair: PublicKeyInfrastructure.Pair, _ name: String, _ owner: Owner?) throws {
        try Paths.write(Array(pair.certificate.utf8), to: instance.certificate(name), mode: 0o644)
        try Paths.write(Array(pair.key.utf8), to: instance.key(name), mode: 0o600, owner: owner)
    }

    private func kubeconfig(user: String, to path: String) throws {
        let name = instance.name
        try Kubeconfig(
            clusters: [
                .init(
                    name: name, server: "https://127.0.0.1:\(instance.apiPort)",
                    certificateAuthority: try PrivateFile.read(instance.certificate("ca")))
            ],
            users: [
                .init(
                    name: "\(name)-\(user)", clientCertificate: try PrivateFile.read(instance.certificate(user)),
                    clientKey: SecretBytes(try PrivateFile.read(instance.key(user))))
            ],
            contexts: [.init(name: name, cluster: name, user: "\(name)-\(user)")], currentContext: name
        ).write(to: path)
    }

    private func configurations() throws {
        let hook =
            String(executable.prefix(upTo: executable.lastIndex(of: "/") ?? executable.startIndex)) + "/purser-hook"
        let containerd = instance.containerd(programs, hook: Paths.exists(hook) ? hook : nil)
        for path in containerd.directories { try Paths.directory(path) }
        for file in containerd.files {
            if let slash = file.path.lastIndex(of: "/") { try Paths.directory(String(file.path[..<slash])) }
            try PrivateFile.write(file.text, to: file.path, mode: 0o644)
        }
        try PrivateFile.write(instance.registryConfiguration, to: instance.registryFile, mode: 0o644)
        try PrivateFile.write(Output.json(instance.serverConfiguration.json), to: instance.serverFile, mode: 0o644)
        try PrivateFile.write(Output.json(instance.agentConfiguration), to: instance.agentFile, mode: 0o644)
        let stages = ServiceUnit.stages(
            instance, programs, executable: executable, server: server, postgres: postgres,
            containerdCommand: ["containerd", "--config", containerd.configurationPath])
        let units: JSON = ["stages": .array(stages.map { .array($0.map(\.json)) })]
        try PrivateFile.write(Output.json(units), to: instance.unitsFile, mode: 0o644)
    }
}

extension Instance {
    /// - Parameter hook: the program that keeps a container's accounts beyond its exit; nil goes without.
    func containerd(_ programs: Prerequisites, hook: String?) -> ContainerdConfiguration {
        let endpoint = "http://127.0.0.1:\(registryPort)"
        let runtime: OCIRuntime = programs.runtime.hasSuffix("/crun") ? .crun : .runc
        return ContainerdConfiguration(
            root: "\(containerdDirectory)/root", state: "\(runDirectory)/containerd", socket: containerdSocket,
            configurationDirectory: "\(containerdDirectory)/config", cniConfigurationDirectory: cniDirectory,
            runtime: runtime, runtimePath: programs.runtime,
            mirrors: ["docker.io", "purser.local", "127.0.0.1:\(registryPort)"].map {
                RegistryMirror(host: $0, endpoint: endpoint)
            }, accountingHook: hook)
    }

    /// The agent writes the network configuration here, and containerd reads it.
    var cniDirectory: String { "\(agentDirectory)/cni" }

    /// The distribution registry's own format.
    var registryConfiguration: String {
        YAML.text([
            "version": 0.1, "log": ["level": "warn"],
            "storage": ["filesystem": ["rootdirectory": .string(registryDirectory)], "delete": ["enabled": true]],
            "http": ["addr": .string("127.0.0.1:\(registryPort)"), "headers": ["X-Content-Type-Options": ["nosniff"]]],
        ])
    }

    /// What `purser agent --config` reads.
    var agentConfiguration: JSON {
        [
            "nodeName": .string(nodeName), "kubeconfig": .string(nodeKubeconfigFile),
            "containerdSocket": .string(containerdSocket), "rootDirectory": .string(agentDirectory),
            "logDirectory": .string("\(logDirectory)/pods"), "cgroupPrefix": .string(cgroupParent),
            "nodeAddress": "127.0.0.1", "podCIDR": .string(nodeCIDR), "clusterCIDR": .string(clusterCIDR),
            "serviceCIDR": .string(serviceCIDR), "bridge": .string(bridge), "cniConfigDirectory": .string(cniDirectory),
            "nftTable": .string(nftTable),
            "server": [
                "port": .int(Int64(nodePort)), "certificateFile": .string(certificate("node-serving")),
                "keyFile": .string(key("node-serving")), "clientAuthorityFile": .string(certificate("ca")),
            ],
        ]
    }

    /// The first 256 addresses of the pods' range are this node's.
    var nodeCIDR: String { "\(clusterCIDR.prefix { $0 != "/" })/24" }
}
