import Domain
import EventLog
import KubeModel
import Synchronization

/// The files of archived segments in a directory, each named by its segment's first position.
public final class ArchiveDirectory: EventArchive {
    public let path: String
    private let blocks: Mutex<BlockCache>
    private let files = Mutex<[LogSegment: SegmentFile]>([:])
    private static let openFiles = 64
    /// Blocks that one task inflates when many are wanted.
    private static let blocksInTask = 4

    /// - Parameter cacheSize: how many bytes of events are kept at hand at most.
    public init(_ path: String, cacheSize: Int = 16 << 20) {
        self.path = path
        blocks = Mutex(BlockCache(capacity: cacheSize))
    }

    public func events(at positions: [Position], of segment: LogSegment) async throws(EventLogError)
        -> [ArchivedEvent]
    {
        guard let first = positions.first else { return [] }
        guard positions.allSatisfy({ $0 >= segment.first && $0 <= segment.last }) else {
            throw .refused("positions from \(first) on do not all lie in \(segment.first) to \(segment.last)")
        }
        let file = try file(of: segment)
        let wanted = Set(positions.map(file.layout.block)).sorted()
        let found: [Int: [ArchivedEvent]]
        do { found = try await blocks(wanted, of: file) } catch {
            // Somebody may put a whole copy in its place.
            files.withLock { $0[segment] = nil }
            throw error
        }
        return positions.map { position in
            let block = file.layout.block(of: position)
            return found[block, default: []][Int(position - file.layout.positions(of: block).lowerBound)]
        }
    }

    /// Compares a segment's file, whole, with the SHA-256 that it had when it was archived. A file may differ from that
    /// and hold the same events all the same.
    /// - Returns: what is wrong; nil where it is the same file to the byte.
    public func difference(of segment: LogSegment) throws(EventLogError) -> String? {
        let path = try path(of: segment)
        let digest: FileDigest
        do { digest = try FileDigest(of: path) } catch { throw .archiveMissing(error.description) }
        guard digest.sha256 != segment.sha256 else { return nil }
        let expected = segment.sha256?.hexadecimal ?? "unknown"
        return "the archive file \(path) of the segment \(segment.first) to \(segment.last) is not the one that was "
            + "archived: its SHA-256 is \(digest.sha256.hexadecimal), that of the archived one \(expected)"
    }

    private func path(of segment: LogSegment) throws(EventLogError) -> String {
        guard let name = segment.file, !name.contains("/") else {
            throw .refused("the segment \(segment.first) to \(segment.last) has no file in an archive")
        }
        return "\(path)/\(name)"
    }

    private func file(of segment: LogSegment) throws(EventLogError) -> SegmentFile {
        if let file = files.withLock({ $0[segment] }) { return file }
        let file = try SegmentFile(try path(of: segment), segment)
        files.withLock { files in
            if files.count >= Self.openFiles { files.removeAll() }
            files[segment] = file
        }
        return file
    }

    private func blocks(_ wanted: [Int], of file: SegmentFile) async throws(EventLogError) -> [Int: [ArchivedEvent]] {
        var found = blocks.withLock { $0.blocks(wanted, of: file.path) }
        let missing = wanted.filter { found[$0] == nil }
        let read = try await missing.concurrentMap(chunk: Self.blocksInTask) { (index) throws(EventLogError) in
            try file.block(index)
        }
        for (index, events) in zip(missing, read) { found[index] = events }
        blocks.withLock { cache in
            for index in missing {
                cache.insert(found[index, default: []], BlockCache.Key(file: file.path, index: index))
            }
        }
        return found
    }
}

/// The blocks that were asked for last.
private struct BlockCache {
    struct Key: Hashable {
        var file: String
        var index: Int
    }

    private struct Entry {
        var events: [ArchivedEvent]
        var size: Int
        var lastUse: Int
    }

    let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var size = 0
    private var uses = 0

    init(capacity: Int) { self.capacity = capacity }

    mutating func blocks(_ indexes: [Int], of file: String) -> [Int: [ArchivedEvent]] {
        uses += 1
        var found: [Int: [ArchivedEvent]] = [:]
        for index in indexes {
            let key = Key(file: file, index: index)
            guard let events = entries[key]?.events else { continue }
            entries[key]?.lastUse = uses
            found[index] = events
        }
        return found
    }

    mutating func insert(_ events: [ArchivedEvent], _ key: Key) {
        let bytes = events.reduce(0) { $0 + $1.envelope.count + $1.payload.count }
        guard bytes <= capacity, entries[key] == nil else { return }
        while size + bytes > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            size -= oldest.value.size
            entries[oldest.key] = nil
        }
        entries[key] = Entry(events: events, size: bytes, lastUse: uses)
        size += bytes
    }
}
