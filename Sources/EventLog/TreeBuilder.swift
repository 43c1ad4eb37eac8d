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
            var full: [FullTile] = []
            for leaf in leaves { append(leaf, &full) }
            try await Self.store(full, log: log)
        }
    }

    private struct FullTile: Sendable {
        var level: Int
        var index: Int64
        var hashes: [MerkleHash]
    }

    private mutating func append(_ leaf: MerkleHash, _ full: inout [FullTile]) {
        let index = frontier.size
        frontier.append(leaf)
        var (hash, level) = (leaf, 0)
        while true {
            if edges.count == level { edges.append([]) }
            edges[level].append(hash)
            guard edges[level].count == Tile.width else { return }
            let tile = FullTile(level: level, index: index >> Int64(8 * (level + 1)), hashes: edges[level])
            edges[level] = []
            full.append(tile)
            hash = Merkle.root(of: tile.hashes[...])
            level += 1
        }
    }

    /// Stores tiles, which need not wait for each other.
    private static func store(_ tiles: [FullTile], log: any EventLog) async throws(EventLogError) {
        _ = try await tiles.concurrentMap(chunk: 1) { (tile) async throws(EventLogError) in
            try await log.store(tile: tile.hashes.flatMap { $0 }, level: tile.level, index: tile.index)
        }
    }
}
