import KubeModel

/// The last revision of each stream whose object is gone, so that a new object of that name counts on.
///
/// One stays for every name that was ever used and is free now, so they are packed: sorted blocks of bytes in which a
/// name is kept without what it shares with the one before it. A million of pods and Events take 16 MB (176 MB as texts
/// in an ``OrderedMap``). Copies share all blocks; a change copies the one that it touches, and the list of blocks.
struct EndedStreams: Sendable {
    /// Entries in the order of their keys, each the length of what its key shares with the one before, the length of
    /// the rest, the rest, and the revision; numbers in groups of seven bits. The first shares nothing.
    private var blocks: [[UInt8]] = []
    private(set) var count = 0
    /// Bytes in a block before it is split.
    private static let capacity = 4096

    var byteCount: Int { blocks.reduce(0) { $0 + $1.count } }

    subscript(key: ObjectKey) -> Revision? {
        get {
            guard !blocks.isEmpty else { return nil }
            let bytes = Self.bytes(key)
            let block = blockIndex(bytes)
            let place = Self.find(bytes, in: blocks[block])
            return place.isHit ? Self.entry(at: place.start, in: blocks[block]).revision : nil
        }
        set {
            let bytes = Self.bytes(key)
            guard !blocks.isEmpty else {
                guard let newValue else { return }
                (blocks, count) = ([Self.encode(0, bytes, newValue)], 1)
                return
            }
            let block = blockIndex(bytes)
            var place = Self.find(bytes, in: blocks[block])
            if place.isHit {
                remove(block, place.start)
                place = Self.find(bytes, in: blocks[block])
            }
            if let newValue { insert(bytes, newValue, block, place) }
            if blocks[block].isEmpty { blocks.remove(at: block) }
        }
    }

    /// Calls `body` with all entries in the order of their keys, until it returns false.
    func forEach(_ body: (ObjectKey, Revision) throws -> Bool) rethrows {
        var key: [UInt8] = []
        for block in blocks {
            var offset = 0
            while offset < block.count {
                let entry = Self.entry(at: offset, in: block)
                key.removeSubrange(entry.shared...)
                key += block[entry.rest]
                guard try body(Self.key(key), entry.revision) else { return }
                offset = entry.end
            }
            key.removeAll(keepingCapacity: true)
        }
    }

    // MARK: Keys

    /// In their order as bytes keys are in their own: no part has a zero in it.
    private static func bytes(_ key: ObjectKey) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        bytes.append(contentsOf: key.resource.description.utf8)
        bytes.append(0)
        bytes.append(contentsOf: key.namespace.utf8)
        bytes.append(0)
        bytes.append(contentsOf: key.name.utf8)
        return bytes
    }

    private static func key(_ bytes: [UInt8]) -> ObjectKey {
        let parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        return ObjectKey(GroupResource(parts[0]), namespace: parts[1], name: parts[2])
    }

    // MARK: Entries

    private struct Entry {
        var shared: Int
        /// Where the rest of the key stands in the block.
        var rest: Range<Int>
        var revision: Revision
        var end: Int
    }

    private static func entry(at offset: Int, in block: [UInt8]) -> Entry {
        block.withUnsafeBufferPointer { entry(at: offset, in: $0) }
    }

    private static func entry(at offset: Int, in block: UnsafeBufferPointer<UInt8>) -> Entry {
        var end = offset
        let shared = Int(number(&end, in: block))
        let length = Int(number(&end, in: block))
        let rest = end..<end + length
        end += length
        let revision = Revision(bitPattern: number(&end, in: block))
        return Entry(shared: shared, rest: rest, revision: revision, end: end)
    }

    private static func number(_ offset: inout Int, in block: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = block[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    private static func encode(_ shared: Int, _ rest: some Collection<UInt8>, _ revision: Revision) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(rest.count + 6)
        appendNumber(UInt64(shared), to: &out)
        appendNumber(UInt64(rest.count), to: &out)
        out.append(contentsOf: rest)
        appendNumber(UInt64(bitPattern: revision), to: &out)
        return out
    }

    private static func appendNumber(_ value: UInt64, to out: inout [UInt8]) {
        var value = value
        while value >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        out.append(UInt8(truncatingIfNeeded: value))
    }

    // MARK: Search

    /// The last block whose first key is not above a key.
    private func blockIndex(_ key: [UInt8]) -> Int {
        var low = 0
        var high = blocks.count
        while low < high {
            let middle = (low + high) / 2
            let isAbove = blocks[middle].withUnsafeBufferPointer { block in
                let first = Self.entry(at: 0, in: block).rest
                return key.lexicographicallyPrecedes(UnsafeBufferPointer(rebasing: block[first]))
            }
            if isAbove { high = middle } else { low = middle + 1 }
        }
        return max(low - 1, 0)
    }

    /// Where a key stands in a block, or where it would.
    private struct Place {
        var isHit: Bool
        /// Of the first entry whose key is not below the key.
        var start: Int
        /// What the key shares with the entry before.
        var sharedBefore: Int
        /// What the key shares with the entry at `start`.
        var sharedAfter: Int
    }

    private static func find(_ key: [UInt8], in block: [UInt8]) -> Place {
        block.withUnsafeBufferPointer { block in
            var offset = 0
            // What the key shares with the last entry that was passed over.
            var matched = 0
            while offset < block.count {
                let entry = entry(at: offset, in: block)
                if entry.shared < matched {
                    // It differs from the one before where the key does not: it is above.
                    return Place(isHit: false, start: offset, sharedBefore: matched, sharedAfter: entry.shared)
                }
                if entry.shared == matched {
                    var length = matched
                    var index = entry.rest.lowerBound
                    while index < entry.rest.upperBound, length < key.count, block[index] == key[length] {
                        length += 1
                        index += 1
                    }
                    let isWhole = index == entry.rest.upperBound
                    if isWhole && length == key.count {
                        return Place(isHit: true, start: offset, sharedBefore: matched, sharedAfter: length)
                    }
                    if !isWhole, length == key.count || key[length] < block[index] {
                        return Place(isHit: false, start: offset, sharedBefore: matched, sharedAfter: length)
                    }
                    matched = length
                }
                offset = entry.end
            }
            return Place(isHit: false, start: offset, sharedBefore: matched, sharedAfter: 0)
        }
    }

    // MARK: Changes

    private mutating func insert(_ key: [UInt8], _ revision: Revision, _ block: Int, _ place: Place) {
        count += 1
        let isLast = block == blocks.count - 1 && place.start == blocks[block].count
        if isLast, blocks[block].count >= Self.capacity {
            // Rising keys fill blocks up.
            blocks.append(Self.encode(0, key, revision))
            return
        }
        var new = Self.encode(place.sharedBefore, key[place.sharedBefore...], revision)
        var end = place.start
        if place.start < blocks[block].count {
            // The entry behind now follows the new one.
            let next = Self.entry(at: place.start, in: blocks[block])
            let more = place.sharedAfter - next.shared
            new += Self.encode(place.sharedAfter, blocks[block][next.rest].dropFirst(more), next.revision)
            end = next.end
        }
        blocks[block].replaceSubrange(place.start..<end, with: new)
        if blocks[block].count > Self.capacity { split(block) }
    }

    private mutating func remove(_ block: Int, _ start: Int) {
        count -= 1
        let old = Self.entry(at: start, in: blocks[block])
        guard old.end < blocks[block].count else {
            blocks[block].removeSubrange(start...)
            return
        }
        // The entry behind now follows the one before.
        let next = Self.entry(at: old.end, in: blocks[block])
        let shared = min(old.shared, next.shared)
        let rest = blocks[block][old.rest].prefix(next.shared - shared) + blocks[block][next.rest]
        blocks[block].replaceSubrange(start..<next.end, with: Self.encode(shared, rest, next.revision))
    }

    private mutating func split(_ index: Int) {
        let block = blocks[index]
        var key: [UInt8] = []
        var offset = 0
        while offset < block.count / 2 {
            let entry = Self.entry(at: offset, in: block)
            key.removeSubrange(entry.shared...)
            key += block[entry.rest]
            offset = entry.end
        }
        guard offset < block.count else { return }
        let first = Self.entry(at: offset, in: block)
        let upper = Self.encode(0, key[..<first.shared] + block[first.rest], first.revision) + block[first.end...]
        blocks[index].removeSubrange(offset...)
        blocks.insert(upper, at: index + 1)
    }
}
