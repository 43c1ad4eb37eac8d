import Crypto

/// What the public and secret key texts of signed notes have in common.
enum NoteKey {
    /// An Ed25519 key that signs a note's text.
    static let ed25519: UInt8 = 1
    /// An Ed25519 key of a witness, whose signature covers a time too (C2SP tlog-cosignature, version 1).
    static let cosignature: UInt8 = 4

    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key).
    static func id(name: String, kind: UInt8, publicKey: [UInt8]) -> UInt32 {
        let hash = SHA256.hash(data: Array(name.utf8) + [0x0A, kind] + publicKey)
        return hash.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }

    static func hex(_ id: UInt32) -> String {
        let text = String(id, radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }

    static func publicText(name: String, kind: UInt8, publicKey: [UInt8]) -> String {
        "\(name)+\(hex(id(name: name, kind: kind, publicKey: publicKey)))+\(Base64.encode([kind] + publicKey))"
    }

    static func publicKey(_ text: String, kind: UInt8) -> (name: String, key: [UInt8])? {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, isName(String(parts[0])), let bytes = Base64.decode(parts[2]), bytes.count == 33,
            bytes[0] == kind
        else { return nil }
        let (name, key) = (String(parts[0]), Array(bytes.dropFirst()))
        return hex(id(name: name, kind: kind, publicKey: key)) == parts[1] ? (name, key) : nil
    }

    static func isName(_ name: String) -> Bool {
        !name.isEmpty && !name.contains("+") && !name.contains(where: \.isWhitespace)
    }

    static func secretText(name: String, kind: UInt8, seed: [UInt8], publicKey: [UInt8]) -> String {
        let id = hex(id(name: name, kind: kind, publicKey: publicKey))
        return "PRIVATE+KEY+\(name)+\(id)+\(Base64.encode([kind] + seed))"
    }

    /// The key id in the text is left to the caller to compare, who has the public key.
    static func secretKey(_ text: String, kind: UInt8) -> (name: String, id: Substring, seed: [UInt8])? {
        let parts = text.split(separator: "+", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "PRIVATE", parts[1] == "KEY", let bytes = Base64.decode(parts[4]),
            bytes.count == 33, bytes[0] == kind
        else { return nil }
        return (String(parts[2]), parts[3], Array(bytes.dropFirst()))
    }
}

/// A public key that verifies notes: `<name>+<key id>+<base64 of type and key>`.
public struct NoteVerifier: Sendable, Hashable {
    public let name: String
    public let publicKey: [UInt8]

    public init(name: String, publicKey: [UInt8]) { (self.name, self.publicKey) = (name, publicKey) }

    public var keyID: UInt32 { NoteKey.id(name: name, kind: NoteKey.ed25519, publicKey: publicKey) }
    public var text: String { NoteKey.publicText(name: name, kind: NoteKey.ed25519, publicKey: publicKey) }

    public init?(_ text: String) {
        guard let (name, key) = NoteKey.publicKey(text, kind: NoteKey.ed25519) else { return nil }
        self.init(name: name, publicKey: key)
    }

    /// True if the note bears this key's signature and it is right.
    public func verifies(_ note: SignedNote) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return note.signatures.contains {
            $0.name == name && $0.keyID == keyID && key.isValidSignature($0.bytes, for: Array(note.text.utf8))
        }
    }

    /// The tree head that the note states, if this key signed it and it is of the log that bears the key's name.
    public func treeHead(_ note: SignedNote) -> TreeHead? {
        guard verifies(note), let head = TreeHead(body: note.text), head.origin == name else { return nil }
        return head
    }
}

/// A private key that signs notes: `PRIVATE+KEY+<name>+<key id>+<base64 of type and seed>`.
public struct NoteSigner: Sendable {
    public let name: String
    private let seed: [UInt8]
    private let publicKey: [UInt8]

    /// - Parameter seed: the 32 bytes of an Ed25519 private key (RFC 8032), from a source of randomness.
    public init?(name: String, seed: [UInt8]) {
        guard NoteKey.isName(name), let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            return nil
        }
        (self.name, self.seed, publicKey) = (name, seed, Array(key.publicKey.rawRepresentation))
    }

    public init?(_ text: String) {
        guard let (name, id, seed) = NoteKey.secretKey(text, kind: NoteKey.ed25519) else { return nil }
        self.init(name: name, seed: seed)
        guard NoteKey.hex(verifier.keyID) == id else { return nil }
    }

    /// The text form. It is the secret itself: only for a file of mode 0600.
    public var secretText: String {
        NoteKey.secretText(name: name, kind: NoteKey.ed25519, seed: seed, publicKey: publicKey)
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
