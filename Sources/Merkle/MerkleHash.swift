import Crypto

/// A SHA-256 hash of the tree: 32 bytes.
public typealias MerkleHash = [UInt8]

/// The hashes of RFC 6962, section 2.1.
public enum Merkle {
    /// The root of a tree without leaves.
    public static let emptyRoot: MerkleHash = Array(SHA256.hash(data: [UInt8]()))

    /// SHA-256(0x00 ‖ data).
    public static func leaf(_ data: [UInt8]) -> MerkleHash {
        var hash = SHA256()
        hash.update(data: [0])
        hash.update(data: data)
        return Array(hash.finalize())
    }

    /// SHA-256(0x01 ‖ left ‖ right).
    public static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        var hash = SHA256()
        hash.update(data: [1])
        hash.update(data: left)
        hash.update(data: right)
        return Array(hash.finalize())
    }

    /// The root over leaf hashes, straight from the definition.
    public static func root(of leaves: ArraySlice<MerkleHash>) -> MerkleHash {
        guard let first = leaves.first else { return emptyRoot }
        guard leaves.count > 1 else { return first }
        let middle = leaves.startIndex + largestPowerOfTwo(below: leaves.count)
        return node(root(of: leaves[..<middle]), root(of: leaves[middle...]))
    }

    /// The largest power of two smaller than `count`, which must be above 1: where RFC 6962 splits a tree.
    static func largestPowerOfTwo(below count: Int) -> Int {
        1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }
}

/// A tree that only grows: its right edge, which is the roots of its full subtrees from large to small.
public struct MerkleFrontier: Sendable, Hashable {
    public private(set) var size: Int64 = 0
    private var roots: [MerkleHash] = []
    /// The roots over the full tiles that the last leaf completed, that of level 0 first.
    public private(set) var completedTiles: [MerkleHash] = []

    public init() {}

    /// The tree whose unfinished tiles hold these hashes, leaves first.
    public init(tileEdges: [[MerkleHash]]) {
        for (level, hashes) in tileEdges.enumerated().reversed() {
            for hash in hashes { append(root: hash, height: 8 * level) }
        }
    }

    /// Appends the root of a full subtree of `1 << height` leaves; the size must be a multiple of that.
    private mutating func append(root: MerkleHash, height: Int) {
        if !completedTiles.isEmpty { completedTiles = [] }
        var hash = root
        var rest = size >> Int64(height)
        var reached = height
        while rest & 1 == 1, let left = roots.popLast() {
            hash = Merkle.node(left, hash)
            rest >>= 1
            reached += 1
            if reached % 8 == 0 { completedTiles.append(hash) }
        }
        roots.append(hash)
        size += 1 << Int64(height)
    }

    public mutating func append(_ leaf: MerkleHash) { append(root: leaf, height: 0) }

    public var root: MerkleHash {
        guard var hash = roots.last else { return Merkle.emptyRoot }
        for left in roots.dropLast().reversed() { hash = Merkle.node(left, hash) }
        return hash
    }
}
