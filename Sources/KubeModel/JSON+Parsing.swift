import CSimdJSON

/// Why bytes are not JSON.
public struct JSONParseError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

extension JSON {
    /// Nesting deeper than this is refused; Kubernetes' own decoder stops at 10,000, real objects stay below 50.
    public static let maximumDepth = 512

    /// Parses one JSON document (UTF-8) with simdjson.
    public init(parsing bytes: some ContiguousBytesView) throws(JSONParseError) {
        self = try JSONParser().parse(bytes)
    }

    public init(parsing text: String) throws(JSONParseError) {
        self = try JSONParser().parse(Array(text.utf8))
    }
}

/// What a parser can read without a copy: arrays, slices and buffers of bytes.
public protocol ContiguousBytesView {
    func withBytes<Result, Failure: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result)
        throws(Failure) -> Result
}

extension Array: ContiguousBytesView where Element == UInt8 {
    public func withBytes<Result, Failure: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result)
        throws(Failure) -> Result
    {
        try withUnsafeBufferPointer(body)
    }
}

extension ArraySlice: ContiguousBytesView where Element == UInt8 {
    public func withBytes<Result, Failure: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result)
        throws(Failure) -> Result
    {
        try withUnsafeBufferPointer(body)
    }
}

extension UnsafeBufferPointer: ContiguousBytesView where Element == UInt8 {
    public func withBytes<Result, Failure: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result)
        throws(Failure) -> Result
    {
        try body(self)
    }
}

/// A parser with its buffers; making one costs some allocations, so a loop should keep one.
public final class JSONParser {
    private let parser: OpaquePointer

    public init() { parser = purser_json_parser_new() }
    deinit { purser_json_parser_free(parser) }

    public func parse(_ bytes: some ContiguousBytesView) throws(JSONParseError) -> JSON {
        let document = bytes.withBytes { purser_json_parse(parser, $0.baseAddress, $0.count) }
        if let error = document.error { throw JSONParseError(String(cString: error)) }
        guard let tape = document.tape, let strings = document.strings else {
            throw JSONParseError("the parser returned no document")
        }
        var walker = TapeWalker(tape: tape, strings: strings)
        return try walker.value(depth: 0)
    }
}

/// Turns simdjson's tape (one 64-bit word an item, the type in the top byte) into a tree.
/// The layout is simdjson's documented tape format (`doc/tape.md`).
private struct TapeWalker {
    let tape: UnsafePointer<UInt64>
    let strings: UnsafePointer<UInt8>
    var index = 1

    mutating func value(depth: Int) throws(JSONParseError) -> JSON {
        guard depth < JSON.maximumDepth else { throw JSONParseError("nested deeper than \(JSON.maximumDepth) levels") }
        let word = tape[index]
        index += 1
        switch UInt8(word >> 56) {
        case UInt8(ascii: "\""): return .string(string(word))
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(word, depth: depth))
        case UInt8(ascii: "l"): return .int(Int64(bitPattern: next()))
        case UInt8(ascii: "u"):
            let number = next()
            return Int64(exactly: number).map { .int($0) } ?? .double(Double(number))
        case UInt8(ascii: "d"):
            // A whole number is one value however it is written (`1e3`), so that equal values have equal bytes.
            let number = Double(bitPattern: next())
            if let whole = Int64(exactly: number), whole.magnitude < 1 << 53 { return .int(whole) }
            return .double(number)
        case UInt8(ascii: "t"): return .bool(true)
        case UInt8(ascii: "f"): return .bool(false)
        default: return .null
        }
    }

    private mutating func next() -> UInt64 {
        defer { index += 1 }
        return tape[index]
    }

    private func string(_ word: UInt64) -> String {
        let offset = Int(word & 0x00FF_FFFF_FFFF_FFFF)
        let start = strings + offset
        let length = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        return String(decoding: UnsafeBufferPointer(start: start + 4, count: Int(length)), as: UTF8.self)
    }

    private mutating func object(depth: Int) throws(JSONParseError) -> JSONObject {
        var members: [(String, JSON)] = []
        while UInt8(tape[index] >> 56) != UInt8(ascii: "}") {
            let key = string(next())
            members.append((key, try value(depth: depth + 1)))
        }
        index += 1
        return JSONObject(members)
    }

    private mutating func array(_ word: UInt64, depth: Int) throws(JSONParseError) -> [JSON] {
        var elements: [JSON] = []
        elements.reserveCapacity(min(Int((word >> 32) & 0xFF_FFFF), 4096))
        while UInt8(tape[index] >> 56) != UInt8(ascii: "]") {
            elements.append(try value(depth: depth + 1))
        }
        index += 1
        return elements
    }
}
