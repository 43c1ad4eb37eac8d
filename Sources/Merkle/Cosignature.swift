import Crypto

/// What a witness signs (C2SP tlog-cosignature, version 1): at this time, this was the largest tree it had seen of the
/// log, and it extends all it had seen before.
private func cosignedText(_ note: SignedNote, seconds: UInt64) -> [UInt8] {
    Array("cosignature/v1\ntime \(seconds)\n\(note.text)".utf8)
}

/// A witness' public key, `<name>+<key id>+<base64 of type 4 and key>`.
public struct CosignatureVerifier: Sendable, Hashable {
    public let name: String
    public let publicKey: [UInt8]

    public init(name: String, publicKey: [UInt8]) { (self.name, self.publicKey) = (name, publicKey) }

    public var keyID: UInt32 { NoteKey.id(name: name, kind: NoteKey.cosignature, publicKey: publicKey) }
    public var text: String { NoteKey.publicText(name: name, kind: NoteKey.cosignature, publicKey: publicKey) }

    public init?(_ text: String) {
        guard let (name, key) = NoteKey.publicKey(text, kind: NoteKey.cosignature) else { return nil }
        self.init(name: name, publicKey: key)
    }

    /// The first right cosignature of this witness on a note, nil if there is none.
    public func cosignature(on note: SignedNote) -> Cosignature? {
        note.signatures.lazy.compactMap { cosignature($0, on: note) }.first
    }

    public func cosignature(_ signature: SignedNote.Signature, on note: SignedNote) -> Cosignature? {
        guard signature.name == name, signature.keyID == keyID, signature.bytes.count == 72,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
        else { return nil }
        let seconds = signature.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard seconds > 0, seconds <= UInt64(Int64.max),
            key.isValidSignature(Array(signature.bytes.dropFirst(8)), for: cosignedText(note, seconds: seconds))
        else { return nil }
        return Cosignature(signature: signature, seconds: Int64(seconds))
    }
}

/// A witness' signature that was verified.
public struct Cosignature: Sendable, Hashable {
    public let signature: SignedNote.Signature
    /// When it was made: seconds since 1970.
    public let seconds: Int64
}

/// A witness' private key.
public struct Cosigner: Sendable {
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
        guard let (name, id, seed) = NoteKey.secretKey(text, kind: NoteKey.cosignature) else { return nil }
        self.init(name: name, seed: seed)
        guard NoteKey.hex(verifier.keyID) == id else { return nil }
    }

    /// The text form. It is the secret itself: only for a file of mode 0600.
    public var secretText: String {
        NoteKey.secretText(name: name, kind: NoteKey.cosignature, seed: seed, publicKey: publicKey)
    }

    public var verifier: CosignatureVerifier { CosignatureVerifier(name: name, publicKey: publicKey) }

    /// - Parameter seconds: the time, seconds since 1970; above 0.
    public func cosign(_ note: SignedNote, seconds: Int64) throws -> SignedNote.Signature {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        let time = UInt64(max(seconds, 1))
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: time >> UInt64(56 - 8 * $0)) }
        let signature = Array(try key.signature(for: cosignedText(note, seconds: time)))
        return SignedNote.Signature(name: name, keyID: verifier.keyID, bytes: bytes + signature)
    }
}
