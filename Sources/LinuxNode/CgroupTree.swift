import Glibc

/// The directories of control groups, alike in both versions.
enum CgroupTree {
    /// A pod's directory. A uid that could lead elsewhere is never passed on to the kernel.
    static func podName(_ uid: String) -> String {
        "pod" + String(uid.map { $0 == "/" ? "_" : $0 })
    }

    /// The uids of the pods whose groups are in any of these directories.
    static func pods(in directories: [String]) -> [String] {
        let names = directories.flatMap { Files.directories($0) }.filter { $0.hasPrefix("pod") }
        return Set(names.map { String($0.dropFirst(3)) }).sorted()
    }

    /// Every process of a group and the groups in it.
    static func processes(_ path: String) throws(NodeError) -> [pid_t] {
        var found = try (Files.text("\(path)/cgroup.procs") ?? "").split(separator: "\n").compactMap { pid_t($0) }
        for name in Files.directories(path) { found += try processes("\(path)/\(name)") }
        return found
    }

    /// Kills what runs in the groups and removes them, the innermost first.
    static func remove(_ paths: [String]) async throws {
        // A dying process leaves its group when it is reaped, which its parent may take some time for.
        for attempt in 0..<200 {
            var left = false
            for path in paths where Files.exists(path) {
                for process in try processes(path) where process > 1 { kill(process, SIGKILL) }
                if !removeDirectories(path) { left = true }
            }
            if !left { return }
            try await Task.sleep(for: .milliseconds(min(10 + attempt, 50)))
        }
        throw NodeError(.busy, "the control groups \(paths.joined(separator: ", ")) still have processes after SIGKILL")
    }

    private static func removeDirectories(_ path: String) -> Bool {
        for name in Files.directories(path) where !removeDirectories("\(path)/\(name)") { return false }
        return rmdir(path) == 0 || errno == ENOENT
    }

    /// The value after a key in a file of `key value` lines.
    static func value(of key: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 2, fields[0] == key { return UInt64(fields[1]) }
        }
        return nil
    }
}
