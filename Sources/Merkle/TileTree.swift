/// Which subtrees a proof is made of, as ranges of leaves (RFC 6962, sections 2.1.1 and 2.1.2).
public enum ProofPath {
    /// From the leaf's sibling up; the index must be below the size.
    public static func inclusion(of index: Int64, size: Int64) -> [Range<Int64>] {
        var (tree, path) = (0..<size, [Range<Int64>]())
        while tree.count > 1 {
            let middle = middle(of: tree)
            if index < middle {
                path.append(middle..<tree.upperBound)
                tree = tree.lowerBound..<middle
            } else {
                path.append(tree.lowerBound..<middle)
                tree = middle..<tree.upperBound
            }
        }
        return path.reversed()
    }

    /// Empty where the sizes are equal or the old one is zero; the old one must not be above the new one.
    public static func consistency(from old: Int64, to new: Int64) -> [Range<Int64>] {
        guard old > 0, old < new else { return [] }
        var (tree, path, isWhole) = (0..<new, [Range<Int64>](), true)
        while tree.upperBound > old {
            let middle = middle(of: tree)
            if old <= middle {
                path.append(middle..<tree.upperBound)
                tree = tree.lowerBound..<middle
            } else {
                path.append(tree.lowerBound..<middle)
                (tree, isWhole) = (middle..<tree.upperBound, false)
            }
        }
        return (isWhole ? [] : [tree]) + path.reversed()
    }

    private static func middle(of tree: Range<Int64>) -> Int64 {
        tree.lowerBound + Int64(Merkle.largestPowerOfTwo(below: tree.count))
    }
}

/// A tree of a size, known by as many of its tiles as a question needs.
public struct TileTree: Sendable {
    public let size: Int64
    private var tiles: [Tile: [MerkleHash]] = [:]

    public init(size: Int64) { self.size = size }

    /// The tiles that these subtrees' roots take and that are not here yet. The subtrees are those of a proof, or the
    /// whole tree.
    public func missing(for ranges: [Range<Int64>]) -> Set<Tile> {
        Set(ranges.flatMap(Self.subtrees).compactMap(place).map(\.tile)).filter { tiles[$0] == nil }
    }

    /// Takes a tile in; false if the bytes are not its hashes.
    public mutating func insert(_ tile: Tile, _ bytes: [UInt8]) -> Bool {
        guard let hashes = Tile.hashes(of: bytes), hashes.count == tile.count else { return false }
        tiles[tile] = hashes
        return true
    }

    /// The root over a subtree; nil while a tile for it is missing.
    public func root(of range: Range<Int64>) -> MerkleHash? {
        guard !range.isEmpty else { return Merkle.emptyRoot }
        var root: MerkleHash?
        for subtree in Self.subtrees(range).reversed() {
            guard let place = place(subtree), let hashes = tiles[place.tile] else { return nil }
            let left = Merkle.root(of: hashes[place.hashes])
            root = root.map { Merkle.node(left, $0) } ?? left
        }
        return root
    }

    /// The roots over subtrees, which are a proof's hashes; nil while a tile is missing.
    public func roots(of ranges: [Range<Int64>]) -> [MerkleHash]? {
        let roots = ranges.compactMap { root(of: $0) }
        return roots.count == ranges.count ? roots : nil
    }

    private struct Subtree {
        var start: Int64
        var height: Int64
    }

    /// Full subtrees from large to small.
    private static func subtrees(_ range: Range<Int64>) -> [Subtree] {
        var (start, subtrees) = (range.lowerBound, [Subtree]())
        while start < range.upperBound {
            let rest = range.upperBound - start
            let height = Int64(63 - rest.leadingZeroBitCount)
            subtrees.append(Subtree(start: start, height: height))
            start += 1 << height
        }
        return subtrees
    }

    /// Where the hashes stand that a full subtree's root is computed from.
    private func place(_ subtree: Subtree) -> (tile: Tile, hashes: Range<Int>)? {
        let level = subtree.height / 8
        let first = subtree.start >> (8 * level)
        let width = Int64(Tile.width)
        guard let tile = Tile(level: Int(level), index: first / width, size: size) else { return nil }
        let offset = Int(first % width)
        return (tile, offset..<offset + 1 << Int(subtree.height % 8))
    }
}
