import Glibc

/// The log files of a container: `<attempt>.log` is the one that the runtime writes, `<attempt>.log.<time>` are those
/// before it.
enum LogFiles {
    /// The attempts that have a file, in order.
    static func attempts(_ directory: String) -> [Int] {
        names(directory).compactMap { $0.hasSuffix(".log") ? Int($0.dropLast(4)) : nil }.sorted()
    }

    /// What is kept of an attempt's log, the oldest first; last is `path` itself, if it is there.
    static func kept(_ path: String) -> [String] {
        guard let slash = path.lastIndex(of: "/") else { return [] }
        let name = path[path.index(after: slash)...]
        let rotated = names(String(path[..<slash])).filter { $0.hasPrefix(name + ".") }.sorted()
        return rotated.map { path[...slash] + $0 } + (access(path, F_OK) == 0 ? [path] : [])
    }

    /// The file that follows an open one; nil while that is the last.
    static func successor(of file: Int32, in path: String) -> String? {
        let own = inode { fstat(file, &$0) }
        let files = kept(path)
        guard let index = files.lastIndex(where: { name in inode { stat(name, &$0) } == own }) else {
            // The open one was removed meanwhile, because it was too old.
            return files.first
        }
        return index + 1 < files.count ? files[index + 1] : nil
    }

    private static func inode(_ look: (inout stat) -> Int32) -> UInt64? {
        var status = stat()
        return look(&status) == 0 ? UInt64(status.st_ino) : nil
    }

    private static func names(_ directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }
}
