import Domain
import Merkle

/// The tree over the log as far as it was built: full tiles are stored in the log, the right edge is kept here.
struct TreeBuilder: Sendable {
    private(set) var frontier = MerkleFrontier()
    /// The hashes of each level's unfinished tile.
    private var edges: [[MerkleHash]] = []
    private static let pageSize: Position = 4096

    /// The tree over the first `size` events, from stored tiles and the leaves behind them.
    init(log: any EventLog, size: Position) async throws(EventLogError) {
        // The edge of a level begins behind its last full tile; the tiles before it are only needed at the top.
        var level = 0
        while true {
            let full = Tile.fullTiles(level: level, size: size)
            let count = level == 0 ? size : size >> Int64(8 * level)
            edges.append(try await Self.edge(log, level: level, range: full * 256..<count))
            if full == 0 { break }
            level += 1
        }
        frontier = MerkleFrontier(tileEdges: edges)
    }

    /// Hashes of one level: leaves from the events themselves, others as the roots of full tiles below.
    static func edge(_ log: any EventLog, level: Int, range: Range<Int64>) async throws(EventLogError)
        -> [MerkleHash]
    {
        guard !range.isEmpty else { return [] }
        if level == 0 { return try await log.leaves(range.lowerBound + 1...range.upperBound) }
        var hashes: [MerkleHash] = []
        for index in range { hashes.append(try await root(log, level: level - 1, index: index)) }
        return hashes
    }

    /// The root over a full tile, which is stored or built from what lies below it.
    private static func root(_ log: any EventLog, level: Int, index: Int64) async throws(EventLogError) -> MerkleHash {
        if let tile = try await log.tile(level: level, index: index), let hashes = Tile.hashes(of: tile) {
            return Merkle.root(of: hashes[...])
        }
        let range = index * 256..<(index + 1) * 256
        let hashes = try await edge(log, level: level, range: range)
        guard hashes.count == Tile.width else { throw .corrupt("leaves are missing below tile \(level)/\(index)") }
        try await log.store(tile: hashes.flatMap { $0 }, level: level, index: index)
        return Merkle.root(of: hashes[...])
    }

    /// Takes in the leaves up to `size` and stores the tiles that became full.
    mutating func extend(to size: Position, log: any EventLog) async throws(EventLogError) {
        while frontier.size < size {
            let range = frontier.size + 1...min(size, frontier.size + Self.pageSize)
            let leaves = try await log.leaves(range)
            guard leaves.count == range.count else { throw .corrupt("leaves are missing in \(range)") }
            for leaf in leaves { try await append(leaf, log: log) }
        }
    }

    private mutating func append(_ leaf: MerkleHash, log: any EventLog) async throws(EventLogError) {
        let index = frontier.size
        frontier.append(leaf)
        var (hash, level) = (leaf, 0)
        while true {
            if edges.count == level { edges.append([]) }
            edges[level].append(hash)
            guard edges[level].count == Tile.width else { return }
            let tile = edges[level]
            edges[level] = []
            try await log.store(tile: tile.flatMap { $0 }, level: level, index: index >> Int64(8 * (level + 1)))
            hash = Merkle.root(of: tile[...])
            level += 1
        }
    }
}
