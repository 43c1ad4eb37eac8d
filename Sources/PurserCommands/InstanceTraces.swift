import FoundationEssentials
import Glibc
import KubeClient

/// What of an instance is on the machine, looked up when asked. Nothing here counts on the instance's own files.
struct InstanceTraces: Sendable {
    /// Absolute.
    let directory: String
    /// Nil where only the directory is known; then nothing that is called after the instance can be found.
    let instance: Instance?

    /// Processes that were started for the instance, and whatever runs in its control groups.
    func processes() -> [ProcessRecord] {
        let own = ProcessRecord.all().filter { $0.pid != getpid() && isOwn($0.pid) }
        let contained = controlGroups().flatMap(Self.members).compactMap(ProcessRecord.running)
        return Array(Set(own + contained)).sorted { $0.pid < $1.pid }
    }

    private static let verbs: Set = ["supervise", "server", "agent", "migrate", "stop-pods"]
    private static let programs: Set = ["containerd", "docker-registry", "postgres", "nsenter", "setpriv"]

    /// Whether a process is one that `up` or what it started brings to life for this directory: a person's editor or
    /// shell that names the directory is not.
    private func isOwn(_ pid: Int32) -> Bool {
        guard let bytes = try? PrivateFile.read("/proc/\(pid)/cmdline"), !bytes.isEmpty else { return false }
        let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        let program = words.first?.split(separator: "/").last.map(String.init) ?? ""
        if program.hasPrefix("postgres:") { return worksInside(pid) }
        let isOurs =
            Self.programs.contains(program) || program.hasPrefix("containerd-shim")
            || words.count > 1 && Self.verbs.contains(words[1])
        return isOurs && words.dropFirst().contains(where: names)
    }

    /// PostgreSQL's processes but the first one, which rename themselves and work in the directory of the data.
    func databaseProcesses() -> [ProcessRecord] {
        ProcessRecord.all().filter { record in
            let title = (try? PrivateFile.read("/proc/\(record.pid)/cmdline")) ?? []
            return title.starts(with: "postgres:".utf8) && worksInside(record.pid)
        }
    }

    private func worksInside(_ pid: Int32) -> Bool { Self.workingDirectory(pid).hasPrefix(directory + "/") }

    /// Whether a word of a command line is a path inside the directory, bare or after a `name=`.
    func names(_ word: String) -> Bool {
        word == directory || word.hasPrefix(directory + "/") || word.contains("=\(directory)/")
    }

    private static func workingDirectory(_ pid: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/\(pid)/cwd", &buffer, buffer.count)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }

    /// The instance's group in every hierarchy that is mounted.
    func controlGroups() -> [String] {
        guard let instance else { return [] }
        let roots = MountNamespace.mountPoints().filter { $0 == "/sys/fs/cgroup" || $0.hasPrefix("/sys/fs/cgroup/") }
        return roots.map { $0 + instance.cgroupParent }.filter(Paths.exists).sorted()
    }

    /// The processes in a control group and those below it.
    private static func members(_ group: String) -> [Int32] {
        let text = (try? PrivateFile.read("\(group)/cgroup.procs")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").compactMap { Int32($0) } + children(group).flatMap(members)
    }

    static func children(_ group: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: group)) ?? []
        return names.map { "\(group)/\($0)" }.filter { path in
            var isDirectory = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
        }
    }

    /// What is mounted on the directory or below it, the deepest first.
    func mounts() -> [String] {
        MountNamespace.mountPoints().filter { $0 == directory || $0.hasPrefix(directory + "/") }.sorted(by: >)
    }

    var hasBridge: Bool { instance.map { Paths.exists("/sys/class/net/\($0.bridge)") } ?? false }

    func hasRules() async -> Bool {
        guard let instance else { return false }
        return await Program.succeeds(["nft", "list", "table", "ip", instance.nftTable])
    }

    /// Everything, a line each, for a person.
    func descriptions() async -> [String] {
        var lines = processes().map { "process \($0.pid)" } + mounts().map { "mount \($0)" }
        if hasBridge, let instance { lines.append("network interface \(instance.bridge)") }
        if await hasRules(), let instance { lines.append("nftables table \(instance.nftTable)") }
        lines += controlGroups().map { "control group \($0)" }
        if Paths.exists(directory) { lines.append("directory \(directory)") }
        return lines
    }
}
