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
    public var path: String {
        var groups = [Self.threeDigits(index % 1000)]
        var rest = index / 1000
        while rest > 0 {
            groups.insert("x" + Self.threeDigits(rest % 1000), at: 0)
            rest /= 1000
        }
        let path = "tile/\(level)/" + groups.joined(separator: "/")
        return count == Self.width ? path : "\(path).p/\(count)"
    }

    private static func threeDigits(_ number: Int64) -> String {
        let text = String(number)
        return String(repeating: "0", count: 3 - text.count) + text
    }

    /// The number of full tiles of a level in a tree of a size.
    public static func fullTiles(level: Int, size: Int64) -> Int64 {
        let shift = 8 * Int64(level + 1)
        return shift >= 63 ? 0 : size >> shift
    }

    /// The tile's bytes cut into hashes; nil if they are not whole hashes.
    public static func hashes(of bytes: [UInt8]) -> [MerkleHash]? {
        guard bytes.count % 32 == 0 else { return nil }
        return stride(from: 0, to: bytes.count, by: 32).map { Array(bytes[$0..<$0 + 32]) }
    }
}
