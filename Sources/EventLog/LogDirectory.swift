import Domain
import Foundation
import Merkle

/// A log's files in a directory, in the layout of C2SP's tlog-tiles.
public struct LogDirectory: LogFiles {
    public let path: String

    public init(_ path: String) { self.path = path }

    public func bytes(of resource: LogResource) throws -> [UInt8] {
        if let bytes = contents(resource) { return bytes }
        // A partial file may have grown into the full one since.
        if resource.full != resource, let bytes = contents(resource.full),
            let part = resource.cut(bytes, to: resource.count)
        {
            return part
        }
        throw LogFileMissing("\(path)/\(resource.path) is missing")
    }

    public func checkpoint(from size: Position?) throws -> String {
        guard let size else { return String(decoding: try bytes(of: .checkpoint), as: UTF8.self) }
        guard let found = try treeHeads().sorted().first(where: { $0 >= size }) else {
            throw LogFileMissing("\(path) holds no tree head of size \(size) or above")
        }
        return String(decoding: try bytes(of: .treeHead(size: found)), as: UTF8.self)
    }

    /// Sizes of the tree heads that lie here.
    public func treeHeads() throws -> [Position] {
        let folder = "\(path)/tree-heads"
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { name in
            guard case .treeHead(let size) = LogResource(path: "tree-heads/\(name)") else { return nil }
            return size
        }
    }

    public func contains(_ resource: LogResource) -> Bool {
        FileManager.default.fileExists(atPath: "\(path)/\(resource.path)")
    }

    /// Writes a file, and takes away the partial ones that it is the whole of.
    public func write(_ bytes: [UInt8], as resource: LogResource) throws {
        let file = URL(fileURLWithPath: "\(path)/\(resource.path)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file, options: .atomic)
        let partial = "\(path)/\(resource.path).p"
        if resource.isImmutable, resource.full == resource, FileManager.default.fileExists(atPath: partial) {
            try FileManager.default.removeItem(atPath: partial)
        }
    }

    private func contents(_ resource: LogResource) -> [UInt8]? {
        FileManager.default.contents(atPath: "\(path)/\(resource.path)").map { [UInt8]($0) }
    }
}

extension LogDirectory {
    /// What an export wrote.
    public struct Export: Sendable, Hashable {
        /// The size of the tree whose head was exported.
        public var size: Position
        /// The events whose entries and payloads were exported.
        public var events: ClosedRange<Position>?
        /// Files written; those that were there already are not among them.
        public var files = 0
    }

    /// Copies a log's files: the signed tree head, every tile under it, and entries and payloads of events.
    ///
    /// Full files that lie in the directory already stay as they are, so that an export can be repeated or go on.
    /// - Parameters:
    ///   - from: the first event whose entry and payload are wanted; whole bundles of 256 are written.
    ///   - until: the size of the tree; the first signed tree head of at least this size is taken. The newest for nil.
    ///   - head: the signed tree head itself, in place of a size.
    ///   - progress: told how many events of how many are done.
    public func export(
        _ files: any LogFiles, from: Position = 1, until: Position? = nil, head: String? = nil,
        progress: @Sendable (_ done: Position, _ of: Position) async -> Void = { _, _ in }
    ) async throws -> Export {
        let text: String = if let head { head } else { try await files.checkpoint(from: until) }
        guard let note = SignedNote(text), let head = TreeHead(body: note.text) else {
            throw LogFileMissing("the log's checkpoint cannot be read")
        }
        var export = Export(size: head.size)
        for tile in Tile.all(size: head.size) { export.files += try await copy(.tile(tile), from: files) }
        let first = max(from - 1, 0) / Int64(Tile.width)
        var index = first
        while let tile = Tile(level: 0, index: index, size: head.size) {
            export.files += try await copy(.entries(index: index, count: tile.count), from: files)
            export.files += try await copy(.payloads(index: index, count: tile.count), from: files)
            index += 1
            await progress(min(index * Int64(Tile.width), head.size), head.size)
        }
        if index > first { export.events = first * Int64(Tile.width) + 1...head.size }
        // Last, so that a directory with a checkpoint holds what the checkpoint is of.
        try write(Array(text.utf8), as: .treeHead(size: head.size))
        try write(Array(text.utf8), as: .checkpoint)
        export.files += 2
        return export
    }

    private func copy(_ resource: LogResource, from files: any LogFiles) async throws -> Int {
        if contains(resource) { return 0 }
        try write(try await files.bytes(of: resource), as: resource)
        return 1
    }
}
