/// Finds members in canonical JSON bytes without building a tree.
///
/// Only for bytes that `JSON.write` made: sorted keys, no white space, valid. What is not so yields fewer members,
/// never a read beyond the end.
public struct ObjectSkim {
    /// A member of an object: its key and its value as ranges of the bytes.
    public struct Member: Sendable {
        public let key: Range<Int>
        public let value: Range<Int>
    }

    private let bytes: UnsafeBufferPointer<UInt8>

    public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The members of the object that starts at an index, in their order.
    public func members(at start: Int = 0) -> [Member] {
        var found: [Member] = []
        found.reserveCapacity(8)
        forEachMember(at: start) { member in
            found.append(member)
            return true
        }
        return found
    }

    /// Calls `body` with each member until it returns false.
    @inline(__always)
    public func forEachMember(at start: Int = 0, _ body: (Member) -> Bool) {
        var index = start
        guard index < bytes.count, bytes[index] == UInt8(ascii: "{") else { return }
        index += 1
        while index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
            let keyEnd = endOfString(index)
            guard keyEnd < bytes.count, bytes[keyEnd] == UInt8(ascii: ":") else { return }
            let valueEnd = endOfValue(keyEnd + 1)
            let member = Member(key: index + 1..<keyEnd - 1, value: keyEnd + 1..<valueEnd)
            guard body(member), valueEnd < bytes.count, bytes[valueEnd] == UInt8(ascii: ",") else { return }
            index = valueEnd + 1
        }
    }

    /// The value of a member of the object that starts at an index.
    public func value(of key: StaticString, at start: Int = 0) -> Range<Int>? {
        var found: Range<Int>?
        forEachMember(at: start) { member in
            guard isKey(member.key, key) else { return true }
            found = member.value
            return false
        }
        return found
    }

    /// The text of a string value that holds no escapes; nil for any other value.
    public func plainString(_ range: Range<Int>) -> String? {
        guard range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let inner = range.lowerBound + 1..<range.upperBound - 1
        let slice = UnsafeBufferPointer(rebasing: bytes[inner])
        return slice.contains(UInt8(ascii: "\\")) ? nil : String(decoding: slice, as: UTF8.self)
    }

    public func isKey(_ range: Range<Int>, _ key: StaticString) -> Bool {
        guard range.count == key.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count where bytes[range.lowerBound + offset] != key.utf8Start[offset] { return false }
        return true
    }

    /// The index behind the closing quote of the string that starts at an index.
    private func endOfString(_ start: Int) -> Int {
        var index = plainEnd(start + 1)
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""): return index + 1
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return bytes.count
    }

    /// Passes over bytes of a string that neither end it nor escape, eight at a time: some are left before those that do.
    private func plainEnd(_ start: Int) -> Int {
        let (quotes, backslashes): (UInt64, UInt64) = (0x2222_2222_2222_2222, 0x5C5C_5C5C_5C5C_5C5C)
        let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let raw = UnsafeRawBufferPointer(bytes)
        var index = start
        while index + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            // A byte that is equal turns to zero, and zeros borrow into their highest bits.
            let (quote, backslash) = (word ^ quotes, word ^ backslashes)
            guard ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & highs == 0 else { break }
            index += 8
        }
        return index
    }

    private func endOfValue(_ start: Int) -> Int {
        guard start < bytes.count else { return bytes.count }
        switch bytes[start] {
        case UInt8(ascii: "\""): return endOfString(start)
        case UInt8(ascii: "{"), UInt8(ascii: "["): return endOfNested(start)
        default:
            var index = start
            while index < bytes.count, bytes[index] != UInt8(ascii: ","), bytes[index] != UInt8(ascii: "}"),
                bytes[index] != UInt8(ascii: "]")
            {
                index += 1
            }
            return index
        }
    }

    private func endOfNested(_ start: Int) -> Int {
        var depth = 0
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index = endOfString(index)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return index + 1 }
            default: break
            }
            index += 1
        }
        return bytes.count
    }
}
