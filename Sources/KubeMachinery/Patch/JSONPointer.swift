import KubeModel

/// A JSON pointer (RFC 6901): `/spec/template/metadata/labels/app~1name`.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// The unescaped reference tokens; none for the whole document.
    public let tokens: [String]

    public init(tokens: [String]) { self.tokens = tokens }

    /// Nil unless the text is empty or starts with a slash, and every `~` is followed by 0 or 1.
    public init?(_ text: String) {
        guard !text.isEmpty else {
            tokens = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        var tokens: [String] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let token = Self.unescape(part) else { return nil }
            tokens.append(token)
        }
        self.tokens = tokens
    }

    private static func unescape(_ part: Substring) -> String? {
        var bytes: [UInt8] = []
        var escaped = false
        for byte in part.utf8 {
            switch (escaped, byte) {
            case (true, UInt8(ascii: "0")): bytes.append(UInt8(ascii: "~"))
            case (true, UInt8(ascii: "1")): bytes.append(UInt8(ascii: "/"))
            case (true, _): return nil
            case (false, UInt8(ascii: "~")): break
            case (false, _): bytes.append(byte)
            }
            escaped = !escaped && byte == UInt8(ascii: "~")
        }
        return escaped ? nil : String(decoding: bytes, as: UTF8.self)
    }

    public var description: String {
        tokens.map { token in
            var text = "/"
            for scalar in token.unicodeScalars {
                switch scalar {
                case "~": text += "~0"
                case "/": text += "~1"
                default: text.unicodeScalars.append(scalar)
                }
            }
            return text
        }.joined()
    }

    /// Whether this pointer names something inside what the other names.
    func isInside(_ other: JSONPointer) -> Bool {
        tokens.count > other.tokens.count && tokens.starts(with: other.tokens)
    }
}

/// A step of a pointer leads nowhere.
struct JSONPointerError: Error {
    let message: String
}

extension JSON {
    /// The value that a pointer names, nil where a step is absent.
    subscript(pointer: JSONPointer) -> JSON? {
        var value = self
        for token in pointer.tokens {
            switch value {
            case .object(let object):
                guard let next = object[token] else { return nil }
                value = next
            case .array(let elements):
                guard let index = Self.index(token), index < elements.count else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    /// An array index of RFC 6901: digits without a leading zero.
    static func index(_ token: String) -> Int? {
        guard token.utf8.allSatisfy({ (0x30...0x39).contains($0) }), token == "0" || token.utf8.first != 0x30 else {
            return nil
        }
        return Int(token)
    }

    /// Hands the container of the last token to `body`; the storage on the way is moved, not copied.
    mutating func withParent<Result>(
        of tokens: ArraySlice<String>, _ body: (inout JSON, String) throws(JSONPointerError) -> Result
    ) throws(JSONPointerError) -> Result {
        guard let first = tokens.first else { throw JSONPointerError(message: "the whole document has no parent") }
        guard tokens.count > 1 else { return try body(&self, first) }
        switch self {
        case .object(var object):
            guard var child = object[first] else { throw JSONPointerError(message: "there is no member \"\(first)\"") }
            self = .null
            object[first] = .null
            defer {
                object[first] = child
                self = .object(object)
            }
            return try child.withParent(of: tokens.dropFirst(), body)
        case .array(var elements):
            guard let index = Self.index(first), index < elements.count else {
                throw JSONPointerError(message: "there is no element \"\(first)\"")
            }
            self = .null
            var child = elements[index]
            elements[index] = .null
            defer {
                elements[index] = child
                self = .array(elements)
            }
            return try child.withParent(of: tokens.dropFirst(), body)
        default:
            throw JSONPointerError(message: "\"\(first)\" is looked up in a value that is no object and no array")
        }
    }
}
