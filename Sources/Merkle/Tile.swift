/// Where a tile of the tree lies, after C2SP's tlog-tiles: 256 hashes of one level, each the root of a full subtree.
///
/// Level 0 holds leaves; a hash of level `L + 1` is the root over a full tile of level `L`.
public struct Tile: Sendable, Hashable {
    /// Hashes in a full tile.
    public static let width = 256
    public let level: Int
    public let index: Int64
    /// 256, or fewer at the right edge.
    public let count: Int

    public init(level: Int, index: Int64, count: Int = Tile.width) {
        (self.level, self.index, self.count) = (level, index, count)
    }

    /// `tile/0/x001/234`, with `.p/17` behind where it is partial.
    public var path: String { "tile/\(level)/" + LogResource.place(index, count: count) }

    /// The number of full tiles of a level in a tree of a size.
    public static func fullTiles(level: Int, size: Int64) -> Int64 {
        let shift = 8 * Int64(level + 1)
        return shift >= 63 ? 0 : size >> shift
    }

    /// The tile of a level and index as far as a tree of a size fills it; nil where it is empty.
    public init?(level: Int, index: Int64, size: Int64) {
        let hashes = level > 7 ? 0 : size >> Int64(8 * level)
        let count = min(hashes - index * Int64(Self.width), Int64(Self.width))
        guard index >= 0, count > 0 else { return nil }
        self.init(level: level, index: index, count: Int(count))
    }

    /// Every tile of a tree of a size, level by level, partial ones last in theirs.
    public static func all(size: Int64) -> [Tile] {
        (0..<8).flatMap { level in
            let last = (size >> Int64(8 * level) + Int64(width) - 1) / Int64(width)
            return (0..<last).compactMap { Tile(level: level, index: $0, size: size) }
        }
    }

    /// The tile's bytes cut into hashes; nil if they are not whole hashes.
    public static func hashes(of bytes: [UInt8]) -> [MerkleHash]? {
        guard bytes.count % 32 == 0 else { return nil }
        return stride(from: 0, to: bytes.count, by: 32).map { Array(bytes[$0..<$0 + 32]) }
    }
}
