/// A file of a configMap, secret, downwardAPI or projected volume.
public struct ProjectedFile: Sendable, Hashable {
    /// Relative to the volume, may contain `/`, never `..`.
    public var path: String
    public var content: [UInt8]
    /// Permission bits, for instance 0o644.
    public var mode: UInt32

    public init(path: String, content: [UInt8], mode: UInt32 = 0o644) {
        self.path = path
        self.content = content
        self.mode = mode
    }
}

/// What `hostPath.type` asks of the path, in Kubernetes' words; `any` is the empty string.
public enum HostPathType: String, Sendable, Hashable {
    case any = ""
    case directoryOrCreate = "DirectoryOrCreate"
    case directory = "Directory"
    case fileOrCreate = "FileOrCreate"
    case file = "File"
    case socket = "Socket"
    case characterDevice = "CharDevice"
    case blockDevice = "BlockDevice"
}

/// A volume of a pod, with everything that is needed to provide it.
public enum PodVolume: Sendable, Hashable {
    case emptyDirectory
    /// An emptyDir of medium Memory: a tmpfs. Without a limit it may take half of the machine's memory.
    case memory(sizeLimitBytes: UInt64?)
    /// Files that Purser writes. Secret ones live on a tmpfs that only root can enter from the node.
    case files([ProjectedFile], secret: Bool)
    case hostPath(String, HostPathType)
}

/// Provides the volumes of pods. Every call throws ``NodeError``.
public protocol VolumeMounter: Sendable {
    /// Provides a volume, or brings the files of one that exists up to date, all at once.
    /// - Parameter group: the pod's `fsGroup`, which then owns the volume.
    /// - Returns: the path on the node to mount into containers.
    func provide(_ volume: PodVolume, name: String, pod uid: String, group: UInt32?) throws -> String
    /// Bytes used by a volume of disk or memory, for `emptyDir.sizeLimit`; nil where there is none.
    func usedBytes(name: String, pod uid: String) throws -> UInt64?
    /// A path inside a volume for `subPath`, made as a directory where it is missing; a link that leads out of
    /// the volume is refused.
    func subPath(_ path: String, in volumePath: String) throws -> String
    /// The directory of a pod's container logs, made where it is missing.
    func logDirectory(pod uid: String, namespace: String, name: String) throws -> String
    /// Unmounts and removes everything of a pod but its logs. Removing what is gone is allowed.
    func remove(pod uid: String) throws
    /// Removes the logs of a pod.
    func removeLogs(pod uid: String, namespace: String, name: String) throws
    /// The uids of all pods that have volumes, for finding orphans after a restart.
    func pods() throws -> [String]
}
