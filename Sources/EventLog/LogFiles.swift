import Domain
import Merkle

/// Where a log's files come from: the log itself, a server of it, or a directory that they were exported to.
public protocol LogFiles: Sendable {
    /// - Throws: `LogFileMissing` where there is no such file.
    func bytes(of resource: LogResource) async throws -> [UInt8]

    /// The smallest signed tree head of at least a size as a note with its cosignatures; the newest for nil.
    /// - Throws: `LogFileMissing` where there is none.
    func checkpoint(from size: Position?) async throws -> String
}

public struct LogFileMissing: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// The files of a log, made of what it stores: tiles as they lie there, bundles of the events themselves.
public struct StoredLogFiles: LogFiles {
    private let log: any EventLog

    public init(log: any EventLog) { self.log = log }

    public func bytes(of resource: LogResource) async throws -> [UInt8] {
        let signed = try await log.latestCheckpoint()?.size ?? 0
        guard let size = resource.size, size <= signed else {
            throw LogFileMissing("\(resource.path) is of a larger tree than the one that was signed last (\(signed))")
        }
        switch resource {
        case .checkpoint: return Array(try await checkpoint(from: nil).utf8)
        case .treeHead(let size):
            guard let head = try await log.checkpoint(from: size), head.size == size else {
                throw LogFileMissing("no tree head of size \(size) was signed")
            }
            return Array(try await cosigned(head).utf8)
        case .tile(let tile): return try await hashes(tile)
        case .entries(let index, let count):
            return try LogBundle.entries(try await events(index, count).map(\.envelope))
        case .payloads(let index, let count):
            return try LogBundle.payloads(try await events(index, count).map(\.payload))
        }
    }

    public func checkpoint(from size: Position?) async throws -> String {
        let found: (size: Position, note: [UInt8])?
        if let size { found = try await log.checkpoint(from: size) } else { found = try await log.latestCheckpoint() }
        guard let found else {
            let what = size.map { "of size \($0) or above " } ?? ""
            throw LogFileMissing("no tree head \(what)has been signed yet; try again in some seconds")
        }
        return try await cosigned(found)
    }

    /// The newest tree head that a witness cosigned.
    public func cosignedCheckpoint() async throws -> String {
        guard let found = try await log.latestCosignedCheckpoint() else {
            throw LogFileMissing("no witness has cosigned a tree head yet")
        }
        return try await cosigned(found)
    }

    private func cosigned(_ head: (size: Position, note: [UInt8])) async throws -> String {
        let lines = try await log.cosignatures(size: head.size)
        return String(decoding: head.note, as: UTF8.self) + lines.map { $0 + "\n" }.joined()
    }

    private func hashes(_ tile: Tile) async throws -> [UInt8] {
        if tile.count == Tile.width, let stored = try await log.tile(level: tile.level, index: tile.index) {
            return stored
        }
        let first = tile.index * Int64(Tile.width)
        let hashes = try await TreeBuilder.edge(log, level: tile.level, range: first..<first + Int64(tile.count))
        guard hashes.count == tile.count else { throw EventLogError.corrupt("hashes of \(tile.path) are missing") }
        return Array(hashes.joined())
    }

    private func events(_ index: Int64, _ count: Int) async throws -> [StoredEvent] {
        let first = index * Int64(Tile.width)
        let events = try await log.stored(after: first, limit: count)
        for (offset, event) in events.enumerated() where event.position != first + Int64(offset) + 1 {
            throw EventLogError.corrupt("the event at position \(first + Int64(offset) + 1) is missing")
        }
        guard events.count == count else { throw EventLogError.corrupt("events behind \(first) are missing") }
        return events
    }
}
