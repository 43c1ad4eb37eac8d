/// An IPv4 address.
public struct IPv4Address: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let value: UInt32
    public init(_ value: UInt32) { self.value = value }

    /// Nil for anything but four decimal numbers of 0 to 255 with dots between them.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard part.count <= 3, part.allSatisfy({ $0.isASCII && $0.isNumber }), let byte = UInt8(part) else {
                return nil
            }
            value = value << 8 | UInt32(byte)
        }
        self.value = value
    }

    public var description: String {
        "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
    }
    public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.value < right.value }
}

/// A range in CIDR form: `10.244.0.0/16`.
public struct IPv4Range: Sendable, Hashable, CustomStringConvertible {
    public let first: IPv4Address
    /// Bits of the network part, 0...32.
    public let prefixLength: Int

    /// Nil where bits behind the prefix are set, or the length is out of range.
    public init?(first: IPv4Address, prefixLength: Int) {
        guard (0...32).contains(prefixLength), first.value & ~Self.mask(prefixLength) == 0 else { return nil }
        (self.first, self.prefixLength) = (first, prefixLength)
    }

    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = IPv4Address(String(parts[0])), let length = Int(parts[1]) else {
            return nil
        }
        self.init(first: first, prefixLength: length)
    }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : ~0 << UInt32(32 - length) }

    /// The number of addresses.
    public var count: UInt64 { 1 << UInt64(32 - prefixLength) }
    public var last: IPv4Address { IPv4Address(first.value | ~Self.mask(prefixLength)) }
    public var description: String { "\(first)/\(prefixLength)" }

    public func contains(_ address: IPv4Address) -> Bool { (first...last).contains(address) }
    public func overlaps(_ other: IPv4Range) -> Bool { contains(other.first) || other.contains(first) }

    /// The number of ranges of a length that this one splits into.
    public func count(ofPrefixLength length: Int) -> Int {
        (prefixLength...32).contains(length) ? 1 << (length - prefixLength) : 0
    }

    /// The part with an index, of those that a split into ranges of a length gives; nil beyond the last.
    public func part(_ index: Int, prefixLength length: Int) -> IPv4Range? {
        guard index >= 0, index < count(ofPrefixLength: length) else { return nil }
        let offset = length == 0 ? 0 : UInt32(index) << UInt32(32 - length)
        return IPv4Range(first: IPv4Address(first.value + offset), prefixLength: length)
    }
}

/// Gives each node its part of the cluster's pod range.
public struct PodRangeAllocator: Sendable {
    public let cluster: IPv4Range
    /// 24 gives a node 254 addresses.
    public let nodePrefixLength: Int

    public init(cluster: IPv4Range, nodePrefixLength: Int = 24) {
        (self.cluster, self.nodePrefixLength) = (cluster, nodePrefixLength)
    }

    /// The lowest part that overlaps none of those in use; nil if the cluster's range is used up.
    public func next(used: some Sequence<IPv4Range>) -> IPv4Range? {
        let used = Array(used)
        return (0..<cluster.count(ofPrefixLength: nodePrefixLength)).lazy
            .compactMap { cluster.part($0, prefixLength: nodePrefixLength) }
            .first { part in !used.contains { $0.overlaps(part) } }
    }
}
