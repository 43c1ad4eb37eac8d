import Crypto
import Glibc

/// What tells one file from another.
struct FileDigest: Sendable, Hashable {
    let sha256: [UInt8]
    /// In bytes.
    let size: Int

    init(of path: String) throws(BackupError) {
        guard let file = fopen(path, "rbe") else { throw Self.failure(path) }
        defer { fclose(file) }
        var (hash, size) = (SHA256(), 0)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
            hash.update(data: buffer[..<count])
            size += count
        }
        guard ferror(file) == 0 else { throw Self.failure(path) }
        (sha256, self.size) = (Array(hash.finalize()), size)
    }

    private static func failure(_ path: String) -> BackupError {
        BackupError("\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
}
