/// Why bytes are not the message that they should be.
struct ProtobufError: Error {
    let message: String
}

/// Reads the protobuf wire format: a sequence of numbered fields.
struct ProtobufReader {
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes(ArraySlice<UInt8>)
    }

    private var bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { bytes.isEmpty }

    /// The next field, nil at the end.
    mutating func next() throws(ProtobufError) -> (number: Int, value: Value)? {
        guard !bytes.isEmpty else { return nil }
        let tag = try varint()
        guard let number = Int(exactly: tag >> 3), (1...536_870_911).contains(number) else {
            throw ProtobufError(message: "a field number is out of range")
        }
        switch tag & 7 {
        case 0: return (number, .varint(try varint()))
        case 1: return (number, .fixed64(try fixed(8)))
        case 2: return (number, .bytes(try counted()))
        case 5: return (number, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
        default: throw ProtobufError(message: "field \(number) has the unknown wire type \(tag & 7)")
        }
    }

    mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = bytes.popFirst() else { throw ProtobufError(message: "a number is cut off") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw ProtobufError(message: "a number is longer than ten bytes")
    }

    /// A little-endian number of a fixed size.
    mutating func fixed(_ size: Int) throws(ProtobufError) -> UInt64 {
        guard bytes.count >= size else { throw ProtobufError(message: "a number is cut off") }
        var value: UInt64 = 0
        for byte in bytes.prefix(size).reversed() { value = value << 8 | UInt64(byte) }
        bytes = bytes.dropFirst(size)
        return value
    }

    private mutating func counted() throws(ProtobufError) -> ArraySlice<UInt8> {
        let count = try varint()
        guard count <= UInt64(bytes.count) else { throw ProtobufError(message: "a field is cut off") }
        defer { bytes = bytes.dropFirst(Int(count)) }
        return bytes.prefix(Int(count))
    }
}
