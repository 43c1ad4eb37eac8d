import KubeModel

/// A text file to be written before a daemon starts.
public struct ConfigurationFile: Sendable, Hashable {
    /// Absolute.
    public var path: String
    public var text: String

    public init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}

/// The low-level program that makes containers.
public enum OCIRuntime: String, Sendable, Hashable, CaseIterable {
    case crun, runc
}

/// Where a registry's images really come from.
public struct RegistryMirror: Sendable, Hashable {
    /// As it stands in image names: `docker.io`, `reg.local`, `127.0.0.1:5000`.
    public var host: String
    /// For instance `http://127.0.0.1:5000`.
    public var endpoint: String

    public init(host: String, endpoint: String) {
        self.host = host
        self.endpoint = endpoint
    }
}

/// A containerd of Purser's own, apart from any other on the machine: one for each node.
///
/// Pure: `files` are the texts; whoever starts the daemon writes them, makes `directories` and runs `startCommand`.
public struct ContainerdConfiguration: Sendable, Hashable {
    /// Images and snapshots; needs a filesystem that overlayfs can use (not overlayfs itself).
    public var root: String
    /// What ends with the machine: sockets, bundles, mounts.
    public var state: String
    public var socket: String
    /// Where `files` go.
    public var configurationDirectory: String
    public var cniPluginDirectory: String
    public var cniConfigurationDirectory: String
    public var sandboxImage: String
    public var runtime: OCIRuntime
    public var runtimePath: String
    public var mirrors: [RegistryMirror]
    /// The `purser-hook` executable, which keeps a container's accounts beyond its exit; nil goes without.
    public var accountingHook: String?
    /// True where the process may not lower `oom_score_adj` (no CAP_SYS_RESOURCE).
    public var restrictOOMScoreAdjustment: Bool
    /// The most open files that a container may ask for; nil leaves containerd's own limit.
    public var openFiles: UInt64?
    /// `overlayfs`, or `native` on a filesystem that overlayfs refuses.
    public var snapshotter: String
    /// Directories in which the agent mounts volumes after the daemon was started, and which it therefore has to
    /// share with it.
    public var sharedDirectories: [String]

    public init(
        root: String, state: String, socket: String, configurationDirectory: String,
        cniPluginDirectory: String = "/usr/lib/cni", cniConfigurationDirectory: String,
        sandboxImage: String = "purser.local/pause:1", runtime: OCIRuntime = .crun, runtimePath: String? = nil,
        mirrors: [RegistryMirror] = [], accountingHook: String? = nil, restrictOOMScoreAdjustment: Bool = true,
        openFiles: UInt64? = nil, snapshotter: String = "overlayfs", sharedDirectories: [String] = []
    ) {
        self.root = root
        self.state = state
        self.socket = socket
        self.configurationDirectory = configurationDirectory
        self.cniPluginDirectory = cniPluginDirectory
        self.cniConfigurationDirectory = cniConfigurationDirectory
        self.sandboxImage = sandboxImage
        self.runtime = runtime
        self.runtimePath = runtimePath ?? "/usr/bin/\(runtime.rawValue)"
        self.mirrors = mirrors
        self.accountingHook = accountingHook
        self.restrictOOMScoreAdjustment = restrictOOMScoreAdjustment
        self.openFiles = openFiles
        self.snapshotter = snapshotter
        self.sharedDirectories = sharedDirectories
    }

    public var configurationPath: String { "\(configurationDirectory)/config.toml" }
    public var baseRuntimeSpecPath: String { "\(configurationDirectory)/base-spec.json" }
    public var registryDirectory: String { "\(configurationDirectory)/certs.d" }

    public var directories: [String] {
        [root, state, configurationDirectory, cniConfigurationDirectory, Self.parent(of: socket)] + sharedDirectories
    }

    public var files: [ConfigurationFile] {
        [
            ConfigurationFile(path: configurationPath, text: toml),
            ConfigurationFile(path: baseRuntimeSpecPath, text: baseRuntimeSpec.canonicalText),
        ]
            + mirrors.map {
                ConfigurationFile(path: "\(registryDirectory)/\($0.host)/hosts.toml", text: Self.hosts($0))
            }
    }

    private var toml: String {
        let cri = "plugins.\"io.containerd.grpc.v1.cri\""
        return """
            version = 2
            root = \(Self.quoted(root))
            state = \(Self.quoted(state))

            [grpc]
              address = \(Self.quoted(socket))

            [\(cri)]
              sandbox_image = \(Self.quoted(sandboxImage))
              restrict_oom_score_adj = \(restrictOOMScoreAdjustment)
              netns_mounts_under_state_dir = true

            [\(cri).cni]
              bin_dir = \(Self.quoted(cniPluginDirectory))
              conf_dir = \(Self.quoted(cniConfigurationDirectory))

            [\(cri).registry]
              config_path = \(Self.quoted(registryDirectory))

            [\(cri).containerd]
              default_runtime_name = "\(runtime.rawValue)"
              snapshotter = \(Self.quoted(snapshotter))

            [\(cri).containerd.runtimes.\(runtime.rawValue)]
              runtime_type = "io.containerd.runc.v2"
              base_runtime_spec = \(Self.quoted(baseRuntimeSpecPath))

            [\(cri).containerd.runtimes.\(runtime.rawValue).options]
              BinaryName = \(Self.quoted(runtimePath))
              Root = \(Self.quoted("\(state)/\(runtime.rawValue)"))

            """
    }

    private static func hosts(_ mirror: RegistryMirror) -> String {
        """
        server = \(quoted(mirror.endpoint))

        [host.\(quoted(mirror.endpoint))]
          capabilities = ["pull", "resolve"]

        """
    }

    /// A TOML basic string.
    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.appendJSONString(text)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
