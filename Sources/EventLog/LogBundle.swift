import Merkle

/// Several events' bytes in one file, each behind its length.
public enum LogBundle {
    /// Entries as C2SP's tlog-tiles lays them down: lengths of two bytes, the larger first.
    /// - Throws: `corrupt` for an entry above 65,535 bytes, which the log takes none of.
    public static func entries(_ envelopes: [[UInt8]]) throws(EventLogError) -> [UInt8] {
        try encode(envelopes, lengthBytes: 2)
    }

    /// Payloads, which may be longer: lengths of four bytes.
    public static func payloads(_ payloads: [[UInt8]]) throws(EventLogError) -> [UInt8] {
        try encode(payloads, lengthBytes: 4)
    }

    /// Nil for anything that `entries(_:)` would not have written.
    public static func entries(of bytes: [UInt8]) -> [[UInt8]]? { decode(bytes, lengthBytes: 2) }
    /// Nil for anything that `payloads(_:)` would not have written.
    public static func payloads(of bytes: [UInt8]) -> [[UInt8]]? { decode(bytes, lengthBytes: 4) }

    private static func encode(_ parts: [[UInt8]], lengthBytes: Int) throws(EventLogError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parts.reduce(0) { $0 + $1.count + lengthBytes })
        for part in parts {
            guard part.count < 1 << (8 * lengthBytes) else { throw .corrupt("\(part.count) bytes fit into no bundle") }
            for byte in (0..<lengthBytes).reversed() { bytes.append(UInt8(part.count >> (8 * byte) & 255)) }
            bytes += part
        }
        return bytes
    }

    private static func decode(_ bytes: [UInt8], lengthBytes: Int) -> [[UInt8]]? {
        var (rest, parts) = (bytes[...], [[UInt8]]())
        while !rest.isEmpty {
            guard rest.count >= lengthBytes else { return nil }
            let length = rest.prefix(lengthBytes).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(lengthBytes)
            guard rest.count >= length else { return nil }
            parts.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return parts
    }
}

extension LogResource {
    /// The same file as it was when it held fewer hashes or events; nil where it does not hold so many.
    func cut(_ bytes: [UInt8], to count: Int) -> [UInt8]? {
        switch self {
        case .checkpoint, .treeHead: return bytes
        case .tile: return bytes.count >= count * 32 ? Array(bytes.prefix(count * 32)) : nil
        case .entries:
            guard let parts = LogBundle.entries(of: bytes), parts.count >= count else { return nil }
            return try? LogBundle.entries(Array(parts.prefix(count)))
        case .payloads:
            guard let parts = LogBundle.payloads(of: bytes), parts.count >= count else { return nil }
            return try? LogBundle.payloads(Array(parts.prefix(count)))
        }
    }

    /// The full file that a partial one grows into.
    var full: LogResource {
        switch self {
        case .checkpoint, .treeHead: self
        case .tile(let tile): .tile(Tile(level: tile.level, index: tile.index))
        case .entries(let index, _): .entries(index: index, count: Tile.width)
        case .payloads(let index, _): .payloads(index: index, count: Tile.width)
        }
    }

    /// The number of hashes or events in it.
    var count: Int {
        switch self {
        case .checkpoint, .treeHead: 0
        case .tile(let tile): tile.count
        case .entries(_, let count), .payloads(_, let count): count
        }
    }
}
