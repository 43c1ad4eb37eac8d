import Glibc

/// The check that `hostPath.type` asks for.
enum HostPath {
    static func check(_ path: String, _ type: HostPathType) throws {
        guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
            throw NodeError(.invalid, "the hostPath \(path) must be absolute and without ..")
        }
        switch type {
        case .any: return
        case .directoryOrCreate where !Files.exists(path): try Files.makeDirectory(path)
        case .fileOrCreate where !Files.exists(path): try Files.write([], to: path)
        case .directory, .directoryOrCreate: try require(S_IFDIR, "a directory", path)
        case .file, .fileOrCreate: try require(S_IFREG, "a file", path)
        case .socket: try require(S_IFSOCK, "a socket", path)
        case .characterDevice: try require(S_IFCHR, "a character device", path)
        case .blockDevice: try require(S_IFBLK, "a block device", path)
        }
    }

    private static func require(_ kind: mode_t, _ what: String, _ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw NodeError.system("the hostPath \(path) is missing") }
        guard status.st_mode & S_IFMT == kind else {
            throw NodeError(.invalid, "the hostPath \(path) is not \(what)")
        }
    }
}
