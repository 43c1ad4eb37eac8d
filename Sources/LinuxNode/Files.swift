import Glibc

/// The few file operations that the node needs, with errors that name the path and what to do.
enum Files {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The whole file; nil where there is none.
    static func read(_ path: String) throws(NodeError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT || errno == ENOTDIR || errno == ENODEV { return nil }
            throw .system("cannot read \(path)")
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        while true {
            let start = bytes.count
            let chunk = max(4096, start)
            var count = 0
            bytes.reserveCapacity(start + chunk)
            let part = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, used in
                count = Glibc.read(file, buffer.baseAddress, chunk)
                used = max(0, count)
            }
            if count < 0, errno == EINTR { continue }
            // A control group that is removed while it is read answers ENODEV.
            if count < 0, errno == ENODEV { return nil }
            guard count >= 0 else { throw .system("cannot read \(path)") }
            if count == 0 { return bytes }
            bytes += part
        }
    }

    static func text(_ path: String) throws(NodeError) -> String? {
        try read(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The one number in a file; nil where there is no file or it says `max`.
    static func number(_ path: String) throws(NodeError) -> UInt64? {
        try text(path).flatMap { UInt64($0.split(whereSeparator: \.isWhitespace).first ?? "") }
    }

    /// Writes a whole file, made with these permission bits where it is missing.
    static func write(_ bytes: some Collection<UInt8>, to path: String, mode: UInt32 = 0o644) throws(NodeError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw .system("cannot write \(path)") }
        defer { close(file) }
        try write(Array(bytes), to: file, path: path)
        // The bits given to open() are cut by the umask.
        guard fchmod(file, mode) == 0 else { throw .system("cannot set the mode of \(path)") }
    }

    /// Writes to a file of the kernel: it must exist and is written in one piece.
    static func set(_ text: String, in path: String) throws(NodeError) {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system("cannot set \(path) to \(text)") }
        defer { close(file) }
        guard Glibc.write(file, text, text.utf8.count) == text.utf8.count else {
            throw .system("cannot set \(path) to \(text)")
        }
    }

    private static func write(_ bytes: [UInt8], to file: Int32, path: String) throws(NodeError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress?.advanced(by: done), $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system("cannot write \(path)") }
            done += count
        }
    }

    /// Makes a directory and those above it; existing ones are left as they are.
    static func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(NodeError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw .system("cannot make the directory \(path)")
        }
        try makeDirectory(String(path[..<slash]), mode: 0o755)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .system("cannot make the directory \(path)") }
    }

    /// The names in a directory, sorted; empty where there is none.
    static func list(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The directories in a directory, sorted, links not followed.
    static func directories(_ path: String) -> [String] {
        list(path).filter {
            var status = stat()
            return lstat("\(path)/\($0)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        }
    }

    /// Removes a tree without following links out of it. Removing what is gone is allowed.
    static func removeTree(_ path: String) throws(NodeError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw .system("cannot look at \(path)")
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in list(path) { try removeTree("\(path)/\(name)") }
            guard rmdir(path) == 0 || errno == ENOENT else { throw .system("cannot remove \(path)") }
        } else {
            guard unlink(path) == 0 || errno == ENOENT else { throw .system("cannot remove \(path)") }
        }
    }
}

extension NodeError {
    /// Of the last failed system call.
    static func system(_ what: String, errno code: Int32 = errno) -> NodeError {
        let kind: Code =
            switch code {
            case ENOENT, ENODEV, ESRCH: .notFound
            case EPERM, EACCES, EROFS: .permissionDenied
            case EINVAL: .invalid
            case EBUSY: .busy
            case ENOSYS, EOPNOTSUPP: .unsupported
            default: .failed
            }
        return NodeError(kind, "\(what): \(String(cString: strerror(code)))")
    }
}
