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
        text + "\n"
            + signatures.map { signature in
                let id = (0..<4).map { UInt8(truncatingIfNeeded: signature.keyID >> UInt32(24 - 8 * $0)) }
                return "— \(signature.name) \(Base64.encode(id + signature.bytes))\n"
            }.joined()
    }

    /// Reads a note; nil for anything that is none.
    public init?(_ encoded: String) {
        var lines = encoded.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.popLast()?.isEmpty == true, let gap = lines.lastIndex(where: \.isEmpty), gap > 0 else { return nil }
        var signatures: [Signature] = []
        for line in lines[(gap + 1)...] {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "—", !parts[1].isEmpty, let bytes = Base64.decode(parts[2]),
                bytes.count > 4
            else { return nil }
            let id = bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            signatures.append(Signature(name: String(parts[1]), keyID: id, bytes: Array(bytes.dropFirst(4))))
        }
        guard !signatures.isEmpty else { return nil }
        self.init(text: lines[..<gap].map { $0 + "\n" }.joined(), signatures: signatures)
    }
}

/// The kind of an Ed25519 key in a note.
private let ed25519: UInt8 = 1

/// The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key).
private func noteKeyID(name: String, publicKey: [UInt8]) -> UInt32 {
    let hash = SHA256.hash(data: Array(name.utf8) + [0x0A, ed25519] + publicKey)
    return hash.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
}

private func hex(_ id: UInt32) -> String {
    let text = String(id, radix: 16)
    return String(repeating: "0", count: 8 - text.count) + text
}

/// A public key that verifies notes: `<name>+<key id>+<base64 of type and key>`.
public struct NoteVerifier: Sendable, Hashable {
    public let name: String
    public let publicKey: [UInt8]

    public init(name: String, publicKey: [UInt8]) { (self.name, self.publicKey) = (name, publicKey) }

    public var keyID: UInt32 { noteKeyID(name: name, publicKey: publicKey) }
    public var text: String { "\(name)+\(hex(keyID))+\(Base64.encode([ed25519] + publicKey))" }

    public init?(_ text: String) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let key = Base64.decode(parts[2]), key.count == 33,
            key[0] == ed25519
        else { return nil }
        self.init(name: String(parts[0]), publicKey: Array(key.dropFirst()))
        guard hex(keyID) == parts[1] else { return nil }
    }

    /// True if the note bears this key's signature and it is right.
    public func verifies(_ note: SignedNote) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return note.signatures.contains {
            $0.name == name && $0.keyID == keyID && key.isValidSignature($0.bytes, for: Array(note.text.utf8))
        }
    }
}

/// A private key that signs notes: `PRIVATE+KEY+<name>+<key id>+<base64 of type and seed>`.
public struct NoteSigner: Sendable {
    public let name: String
    private let seed: [UInt8]
    private let publicKey: [UInt8]

    /// - Parameter seed: the 32 bytes of an Ed25519 private key (RFC 8032), from a source of randomness.
    public init?(name: String, seed: [UInt8]) {
        guard !name.isEmpty, !name.contains("+"), !name.contains(where: \.isWhitespace),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        else { return nil }
        (self.name, self.seed, publicKey) = (name, seed, Array(key.publicKey.rawRepresentation))
    }

    public init?(_ text: String) {
        let parts = text.split(separator: "+", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "PRIVATE", parts[1] == "KEY", let key = Base64.decode(parts[4]),
            key.count == 33, key[0] == ed25519
        else { return nil }
        self.init(name: String(parts[2]), seed: Array(key.dropFirst()))
        guard hex(verifier.keyID) == parts[3] else { return nil }
    }

    /// The text form. It is the secret itself: only for a file of mode 0600.
    public var secretText: String {
        "PRIVATE+KEY+\(name)+\(hex(verifier.keyID))+\(Base64.encode([ed25519] + seed))"
    }

    public var verifier: NoteVerifier { NoteVerifier(name: name, publicKey: publicKey) }

    /// Signs a text, which must end in a line break.
    public func sign(_ text: String) throws -> SignedNote {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        let signature = Array(try key.signature(for: Array(text.utf8)))
        return SignedNote(
            text: text, signatures: [SignedNote.Signature(name: name, keyID: verifier.keyID, bytes: signature)])
    }
}
