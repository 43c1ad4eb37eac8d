import CZlib
import Glibc

/// What went wrong with a file of a backup or of the archive.
public struct BackupError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// A compressed file (RFC 1952) that is written or read from its beginning to its end, a piece at a time.
struct GzipFile: ~Copyable {
    private let file: gzFile
    private let path: String
    private static let bufferSize: UInt32 = 1 << 18

    /// - Parameter mode: `wb6` or `rb`, as zlib's `gzopen` takes it.
    private init(_ path: String, mode: String) throws(BackupError) {
        guard let file = gzopen(path, mode) else {
            throw BackupError("\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        gzbuffer(file, Self.bufferSize)
        (self.file, self.path) = (file, path)
    }

    static func create(_ path: String) throws(BackupError) -> GzipFile { try GzipFile(path, mode: "wb6") }
    static func open(_ path: String) throws(BackupError) -> GzipFile { try GzipFile(path, mode: "rb") }

    deinit { gzclose(file) }

    func write(_ bytes: [UInt8]) throws(BackupError) {
        guard !bytes.isEmpty else { return }
        guard gzwrite(file, bytes, UInt32(bytes.count)) == Int32(bytes.count) else {
            throw BackupError("\(path) cannot be written: \(reason)")
        }
    }

    /// The next bytes, at most so many; empty at the end.
    func read(_ count: Int) throws(BackupError) -> [UInt8] {
        var result: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            result = gzread(file, buffer.baseAddress, UInt32(count))
            filled = max(0, Int(result))
        }
        guard result >= 0 else { throw BackupError("\(path) cannot be read: \(reason)") }
        return bytes
    }

    /// Writes what is left and completes the file.
    consuming func finish() throws(BackupError) {
        guard gzflush(file, Z_FINISH) == Z_OK else { throw BackupError("\(path) cannot be written: \(reason)") }
    }

    private var reason: String {
        var code: Int32 = 0
        return gzerror(file, &code).map { String(cString: $0) } ?? "error \(code)"
    }
}
