import Domain
import Foundation

/// Signed tree heads as files of a directory outside the database, one a note, readable by everyone.
public struct TreeHeadDirectory: TreeHeadStore {
    public let path: String

    /// - Parameter path: is made when the first note is written.
    public init(_ path: String) { self.path = path }

    public func latest() throws -> String? {
        try files().max { $0.size < $1.size }.map { try String(contentsOfFile: $0.path, encoding: .utf8) }
    }

    public func all() throws -> [String] {
        try files().sorted { $0.size < $1.size }.map { try String(contentsOfFile: $0.path, encoding: .utf8) }
    }

    public func note(size: Position) throws -> String? {
        let file = "\(path)/\(size).note"
        return FileManager.default.fileExists(atPath: file) ? try String(contentsOfFile: file, encoding: .utf8) : nil
    }

    /// Writes beside the final name, flushes, and renames, so that a crash leaves no half a note.
    public func write(_ note: String, size: Position) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let temporary = "\(path)/.\(size).tmp"
        let bytes = Array(note.utf8)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteNoPermission) }
        let written = Glibc.write(descriptor, bytes, bytes.count)
        let isFlushed = fchmod(descriptor, 0o644) == 0 && fsync(descriptor) == 0
        close(descriptor)
        guard written == bytes.count, isFlushed, rename(temporary, "\(path)/\(size).note") == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    private func files() throws -> [(size: Position, path: String)] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path).compactMap { name in
            guard name.hasSuffix(".note"), let size = Position(name.dropLast(5)) else { return nil }
            return (size, "\(path)/\(name)")
        }
    }
}
