/// A file of a log, named below the log's prefix in the layout of C2SP's tlog-tiles.
///
/// `payload/` and `tree-heads/` are ours: an entry is an event's envelope, which holds its payload by SHA-256 only, and
/// proofs between older tree heads need their notes.
public enum LogResource: Sendable, Hashable {
    /// The newest signed tree head.
    case checkpoint
    /// The signed tree head of a size.
    case treeHead(size: Int64)
    case tile(Tile)
    /// Entries `256 * index` and following, in a bundle.
    case entries(index: Int64, count: Int)
    /// The payloads of the same events.
    case payloads(index: Int64, count: Int)

    public var path: String {
        switch self {
        case .checkpoint: "checkpoint"
        case .treeHead(let size): "tree-heads/\(size).note"
        case .tile(let tile): tile.path
        case .entries(let index, let count): "tile/entries/" + Self.place(index, count: count)
        case .payloads(let index, let count): "payload/" + Self.place(index, count: count)
        }
    }

    /// Nil for anything that `path` would not have written.
    public init?(path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let found: LogResource? =
            switch (parts.first, parts.count) {
            case ("checkpoint", 1): .checkpoint
            case ("tree-heads", 2): Int64(parts[1].prefix { $0 != "." }).map { .treeHead(size: $0) }
            case ("payload", 2...): Self.place(parts[1...]).map { .payloads(index: $0.index, count: $0.count) }
            case ("tile", 3...) where parts[1] == "entries":
                Self.place(parts[2...]).map { .entries(index: $0.index, count: $0.count) }
            case ("tile", 3...): Self.tile(level: parts[1], parts[2...])
            default: nil
            }
        guard let found, found.path == path else { return nil }
        self = found
    }

    /// The number of events that a log must have for the file to be; nil where no log can have so many.
    public var size: Int64? {
        switch self {
        case .checkpoint: 0
        case .treeHead(let size): size
        case .tile(let tile): Self.size(tile.index, tile.count, level: tile.level)
        case .entries(let index, let count), .payloads(let index, let count): Self.size(index, count, level: 0)
        }
    }

    /// True for files that never change once they are there.
    public var isImmutable: Bool {
        switch self {
        case .checkpoint, .treeHead: false
        case .tile, .entries, .payloads: true
        }
    }

    private static func size(_ index: Int64, _ count: Int, level: Int) -> Int64? {
        guard index < 1 << 54 else { return nil }
        let hashes = index * Int64(Tile.width) + Int64(count)
        let shift = Int64(8 * level)
        return hashes <= Int64.max >> shift ? hashes << shift : nil
    }

    private static func tile(level: Substring, _ parts: ArraySlice<Substring>) -> LogResource? {
        guard let level = Int(level), (0..<8).contains(level), let place = place(parts) else { return nil }
        return .tile(Tile(level: level, index: place.index, count: place.count))
    }

    /// `x001/x234/067`, with `.p/17` behind where there are fewer than 256.
    static func place(_ index: Int64, count: Int) -> String {
        var groups = [threeDigits(index % 1000)]
        var rest = index / 1000
        while rest > 0 {
            groups.insert("x" + threeDigits(rest % 1000), at: 0)
            rest /= 1000
        }
        let path = groups.joined(separator: "/")
        return count == Tile.width ? path : "\(path).p/\(count)"
    }

    /// Lenient: `init` compares with what would have been written.
    private static func place(_ parts: ArraySlice<Substring>) -> (index: Int64, count: Int)? {
        var (groups, count) = (parts, Tile.width)
        if let last = parts.last, let group = parts.dropLast().last, group.hasSuffix(".p") {
            guard let width = Int(last), (1..<Tile.width).contains(width) else { return nil }
            (groups, count) = (parts.dropLast(2) + [group.dropLast(2)], width)
        }
        let digits = groups.map { $0.hasPrefix("x") ? $0.dropFirst() : $0 }.joined()
        guard let index = Int64(digits), index >= 0 else { return nil }
        return (index, count)
    }

    private static func threeDigits(_ number: Int64) -> String {
        let text = String(number)
        return String(repeating: "0", count: 3 - text.count) + text
    }
}
