import Domain
import EventLog

/// Where the events of a segment lie in its file.
///
/// The file is a sequence of gzip members, so that `zcat` writes all of it: blocks of events first, two lines an event
/// as in a backup; behind them empty members whose extra fields hold the blocks' lengths; and one, of a fixed length,
/// that says where those begin.
struct SegmentLayout: Sendable, Hashable {
    let segment: LogSegment
    /// Where each block begins, and where the last one ends.
    let offsets: [Int]

    static let eventsInBlock: Position = 64
    private static let version: UInt32 = 1
    /// Bytes in the last member.
    static let footerSize = GzipMember.emptySize + 32

    init(_ segment: LogSegment, blockSizes: [Int]) {
        self.segment = segment
        offsets = blockSizes.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    }

    var blockCount: Int { offsets.count - 1 }
    /// Where the index begins.
    var end: Int { offsets.last ?? 0 }

    /// Which block holds an event of the segment.
    func block(of position: Position) -> Int { Int((position - segment.first) / Self.eventsInBlock) }

    /// The positions of a block's events.
    func positions(of block: Int) -> ClosedRange<Position> {
        let first = segment.first + Position(block) * Self.eventsInBlock
        return first...min(segment.last, first + Self.eventsInBlock - 1)
    }

    /// What the file ends with.
    var index: [UInt8] {
        var lengths: [UInt8] = []
        for (start, end) in zip(offsets, offsets.dropFirst()) { lengths.append(littleEndian: UInt32(end - start)) }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: lengths.count, by: GzipMember.largestExtra) {
            let part = lengths[start..<min(start + GzipMember.largestExtra, lengths.count)]
            bytes += GzipMember.empty(extra: Array(part), name: "PI")
        }
        return bytes + footer
    }

    private var footer: [UInt8] {
        var extra: [UInt8] = []
        extra.append(littleEndian: Self.version)
        extra.append(littleEndian: UInt32(Self.eventsInBlock))
        extra.append(littleEndian: segment.first)
        extra.append(littleEndian: segment.last)
        extra.append(littleEndian: Int64(end))
        return GzipMember.empty(extra: extra, name: "PE")
    }

    /// Where a footer says that the index begins; nil if it is none.
    static func indexOffset(footer: [UInt8]) -> Int? {
        guard footer.count == footerSize else { return nil }
        return footer.dropLast(10).suffix(8).littleEndian(Int64.self).map(Int.init)
    }

    /// Reads what a file of this segment ends with; nil unless it is that to the byte.
    /// - Parameters:
    ///   - index: from its offset to the file's end.
    init?(_ segment: LogSegment, index: [UInt8], at offset: Int) {
        let count = Int((segment.last - segment.first) / Self.eventsInBlock) + 1
        var sizes: [Int] = []
        var rest = index[...]
        while sizes.count < count {
            let number = min(count - sizes.count, GzipMember.largestExtra / 4)
            guard rest.count >= GzipMember.emptySize + number * 4 else { return nil }
            let extra = rest.dropFirst(16).prefix(number * 4)
            for start in stride(from: extra.startIndex, to: extra.endIndex, by: 4) {
                guard let size = extra[start..<start + 4].littleEndian(UInt32.self) else { return nil }
                sizes.append(Int(size))
            }
            rest = rest.dropFirst(GzipMember.emptySize + number * 4)
        }
        self.init(segment, blockSizes: sizes)
        guard end == offset, self.index == index else { return nil }
    }
}
