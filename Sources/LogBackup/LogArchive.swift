import Domain
import EventLog
import FoundationEssentials
import Glibc
import Merkle

/// Writes sealed segments into files of a directory, from which they are read by `ArchiveDirectory`.
public struct LogArchive: Sendable {
    public let directory: String
    /// The group that may read the files; nil leaves the one they get.
    private let group: UInt32?
    private static let pageSize = 4096

    public init(_ directory: String, group: UInt32? = nil) { (self.directory, self.group) = (directory, group) }

    /// A file that holds what its segment's tree head was signed over.
    public struct File: Sendable, Hashable {
        /// The segment, with the file's name in the directory and its SHA-256.
        public var segment: LogSegment
        /// In bytes.
        public var size: Int
    }

    /// Writes the file of a full segment, unless an earlier run did, reads it back and checks it against the segment's
    /// seal. When this returns the file is durable under its name. May be ended at any moment and repeated.
    /// - Parameters:
    ///   - seal: the signed tree head whose size is the segment's last position.
    ///   - progress: told how many events of the segment are written.
    public func write(
        _ segment: LogSegment, of log: any EventLog, seal: String, verifier: NoteVerifier,
        progress: @Sendable (Position) -> Void = { _ in }
    ) async throws -> File {
        let check: SegmentCheck
        do { check = try await SegmentCheck(segment, of: log, seal: seal, verifier: verifier) } catch {
            throw BackupError("the segment \(segment.first) to \(segment.last): \(error.reason)")
        }
        let lock = try lock()
        defer { close(lock) }
        let name = EventFile.fileName(first: segment.first)
        if access("\(directory)/\(name)", F_OK) == 0, let digest = try? await verified(name, check) {
            return File(segment, name, digest)
        }
        let temporary = ".\(name).new"
        try await write(temporary, of: log, check, progress)
        let digest = try await verified(temporary, check)
        guard rename("\(directory)/\(temporary)", "\(directory)/\(name)") == 0, fsync(lock) == 0 else {
            throw failure("named \(name)")
        }
        return File(segment, name, digest)
    }

    /// Reads a file whole and checks its events.
    private func verified(_ name: String, _ check: SegmentCheck) async throws -> FileDigest {
        var check = check
        let segment = LogSegment(check.segment.first...check.segment.last, file: name)
        let archive = ArchiveDirectory(directory, cacheSize: 0)
        do {
            while check.next <= segment.last {
                let positions = check.next...min(segment.last, check.next + Position(Self.pageSize) - 1)
                try await check.take(try await archive.events(at: Array(positions), of: segment))
            }
        } catch {
            throw BackupError("\(directory)/\(name): \(error.reason)")
        }
        return try FileDigest(of: "\(directory)/\(name)")
    }

    private func write(
        _ name: String, of log: any EventLog, _ check: SegmentCheck, _ progress: @Sendable (Position) -> Void
    ) async throws {
        var check = check
        let segment = check.segment
        let file = try NewFile("\(directory)/\(name)", group: group)
        var sizes: [Int] = []
        while check.next <= segment.last {
            let count = min(Position(Self.pageSize), segment.last - check.next + 1)
            let events = try await log.stored(after: check.next - 1, limit: Int(count))
            do { try await check.take(events) } catch { throw BackupError(error.reason) }
            guard events.count == count else { throw BackupError("position \(check.next): the event is missing") }
            for block in try await Self.blocks(events) {
                try file.write(block)
                sizes.append(block.count)
            }
            progress(check.next - segment.first)
        }
        try file.write(SegmentLayout(segment, blockSizes: sizes).index)
        try file.flush()
    }

    private static func blocks(_ events: [StoredEvent]) async throws(BackupError) -> [[UInt8]] {
        let size = Int(SegmentLayout.eventsInBlock)
        let starts = Array(stride(from: 0, to: events.count, by: size))
        return try await starts.concurrentMap(chunk: 4) { (start) throws(BackupError) in
            var lines: [UInt8] = []
            for event in events[start..<min(start + size, events.count)] {
                try EventFile.append(event, to: &lines)
            }
            return try GzipMember.compress(lines)
        }
    }

    /// Makes the directory and keeps others from writing into it; the lock ends with the descriptor.
    private func lock() throws -> Int32 {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opened") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw BackupError("another `purser archive` writes into \(directory)")
        }
        return descriptor
    }

    private func failure(_ what: String) -> BackupError {
        BackupError("\(directory) cannot be \(what): \(String(cString: strerror(errno)))")
    }
}

extension LogArchive.File {
    fileprivate init(_ segment: LogSegment, _ name: String, _ digest: FileDigest) {
        let archived = LogSegment(segment.first...segment.last, file: name, sha256: digest.sha256)
        self.init(segment: archived, size: digest.size)
    }
}

/// A file that is being written; its owner and the group that may read it see it from its first byte on.
private final class NewFile {
    private let descriptor: Int32
    private let path: String

    init(_ path: String, group: UInt32?) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw failure }
        guard fchmod(descriptor, 0o640) == 0, group.map({ fchown(descriptor, uid_t.max, $0) == 0 }) ?? true else {
            throw failure
        }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure }
                rest = rest.dropFirst(count)
            }
        }
    }

    func flush() throws {
        guard fsync(descriptor) == 0 else { throw failure }
    }

    private var failure: BackupError { BackupError("\(path) cannot be written: \(String(cString: strerror(errno)))") }
}
