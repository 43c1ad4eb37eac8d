import Crypto

/// A C2SP signed note: a text, an empty line, and lines of signatures.
public struct SignedNote: Sendable, Hashable {
    public struct Signature: Sendable, Hashable {
        public var name: String
        public var keyID: UInt32
        public var bytes: [UInt8]
    }

    /// Ends in a line break.
    public var text: String
    public var signatures: [Signature]

    public init(text: String, signatures: [Signature]) { (self.text, self.signatures) = (text, signatures) }

    public var encoded: String {
        text + "\n" + signatures.map { $0.line + "\n" }.joined()
    }

    /// As many as a note may bear; of a known log and its witnesses there are far fewer.
    private static let signatureLimit = 100

    /// Reads a note; nil for anything that is none. Control characters but line breaks stand in none.
    public init?(_ encoded: String) {
        guard encoded.utf8.allSatisfy({ $0 >= 0x20 || $0 == UInt8(ascii: "\n") }) else { return nil }
        var lines = encoded.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.popLast()?.isEmpty == true, let gap = lines.lastIndex(where: \.isEmpty), gap > 0 else { return nil }
        var signatures: [Signature] = []
        for line in lines[(gap + 1)...] {
            guard let signature = Signature(line: line), signatures.count < Self.signatureLimit else { return nil }
            signatures.append(signature)
        }
        guard !signatures.isEmpty else { return nil }
        self.init(text: lines[..<gap].map { $0 + "\n" }.joined(), signatures: signatures)
    }
}

extension SignedNote.Signature {
    /// `— <name> <base64 of key id and signature>`, without the line's end.
    public var line: String {
        let id = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> UInt32(24 - 8 * $0)) }
        return "— \(name) \(Base64.encode(id + bytes))"
    }

    public init?(line: some StringProtocol) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "—", NoteVerifier.isName(String(parts[1])),
            let bytes = Base64.decode(parts[2]),
            bytes.count > 4
        else { return nil }
        let id = bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        self.init(name: String(parts[1]), keyID: id, bytes: Array(bytes.dropFirst(4)))
    }
}
