import Glibc
import KubeClient

/// Small files of the agent's own.
enum DurableFile {
    /// Replaces a file so that after a crash either the old or the new content is there: write, fsync, rename, fsync.
    static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let temporary = "\(path).new"
        try PrivateFile.write(bytes, to: temporary)
        try sync(temporary, O_RDONLY)
        guard rename(temporary, path) == 0 else { throw FileError(path: path, operation: "replace") }
        try sync(directory(of: path), O_RDONLY | O_DIRECTORY)
    }

    private static func sync(_ path: String, _ flags: Int32) throws(FileError) {
        let file = open(path, flags | O_CLOEXEC)
        guard file >= 0 else { throw FileError(path: path, operation: "open") }
        defer { close(file) }
        guard fsync(file) == 0 else { throw FileError(path: path, operation: "sync") }
    }

    static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    /// Makes a directory and those above it.
    static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws(FileError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path != "/" else { throw FileError(path: path, operation: "make") }
        try makeDirectory(directory(of: path), mode: mode)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw FileError(path: path, operation: "make") }
    }

    /// An empty file that everybody may write, for a container's termination message.
    static func makeWritable(_ path: String) throws(FileError) {
        try makeDirectory(directory(of: path))
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw FileError(path: path, operation: "create") }
        fchmod(file, 0o666)
        close(file)
    }

    /// The last bytes of a file; empty where it cannot be read.
    static func tail(_ path: String, bytes: Int) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        let size = lseek(file, 0, SEEK_END)
        lseek(file, max(0, size - bytes), SEEK_SET)
        return (try? PrivateFile.read(descriptor: file, path: path)) ?? []
    }

    /// Removes the files of a directory and the directory; what is gone is fine.
    static func removeFlat(_ path: String) {
        guard let directory = opendir(path) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { unlink("\(path)/\(name)") }
        }
        rmdir(path)
    }
}
