/// The pairs of a query string, percent-decoded, `+` read as a space (WHATWG URL, `application/x-www-form-urlencoded`).
public struct Query: Sendable, Hashable {
    public struct Pair: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    public let pairs: [Pair]

    public init(_ raw: String) {
        guard !raw.isEmpty else {
            pairs = []
            return
        }
        pairs = raw.utf8.split(separator: UInt8(ascii: "&")).map { part in
            let mark = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            return Pair(name: Self.decode(part[..<mark]), value: Self.decode(part[mark...].dropFirst()))
        }
    }

    public var isEmpty: Bool { pairs.isEmpty }
    /// The first value of a name.
    public subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }
    public func values(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// Decodes percent escapes, and plus signs unless told to keep them; a broken escape stays as it is.
    static func decode(_ text: Substring.UTF8View, plusIsSpace: Bool = true) -> String {
        let plain = text.allSatisfy { $0 != UInt8(ascii: "%") && (!plusIsSpace || $0 != UInt8(ascii: "+")) }
        if plain { return String(Substring(text)) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            let rest = text[index...].dropFirst().prefix(2)
            if byte == UInt8(ascii: "%"), rest.count == 2, rest.allSatisfy(\.isHexDigit),
                let value = UInt8(String(Substring(rest)), radix: 16)
            {
                bytes.append(value)
                index = rest.endIndex
                continue
            }
            bytes.append(byte == UInt8(ascii: "+") && plusIsSpace ? UInt8(ascii: " ") : byte)
            index = text.index(after: index)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
