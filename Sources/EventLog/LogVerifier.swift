import Domain
import KubeModel
import Merkle

/// What a verification found.
public struct LogVerification: Sendable, Equatable {
    /// The number of events whose bytes were recomputed and found right.
    public var verified: Position = 0
    /// The root of the tree over them.
    public var root: MerkleHash = Merkle.emptyRoot
    /// The number of signed tree heads that the log was compared with.
    public var treeHeads = 0
    public var finding: Finding?

    /// The first thing that is wrong.
    public struct Finding: Sendable, Equatable, CustomStringConvertible {
        /// Where it is; for a tree head, its size: some event up to there was changed.
        public var position: Position
        public var reason: String
        public var description: String { "position \(position): \(reason)" }
    }
}

/// Recomputes the whole log from the stored bytes, never from a stored hash, and compares it with tree heads that were
/// signed and kept outside the database.
public struct LogVerifier: Sendable {
    private let log: any EventLog
    private let origin: String
    private let verifier: NoteVerifier
    private static let pageSize = 2000

    /// - Parameters:
    ///   - origin: the log's name, which every tree head must bear.
    ///   - verifier: the public key of whoever signs tree heads.
    public init(log: any EventLog, origin: String, verifier: NoteVerifier) {
        (self.log, self.origin, self.verifier) = (log, origin, verifier)
    }

    /// Verifies the log to its present head.
    /// - Parameters:
    ///   - notes: the signed tree heads kept outside the database, in any order.
    ///   - progress: told after each page how many events of how many were verified.
    /// - Throws: only if the log cannot be read; what is wrong with it is in the result.
    public func verify(
        notes: [String], progress: @Sendable (_ verified: Position, _ of: Position) async -> Void = { _, _ in }
    ) async throws(EventLogError) -> LogVerification {
        var result = LogVerification()
        var heads: [TreeHead] = []
        for note in notes {
            guard let head = treeHead(note) else {
                result.finding = LogVerification.Finding(
                    position: 0, reason: "a tree head is malformed or its signature is wrong")
                return result
            }
            heads.append(head)
        }
        heads.sort { $0.size < $1.size }
        var walk = Walk(heads: heads[...])
        result.finding = walk.compareTreeHeads()
        let end = try await log.head().position
        while result.finding == nil, walk.tree.size < end {
            let page = try await log.stored(after: walk.tree.size, limit: Self.pageSize)
            try await walk.learn(tilesOf: walk.tree.size..<walk.tree.size + Int64(page.count), log)
            result.finding = walk.take(page, end: end)
            await progress(walk.tree.size, end)
        }
        if result.finding == nil { result.finding = walk.missing(end: end) }
        (result.verified, result.root) = (walk.tree.size, walk.tree.root)
        result.treeHeads = heads.count - walk.heads.count
        return result
    }

    private func treeHead(_ text: String) -> TreeHead? {
        guard let note = SignedNote(text), verifier.verifies(note), let head = TreeHead(body: note.text),
            head.origin == origin
        else { return nil }
        return head
    }
}

extension Walk {
    /// Leaves as the full tiles of level 0 hold them: they tell which event was changed, where only the tree head
    /// would tell that one was.
    fileprivate mutating func learn(tilesOf range: Range<Position>, _ log: any EventLog) async throws(EventLogError) {
        tiles = tiles.filter { $0.key >= range.lowerBound / Int64(Tile.width) }
        var index = range.lowerBound / Int64(Tile.width)
        while index * Int64(Tile.width) < range.upperBound {
            if tiles[index] == nil, let tile = try await log.tile(level: 0, index: index) {
                tiles[index] = Tile.hashes(of: tile)
            }
            index += 1
        }
    }
}

/// The way through the log: the tree so far, and the tree heads still ahead.
struct Walk {
    typealias Finding = LogVerification.Finding
    var tree = MerkleFrontier()
    var heads: ArraySlice<TreeHead>
    /// Hashes of tiles of level 0 by their index, as far as they are known.
    var tiles: [Int64: [MerkleHash]] = [:]
    private var lastTime = Timestamp(microseconds: .min)

    init(heads: ArraySlice<TreeHead>) { self.heads = heads }

    mutating func take(_ page: [StoredEvent], end: Position) -> Finding? {
        if page.isEmpty { return Finding(position: tree.size + 1, reason: "the event is missing") }
        for event in page.prefix(while: { $0.position <= end }) {
            if let reason = objection(to: event) { return Finding(position: tree.size + 1, reason: reason) }
            lastTime = event.recordedAt
            if let finding = take(leaf: Envelope.leaf(of: event.envelope)) { return finding }
        }
        return nil
    }

    /// Takes a leaf in, once it is the one in its tile.
    mutating func take(leaf: MerkleHash) -> Finding? {
        let place = tree.size.quotientAndRemainder(dividingBy: Int64(Tile.width))
        if let tile = tiles[place.quotient], place.remainder < tile.count, tile[Int(place.remainder)] != leaf {
            return Finding(position: tree.size + 1, reason: "the event is not the one whose hash the tile holds")
        }
        tree.append(leaf)
        return compareTreeHeads()
    }

    /// Compares the tree with the heads of its present size.
    mutating func compareTreeHeads() -> Finding? {
        while let head = heads.first, head.size == tree.size {
            guard head.root == tree.root else {
                return Finding(position: tree.size, reason: "the tree differs from the head signed at this size")
            }
            heads.removeFirst()
        }
        return nil
    }

    func missing(end: Position) -> Finding? {
        heads.first.map {
            Finding(position: end + 1, reason: "the event is missing: a tree head of size \($0.size) was signed")
        }
    }

    private func objection(to stored: StoredEvent) -> String? {
        guard stored.position == tree.size + 1 else {
            return stored.position > tree.size ? "the event is missing" : "an event of another position stands here"
        }
        let decoded: RecordedEvent
        do {
            decoded = try Envelope.decode(stored.envelope, payload: stored.payload)
        } catch .payloadMismatch {
            return "the payload is not the one whose hash the envelope holds"
        } catch {
            return "the envelope cannot be read: \(error)"
        }
        guard stored.leaf == decoded.leaf else { return "the stored leaf hash is not that of the envelope" }
        guard StoredEvent(decoded) == stored else { return "columns differ from the envelope" }
        guard
            Envelope.bytes(of: decoded.event, position: decoded.position, recordedAt: decoded.recordedAt)
                == stored.envelope
        else { return "the envelope is not in its canonical form" }
        guard stored.recordedAt >= lastTime else { return "the time goes back" }
        return nil
    }
}
