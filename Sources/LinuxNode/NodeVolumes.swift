import CLinux
import Glibc

/// The volumes of a node's pods, below one directory.
///
///     <root>/pods/<uid>/volumes/<name>     emptyDir, configMap, downwardAPI, projected
///     <root>/pods/<uid>/secrets            a tmpfs that only root enters, with one directory for each secret volume
///     <logs>/<namespace>_<name>_<uid>      the containers' log files
///
/// Where the container runtime has a mount namespace of its own, `root` must be shared with it before it starts
/// (`ContainerdConfiguration.sharedDirectories`): tmpfs volumes are mounted later.
public struct NodeVolumes: VolumeMounter {
    public let root: String
    public let logs: String

    public init(root: String, logs: String) {
        self.root = root
        self.logs = logs
    }

    private func podDirectory(_ uid: String) throws -> String {
        "\(root)/pods/\(try Self.component(uid))"
    }

    /// A name that stays within its directory.
    private static func component(_ name: String) throws -> String {
        guard !name.isEmpty, name != ".", name != "..", !name.contains("/"), !name.utf8.contains(0) else {
            throw NodeError(.invalid, "\"\(name)\" cannot name a directory")
        }
        return name
    }

    public func provide(_ volume: PodVolume, name: String, pod uid: String, group: UInt32?) throws -> String {
        let pod = try podDirectory(uid)
        let path = "\(pod)/volumes/\(try Self.component(name))"
        switch volume {
        case .emptyDirectory:
            try Files.makeDirectory(path)
            try open(path, to: group)
            return path
        case .memory(let limit):
            try Files.makeDirectory(path)
            try mountMemory(path, options: "mode=0777\(limit.map { ",size=\($0)" } ?? "")")
            try open(path, to: group)
            return path
        case .files(let files, secret: false):
            try Files.makeDirectory(path)
            try ProjectedDirectory(path: path, group: group).write(files)
            return path
        case .files(let files, secret: true):
            return try provideSecret(files, pod: pod, name: name, group: group)
        case .hostPath(let path, let type):
            try HostPath.check(path, type)
            return path
        }
    }

    /// The directory above is mode 0700: on the node only root gets at a secret, in a container whoever the files'
    /// modes allow.
    private func provideSecret(_ files: [ProjectedFile], pod: String, name: String, group: UInt32?) throws -> String {
        let secrets = "\(pod)/secrets"
        try Files.makeDirectory(secrets, mode: 0o700)
        try mountMemory(secrets, options: "mode=0700")
        let path = "\(secrets)/\(name)"
        try Files.makeDirectory(path)
        try ProjectedDirectory(path: path, group: group).write(files)
        return path
    }

    private func mountMemory(_ path: String, options: String) throws {
        guard try !Mounts.isMountPoint(path) else { return }
        guard mount("tmpfs", path, "tmpfs", UInt(MS_NOSUID | MS_NODEV), options) == 0 else {
            throw NodeError.system("cannot mount a tmpfs at \(path)")
        }
    }

    /// An emptyDir may be written by every user of the pod; files that are made in it get the pod's group.
    private func open(_ path: String, to group: UInt32?) throws {
        if let group, chown(path, uid_t.max, group) != 0 {
            throw NodeError.system("cannot give \(path) to the group \(group)")
        }
        guard chmod(path, group == nil ? 0o777 : 0o2777) == 0 else {
            throw NodeError.system("cannot set the mode of \(path)")
        }
    }

    public func usedBytes(name: String, pod uid: String) throws -> UInt64? {
        let path = "\(try podDirectory(uid))/volumes/\(try Self.component(name))"
        return Files.exists(path) ? Self.usedBytes(path) : nil
    }

    /// Of blocks, not lengths: a sparse file takes what it holds.
    private static func usedBytes(_ path: String) -> UInt64 {
        var status = stat()
        guard lstat(path, &status) == 0 else { return 0 }
        var bytes = UInt64(status.st_blocks) * 512
        guard status.st_mode & S_IFMT == S_IFDIR else { return bytes }
        for name in Files.list(path) { bytes += usedBytes("\(path)/\(name)") }
        return bytes
    }

    public func logDirectory(pod uid: String, namespace: String, name: String) throws -> String {
        let path = try logPath(uid, namespace, name)
        try Files.makeDirectory(path)
        return path
    }

    private func logPath(_ uid: String, _ namespace: String, _ name: String) throws -> String {
        "\(logs)/\(try Self.component("\(namespace)_\(name)_\(uid)"))"
    }

    public func remove(pod uid: String) throws {
        let pod = try podDirectory(uid)
        for mount in try Mounts.below(pod).reversed() {
            // A container that is still being stopped may hold it: gone from here at once, from there with it.
            guard umount2(mount, Int32(MNT_DETACH)) == 0 || errno == EINVAL else {
                throw NodeError.system("cannot unmount \(mount)")
            }
        }
        try Files.removeTree(pod)
    }

    public func removeLogs(pod uid: String, namespace: String, name: String) throws {
        try Files.removeTree(logPath(uid, namespace, name))
    }

    public func pods() throws -> [String] { Files.directories("\(root)/pods") }

    public func subPath(_ path: String, in volumePath: String) throws -> String {
        let parts = path.split(separator: "/").map(String.init)
        guard !path.hasPrefix("/"), !parts.contains("..") else {
            throw NodeError(.invalid, "the subPath \(path) must be relative and without ..")
        }
        guard !parts.isEmpty, Files.isDirectory(volumePath) else { return volumePath }
        try makeSubDirectories(parts, in: volumePath)
        return "\(volumePath)/\(parts.joined(separator: "/"))"
    }

    /// Makes what is missing step by step, each step opened without leaving the volume.
    private func makeSubDirectories(_ parts: [String], in volumePath: String) throws {
        let volume = Glibc.open(volumePath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard volume >= 0 else { throw NodeError.system("cannot open the volume \(volumePath)") }
        defer { close(volume) }
        for count in 1...parts.count {
            let step = parts.prefix(count).joined(separator: "/")
            var file = purser_open_beneath(volume, step, 0)
            if file == -ENOENT {
                let above = count == 1 ? "." : parts.prefix(count - 1).joined(separator: "/")
                let parent = purser_open_beneath(volume, above, O_DIRECTORY)
                guard parent >= 0 else { throw NodeError.system("cannot open \(above) in a volume", errno: -parent) }
                defer { close(parent) }
                guard mkdirat(parent, parts[count - 1], 0o755) == 0 || errno == EEXIST else {
                    throw NodeError.system("cannot make the subPath \(step)")
                }
                file = purser_open_beneath(volume, step, 0)
            }
            guard file >= 0 else {
                throw NodeError(.invalid, "the subPath \(step) leads out of its volume or cannot be opened")
            }
            close(file)
        }
    }
}
