import FoundationEssentials
import Glibc
import KubeClient

/// The mount namespace of an instance's containerd, agent and containers. It is pinned by a file, so that restarts
/// of containerd find the mounts of running containers again.
struct MountNamespace {
    let instance: Instance

    private var file: String { instance.mountNamespaceFile }

    /// Makes the namespace unless it stands.
    func create() async throws {
        guard !isPinned else { return }
        let directory = instance.namespaceDirectory
        try Paths.directory(directory, mode: 0o700)
        if !Self.mountPoints().contains(directory) {
            try await Program.run(["mount", "--bind", directory, directory])
            try await Program.run(["mount", "--make-private", directory])
        }
        try PrivateFile.write([], to: file)
        // Mounts that the machine makes later appear inside; what containers mount does not appear outside.
        try await pin(["unshare", "--mount=\(file)", "--propagation", "slave", "true"])
        // crun refuses the second, empty hierarchy beside cgroup v1 ones.
        if Self.mountPoints().contains("/sys/fs/cgroup/unified") {
            try await Program.run(["nsenter", "--mount=\(file)", "--", "umount", "/sys/fs/cgroup/unified"])
        }
    }

    /// A namespace can only be pinned in one of a lower number, and Linux gives numbers out in a batch for each CPU:
    /// where this process is in a namespace of its own, only some CPUs may number the new one high enough.
    private func pin(_ command: [String]) async throws {
        for cpu in 0..<sysconf(Int32(_SC_NPROCESSORS_ONLN))
        where await Program.succeeds(["taskset", "--cpu-list", "\(cpu)"] + command) {
            return
        }
        try await Program.run(command)
    }

    /// Lets the namespace go; it ends with its last process.
    func remove() {
        for path in [file, instance.namespaceDirectory] where Self.mountPoints().contains(path) {
            umount2(path, Int32(MNT_DETACH))
        }
    }

    private var isPinned: Bool { Self.mountPoints().contains(file) }

    /// Where something is mounted, as this process sees it.
    static func mountPoints() -> Set<String> {
        let text = (try? PrivateFile.read("/proc/self/mounts")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return Set(
            text.split(separator: "\n").compactMap { line in
                let fields = line.split(separator: " ")
                return fields.count > 1 ? unescaped(fields[1]) : nil
            })
    }

    /// The kernel writes blanks and the like as a backslash and three octal digits.
    static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let value = UInt8(digits, radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
