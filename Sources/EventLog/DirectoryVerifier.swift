import Domain
import KubeModel
import Merkle

/// Verifies a log's exported files alone: no server, no database.
///
/// Every entry is hashed anew and compared with the tile of level 0, every payload with its hash in the entry, every
/// tile with the one above it, and the whole tree with the signed tree heads. Where the export holds no entries (those
/// before its first position), the tiles stand for them.
public struct DirectoryVerifier: Sendable {
    private let directory: LogDirectory
    private let verifier: NoteVerifier
    private typealias Finding = LogVerification.Finding

    /// - Parameter verifier: the log's public key, from a source other than the directory.
    public init(_ directory: LogDirectory, verifier: NoteVerifier) {
        (self.directory, self.verifier) = (directory, verifier)
    }

    /// - Returns: what was found; `verified` counts the events whose entry and payload were there and right.
    public func verify(
        progress: @Sendable (_ verified: Position, _ of: Position) async -> Void = { _, _ in }
    ) async throws -> LogVerification {
        var result = LogVerification()
        let heads: [TreeHead]
        switch try readHeads() {
        case .success(let found): heads = found
        case .failure(let finding):
            result.finding = finding.finding
            return result
        }
        let size = heads.last?.size ?? 0
        var walk = Walk(heads: heads[...])
        result.finding = walk.compareTreeHeads()
        var isStarted = false
        while result.finding == nil, walk.tree.size < size,
            let tile = Tile(level: 0, index: walk.tree.size / Int64(Tile.width), size: size)
        {
            result.finding = take(tile, &walk, &isStarted, &result.verified, size: size)
            await progress(walk.tree.size, size)
        }
        if result.finding == nil { result.finding = compareTiles(size: size) }
        result.root = walk.tree.root
        result.treeHeads = heads.count - walk.heads.count
        return result
    }

    private struct Failure: Error {
        var finding: Finding
    }

    /// The tree heads up to the checkpoint, rising, each once.
    private func readHeads() throws -> Result<[TreeHead], Failure> {
        let texts = [try directory.checkpoint(from: nil)]
        guard let checkpoint = head(texts[0]) else {
            return .failure(
                Failure(finding: Finding(position: 0, reason: "the checkpoint is malformed or its signature is wrong")))
        }
        var heads: [TreeHead] = []
        for size in try directory.treeHeads().sorted() where size <= checkpoint.size {
            let text = String(decoding: try directory.bytes(of: .treeHead(size: size)), as: UTF8.self)
            guard let head = head(text), head.size == size else {
                let reason = "tree-heads/\(size).note is malformed or its signature is wrong"
                return .failure(Failure(finding: Finding(position: 0, reason: reason)))
            }
            heads.append(head)
        }
        return .success(heads.last == checkpoint ? heads : heads + [checkpoint])
    }

    private func head(_ text: String) -> TreeHead? { SignedNote(text).flatMap { verifier.treeHead($0) } }

    /// The events of one tile: first the tile itself against the one above it, then each event against the tile.
    private func take(
        _ tile: Tile, _ walk: inout Walk, _ isStarted: inout Bool, _ verified: inout Position, size: Position
    ) -> Finding? {
        let first = walk.tree.size + 1
        guard let hashes = hashes(tile) else {
            return Finding(position: first, reason: "\(tile.path) is missing or damaged")
        }
        walk.tiles = [tile.index: hashes]
        let entries = bundle(.entries(index: tile.index, count: tile.count), LogBundle.entries(of:))
        let payloads = bundle(.payloads(index: tile.index, count: tile.count), LogBundle.payloads(of:))
        if let entries, let payloads, entries.count == tile.count, payloads.count == tile.count {
            isStarted = true
            let events = zip(entries, payloads).enumerated().map { offset, bytes in
                Self.stored(bytes.0, bytes.1, leaf: hashes[offset], position: first + Int64(offset))
            }
            if let finding = walk.take(events, events.map(StoredContent.init)) { return finding }
            verified += Position(tile.count)
        } else {
            // Only what comes before the export's first entry may be left out.
            guard !isStarted, entries == nil, payloads == nil,
                !directory.contains(.entries(index: tile.index, count: tile.count)),
                !directory.contains(.payloads(index: tile.index, count: tile.count))
            else {
                return Finding(position: first, reason: "the bundle of its entry or payload is missing or damaged")
            }
            for hash in hashes { if let finding = walk.take(leaf: hash) { return finding } }
        }
        return compare(tile, hashes, size: size, first: first)
    }

    /// A full tile's root stands in the tile above it.
    private func compare(_ tile: Tile, _ hashes: [MerkleHash], size: Position, first: Position) -> Finding? {
        guard tile.count == Tile.width else { return nil }
        let place = tile.index.quotientAndRemainder(dividingBy: Int64(Tile.width))
        guard let above = Tile(level: tile.level + 1, index: place.quotient, size: size) else { return nil }
        guard let roots = self.hashes(above), roots[Int(place.remainder)] == Merkle.root(of: hashes[...]) else {
            let span = Int64(Tile.width) << Int64(8 * tile.level)
            return Finding(
                position: first,
                reason: "\(tile.path) and \(above.path) contradict each other: an event from here to position "
                    + "\(first + span - 1) was changed together with its hash")
        }
        return nil
    }

    /// The tiles above level 0 against those above them; level 0 was compared on the way.
    private func compareTiles(size: Position) -> Finding? {
        for tile in Tile.all(size: size) where tile.level > 0 {
            let first = tile.index * (Int64(Tile.width) << Int64(8 * tile.level)) + 1
            guard let hashes = hashes(tile) else {
                return Finding(position: first, reason: "\(tile.path) is missing or damaged")
            }
            if let finding = compare(tile, hashes, size: size, first: first) { return finding }
        }
        return nil
    }

    private func hashes(_ tile: Tile) -> [MerkleHash]? {
        guard let bytes = try? directory.bytes(of: .tile(tile)), let hashes = Tile.hashes(of: bytes),
            hashes.count == tile.count
        else { return nil }
        return hashes
    }

    private func bundle(_ resource: LogResource, _ parts: ([UInt8]) -> [[UInt8]]?) -> [[UInt8]]? {
        (try? directory.bytes(of: resource)).flatMap(parts)
    }

    /// An exported event as a store would hold it; what cannot be read keeps its bytes for the walk to object to.
    private static func stored(_ envelope: [UInt8], _ payload: [UInt8], leaf: MerkleHash, position: Position)
        -> StoredEvent
    {
        if let decoded = try? Envelope.decode(envelope, payload: payload) {
            var stored = StoredEvent(decoded)
            stored.leaf = leaf
            return stored
        }
        let nothing = Event(
            stream: "", revision: 0, type: "", isKeyframe: false, payload: payload, caller: Caller(subject: ""),
            callID: CallID(high: 0, low: 0), ordinal: 0)
        return StoredEvent(
            RecordedEvent(
                position: position, recordedAt: Timestamp(microseconds: .max), event: nothing, envelope: envelope,
                leaf: leaf))
    }
}
