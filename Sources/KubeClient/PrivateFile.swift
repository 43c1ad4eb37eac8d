import Glibc

/// A file operation that the system refused.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    public var path: String
    public var operation: String
    public var code: Int32
    public init(path: String, operation: String, code: Int32 = errno) {
        (self.path, self.operation, self.code) = (path, operation, code)
    }
    public var description: String { "cannot \(operation) \(path): \(String(cString: strerror(code)))" }
}

/// Small whole files: keys, certificates, configurations.
public enum PrivateFile {
    /// Replaces a file at once (write beside it, then rename), with this mode from its first byte on.
    public static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws(FileError) {
        let temporary = "\(path).\(getpid()).new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw FileError(path: temporary, operation: "create") }
        defer { close(file) }
        guard fchmod(file, mode) == 0 else { throw FileError(path: temporary, operation: "set the mode of") }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            guard count > 0 else { throw FileError(path: temporary, operation: "write") }
            written += count
        }
        guard rename(temporary, path) == 0 else { throw FileError(path: path, operation: "replace") }
    }

    public static func write(_ text: String, to path: String, mode: mode_t = 0o600) throws(FileError) {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    public static func read(_ path: String) throws(FileError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError(path: path, operation: "open") }
        defer { close(file) }
        return try read(descriptor: file, path: path)
    }

    /// Reads until the end.
    public static func read(descriptor: Int32, path: String) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw FileError(path: path, operation: "read") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
