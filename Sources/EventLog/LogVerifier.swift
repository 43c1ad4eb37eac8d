import Domain
import KubeModel
import Merkle

/// What a verification found.
public struct LogVerification: Sendable, Equatable {
    /// The number of events whose bytes were recomputed and found right.
    public var verified: Position = 0
    /// The root of the tree over them.
    public var root: MerkleHash = Merkle.emptyRoot
    /// The number of signed tree heads, as they were handed in, that the log was compared with.
    public var treeHeads = 0
    /// The size of the largest of them: nothing vouches yet for events behind it.
    public var signed: Position = 0
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
/// signed and kept outside the database. What the database serves beside the events, its tiles and its own newest tree
/// head, is compared with them too.
public struct LogVerifier: Sendable {
    private let log: any EventLog
    private let verifier: NoteVerifier
    private static let pageSize = 4096

    /// - Parameter verifier: the public key of whoever signs tree heads; its name is the log's, which they must bear.
    public init(log: any EventLog, verifier: NoteVerifier) { (self.log, self.verifier) = (log, verifier) }

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
            guard let head = SignedNote(note).flatMap(verifier.treeHead) else {
                result.finding = LogVerification.Finding(
                    position: 0, reason: "a tree head is malformed or its signature is wrong")
                return result
            }
            heads.append(head)
        }
        let count = heads.count
        switch try await storedHead() {
        case .success(let head): heads += head.map { [$0] } ?? []
        case .failure(let finding):
            result.finding = finding.finding
            return result
        }
        heads.sort { $0.size < $1.size }
        var walk = Walk(heads: heads[...])
        result.finding = walk.compareTreeHeads()
        let end = try await log.head().position
        var page = try await page(after: walk.tree.size, through: end).get()
        while result.finding == nil, walk.tree.size < end {
            if let reason = page.damage {
                result.finding = LogVerification.Finding(position: walk.tree.size + 1, reason: reason)
                break
            }
            // The database reads on while this page is hashed.
            let last = page.last
            async let next = self.page(after: last, through: end)
            walk.tiles = page.tiles
            result.finding = walk.take(page.events, await page.contents())
            if result.finding == nil { result.finding = try await compareTiles(&walk) }
            await progress(walk.tree.size, end)
            let following = await next
            if result.finding == nil { page = try following.get() }
        }
        if result.finding == nil { result.finding = walk.missing(end: end) }
        if result.finding == nil { result.finding = try await behind(end) }
        (result.verified, result.root) = (walk.tree.size, walk.tree.root)
        result.treeHeads = min(count, heads.count - walk.heads.count)
        result.signed = heads.dropLast(walk.heads.count).last?.size ?? 0
        return result
    }
}

extension LogVerifier {
    private struct Failure: Error {
        var finding: LogVerification.Finding
    }

    /// The newest tree head in the database, which its server hands out.
    private func storedHead() async throws(EventLogError) -> Result<TreeHead?, Failure> {
        guard let stored = try await log.latestCheckpoint() else { return .success(nil) }
        guard let note = SignedNote(String(decoding: stored.note, as: UTF8.self)), let head = verifier.treeHead(note),
            head.size == stored.size
        else {
            let reason = "the tree head that is stored in the database is malformed or its signature is wrong"
            return .failure(Failure(finding: LogVerification.Finding(position: stored.size, reason: reason)))
        }
        return .success(head)
    }

    /// Compares the full tiles above level 0 that the events so far amount to with those that are stored.
    private func compareTiles(_ walk: inout Walk) async throws(EventLogError) -> LogVerification.Finding? {
        defer { walk.fullTiles = [] }
        for (tile, hashes) in walk.fullTiles {
            guard let stored = try await log.tile(level: tile.level, index: tile.index) else { continue }
            let found = Tile.hashes(of: stored) ?? []
            guard let wrong = zip(hashes + [[]], found + [[]]).enumerated().first(where: { $1.0 != $1.1 })?.offset
            else {
                continue
            }
            let span = Int64(1) << Int64(8 * tile.level)
            return LogVerification.Finding(
                position: (tile.index * Int64(Tile.width) + Int64(wrong)) * span + 1,
                reason: "the stored \(tile.path) does not hold the hash of the \(span) events from here on")
        }
        return nil
    }

    /// What stands behind the end of the log and was not appended since it was read.
    private func behind(_ end: Position) async throws(EventLogError) -> LogVerification.Finding? {
        let events = try await log.stored(after: end, limit: Self.pageSize)
        let head = try await log.head().position
        return events.first { $0.position > head }.map {
            LogVerification.Finding(
                position: $0.position, reason: "an event stands behind the log's end, where no append put it")
        }
    }
}

/// Events that are read together.
private struct Page: Sendable {
    var events: [StoredEvent] = []
    /// The position of the last event; of the one before the page if it is empty.
    var last: Position
    /// Leaves as the full tiles of level 0 hold them, by the tiles' index: they tell which event was changed, where only
    /// the tree head would tell that one was.
    var tiles: [Int64: [MerkleHash]] = [:]
    /// Why not even the first event can be read.
    var damage: String?

    private static let chunkSize = 256

    /// What each event's bytes say, in order; worked out on all cores, for it is most of the work.
    func contents() async -> [StoredContent] {
        await events.concurrentMap(chunk: Self.chunkSize, StoredContent.init)
    }
}

extension LogVerifier {
    private func page(after: Position, through end: Position) async -> Result<Page, EventLogError> {
        var page = Page(last: after)
        guard after < end else { return .success(page) }
        do {
            try await read(into: &page, through: end)
            page.last = page.events.last?.position ?? after
            let width = Int64(Tile.width)
            for index in after / width...(after + Int64(page.events.count)) / width {
                if let tile = try await log.tile(level: 0, index: index) { page.tiles[index] = Tile.hashes(of: tile) }
            }
            return .success(page)
        } catch {
            return .failure(error)
        }
    }

    /// Reads as many events as there are before one that is damaged, so that the first wrong one is what is told.
    private func read(into page: inout Page, through end: Position) async throws(EventLogError) {
        var limit = Self.pageSize
        while true {
            do {
                page.events = try await log.stored(after: page.last, limit: limit).filter { $0.position <= end }
                return
            } catch {
                guard case .corrupt(let reason) = error else { throw error }
                guard limit > 1 else {
                    page.damage = reason
                    return
                }
                limit /= 2
            }
        }
    }
}

/// What the bytes of a stored event say by themselves, wherever it stands.
enum StoredContent: Sendable {
    case leaf(MerkleHash)
    case wrong(String)

    init(_ stored: StoredEvent) {
        self.init(stored.envelope, stored.payload) { decoded in
            if stored.leaf != decoded.leaf { return "the stored leaf hash is not that of the envelope" }
            if !stored.isCopy(of: decoded) { return "columns differ from the envelope" }
            return Envelope.isCanonical(decoded) ? nil : "the envelope is not in its canonical form"
        }
    }

    /// - Parameter objection: what is wrong with the event that the bytes hold; nil where nothing is.
    init(_ envelope: [UInt8], _ payload: [UInt8], objection: (RecordedEvent) -> String?) {
        do {
            let decoded = try Envelope.decode(envelope, payload: payload)
            self = objection(decoded).map(Self.wrong) ?? .leaf(decoded.leaf)
        } catch .payloadMismatch {
            self = .wrong("the payload is not the one whose hash the envelope holds")
        } catch {
            self = .wrong("the envelope cannot be read: \(error)")
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
    /// Tiles above level 0 that became full, if the walk began with the first event.
    var fullTiles: [(tile: Tile, hashes: [MerkleHash])] = []
    /// The hashes of the unfinished tile of each level above 0.
    private var edges: [[MerkleHash]] = []
    private var lastTime = Timestamp(microseconds: .min)

    init(heads: ArraySlice<TreeHead>) { self.heads = heads }

    /// Takes in events that follow each other, with what their bytes say.
    mutating func take(_ events: [StoredEvent], _ contents: [StoredContent]) -> Finding? {
        if events.isEmpty { return Finding(position: tree.size + 1, reason: "the event is missing") }
        for (event, content) in zip(events, contents) {
            if let reason = objection(to: event) { return Finding(position: tree.size + 1, reason: reason) }
            switch content {
            case .wrong(let reason): return Finding(position: tree.size + 1, reason: reason)
            case .leaf(let leaf): if let finding = take(leaf: leaf) { return finding }
            }
            lastTime = event.recordedAt
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
        for (below, root) in tree.completedTiles.enumerated() { take(root: root, level: below + 1) }
        return compareTreeHeads()
    }

    private mutating func take(root: MerkleHash, level: Int) {
        if edges.count < level { edges.append([]) }
        edges[level - 1].append(root)
        guard edges[level - 1].count == Tile.width else { return }
        let index = tree.size >> Int64(8 * (level + 1)) - 1
        fullTiles.append((Tile(level: level, index: index), edges[level - 1]))
        edges[level - 1] = []
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
        return stored.recordedAt < lastTime ? "the time goes back" : nil
    }
}
