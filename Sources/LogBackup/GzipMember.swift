import CZlib

/// One member of a compressed file (RFC 1952): bytes that are inflated without those before it.
enum GzipMember {
    /// Asks zlib for the largest window and the gzip form.
    private static let windowBits: Int32 = 15 + 16

    static func compress(_ bytes: [UInt8]) throws(BackupError) -> [UInt8] {
        let member = withStream(deflateEnd) { stream -> [UInt8]? in
            guard
                deflateInit2_(
                    stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, streamSize) == Z_OK
            else { return nil }
            let (status, member) = run(
                stream, bytes, capacity: Int(deflateBound(stream, UInt(bytes.count))), deflate)
            return status == Z_STREAM_END ? member : nil
        }
        guard let member else { throw BackupError("zlib cannot compress \(bytes.count) bytes") }
        return member
    }

    /// The bytes that a member holds; nil unless it is whole, with the length and the checksum that it states.
    static func inflate(_ member: [UInt8]) -> [UInt8]? {
        // Nothing grows by more than 1032 when inflated, so that a damaged length asks for no absurd room.
        guard member.count >= 18, let size = size(of: member), size <= member.count * 1032 else { return nil }
        return withStream(inflateEnd) { stream in
            guard inflateInit2_(stream, windowBits, ZLIB_VERSION, streamSize) == Z_OK else { return nil }
            let (status, bytes) = run(stream, member, capacity: size, CZlib.inflate)
            return status == Z_STREAM_END && stream.pointee.avail_in == 0 && bytes.count == size ? bytes : nil
        }
    }

    /// A member that holds nothing but an extra field, which other programs pass over.
    /// - Parameter name: the two letters of its subfield.
    static func empty(extra: [UInt8], name: StaticString) -> [UInt8] {
        var member: [UInt8] = [0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 255]
        member.append(littleEndian: UInt16(extra.count + 4))
        name.withUTF8Buffer { member += $0 }
        member.append(littleEndian: UInt16(extra.count))
        return member + extra + [3, 0] + [UInt8](repeating: 0, count: 8)
    }

    /// The bytes that an empty member has besides its extra data.
    static let emptySize = 26
    /// What the extra data of one member may have at most, in whole numbers of 8 bytes.
    static let largestExtra = 65_528 - 4

    /// The length that a member's trailer states, modulo 2^32.
    private static func size(of member: [UInt8]) -> Int? {
        member.suffix(4).littleEndian(UInt32.self).map(Int.init)
    }

    private static let streamSize = Int32(MemoryLayout<z_stream>.size)

    /// zlib remembers where its stream lies, so that it must not be moved.
    private static func withStream<Value>(
        _ end: (z_streamp) -> Int32, _ body: (z_streamp) -> Value
    ) -> Value {
        let stream = z_streamp.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer {
            _ = end(stream)
            stream.deallocate()
        }
        return body(stream)
    }

    /// Takes all bytes in one step.
    private static func run(
        _ stream: z_streamp, _ bytes: [UInt8], capacity: Int, _ step: (z_streamp, Int32) -> Int32
    ) -> (status: Int32, bytes: [UInt8]) {
        // zlib wants a place to write to even where nothing is to be written.
        let capacity = max(capacity, 1)
        var status = Z_OK
        let output = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            bytes.withUnsafeBufferPointer { input in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(capacity)
                status = step(stream, Z_FINISH)
                count = capacity - Int(stream.pointee.avail_out)
            }
        }
        return (status, output)
    }
}

extension [UInt8] {
    mutating func append(littleEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension Collection where Element == UInt8 {
    /// The number that these bytes are, the least first; nil unless there are as many as it has.
    func littleEndian<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
        guard count == MemoryLayout<Number>.size else { return nil }
        return reversed().reduce(0) { $0 << 8 | Number($1) }
    }
}
