import Crypto

/// What an Ed25519 key of a signed note is for; its id and its text forms say so.
public protocol NoteKeyKind: Sendable {
    /// The byte before the key in its text forms.
    static var code: UInt8 { get }
}

/// A public key: `<name>+<key id>+<base64 of kind and key>`.
public struct PublicNoteKey<Kind: NoteKeyKind>: Sendable, Hashable {
    public let name: String
    /// The 32 bytes of an Ed25519 public key (RFC 8032).
    public let publicKey: [UInt8]

    public init(name: String, publicKey: [UInt8]) { (self.name, self.publicKey) = (name, publicKey) }

    public init?(_ text: String) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, Self.isName(String(parts[0])), let bytes = Base64.decode(parts[2]), bytes.count == 33,
            bytes[0] == Kind.code
        else { return nil }
        self.init(name: String(parts[0]), publicKey: Array(bytes.dropFirst()))
        guard hexadecimalID == parts[1] else { return nil }
    }

    public var text: String { "\(name)+\(hexadecimalID)+\(Base64.encode([Kind.code] + publicKey))" }

    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ kind ‖ public key).
    public var keyID: UInt32 {
        let hash = SHA256.hash(data: Array(name.utf8) + [0x0A, Kind.code] + publicKey)
        return hash.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }

    fileprivate var hexadecimalID: String {
        let text = String(keyID, radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }

    /// Not empty, and without Unicode's spaces and plus signs.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && !name.contains("+") && !name.contains(where: \.isWhitespace)
    }

    func isRight(_ signature: some Sequence<UInt8>, for message: [UInt8]) -> Bool {
        let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
        return key?.isValidSignature(Array(signature), for: message) ?? false
    }
}

/// A private key: `PRIVATE+KEY+<name>+<key id>+<base64 of kind and seed>`.
public struct SecretNoteKey<Kind: NoteKeyKind>: Sendable {
    private let seed: [UInt8]
    public let verifier: PublicNoteKey<Kind>

    /// - Parameter seed: the 32 bytes of an Ed25519 private key (RFC 8032), from a source of randomness.
    public init?(name: String, seed: [UInt8]) {
        guard PublicNoteKey<Kind>.isName(name), let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        else { return nil }
        self.seed = seed
        verifier = PublicNoteKey(name: name, publicKey: Array(key.publicKey.rawRepresentation))
    }

    public init?(_ text: String) {
        let parts = text.split(separator: "+", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "PRIVATE", parts[1] == "KEY", let bytes = Base64.decode(parts[4]),
            bytes.count == 33, bytes[0] == Kind.code
        else { return nil }
        self.init(name: String(parts[2]), seed: Array(bytes.dropFirst()))
        guard verifier.hexadecimalID == parts[3] else { return nil }
    }

    public var name: String { verifier.name }

    /// The text form. It is the secret itself: only for a file of mode 0600.
    public var secretText: String {
        "PRIVATE+KEY+\(name)+\(verifier.hexadecimalID)+\(Base64.encode([Kind.code] + seed))"
    }

    func signature(for message: [UInt8]) throws -> [UInt8] {
        Array(try Curve25519.Signing.PrivateKey(rawRepresentation: seed).signature(for: message))
    }
}

/// Keys that sign a note's text.
public enum NoteSigning: NoteKeyKind { public static let code: UInt8 = 1 }

public typealias NoteVerifier = PublicNoteKey<NoteSigning>
public typealias NoteSigner = SecretNoteKey<NoteSigning>

extension NoteVerifier {
    /// True if the note bears this key's signature and it is right. One that is wrong makes the whole note wrong.
    public func verifies(_ note: SignedNote) -> Bool {
        let own = note.signatures.filter { $0.name == name && $0.keyID == keyID }
        return !own.isEmpty && own.allSatisfy { isRight($0.bytes, for: Array(note.text.utf8)) }
    }

    /// The tree head that the note states, if this key signed it and it is of the log that bears the key's name.
    public func treeHead(_ note: SignedNote) -> TreeHead? {
        guard verifies(note), let head = TreeHead(body: note.text), head.origin == name else { return nil }
        return head
    }
}

extension NoteSigner {
    /// Signs a text, which must end in a line break.
    public func sign(_ text: String) throws -> SignedNote {
        SignedNote(
            text: text,
            signatures: [
                SignedNote.Signature(
                    name: name, keyID: verifier.keyID, bytes: try signature(for: Array(text.utf8)))
            ])
    }
}
