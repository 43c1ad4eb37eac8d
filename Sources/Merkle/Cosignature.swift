/// What a witness signs (C2SP tlog-cosignature, version 1): at this time, this was the largest tree it had seen of the
/// log, and it extends all it had seen before.
private func cosignedText(_ note: SignedNote, seconds: UInt64) -> [UInt8] {
    Array("cosignature/v1\ntime \(seconds)\n\(note.text)".utf8)
}

/// A witness' signature that was verified.
public struct Cosignature: Sendable, Hashable {
    public let signature: SignedNote.Signature
    /// When it was made: seconds since 1970.
    public let seconds: Int64
}

/// Keys of witnesses, whose signatures cover a time too (C2SP tlog-cosignature, version 1).
public enum Cosigning: NoteKeyKind { public static let code: UInt8 = 4 }

public typealias CosignatureVerifier = PublicNoteKey<Cosigning>
public typealias Cosigner = SecretNoteKey<Cosigning>

extension CosignatureVerifier {
    /// The first right cosignature of this witness on a note, nil if there is none.
    public func cosignature(on note: SignedNote) -> Cosignature? {
        note.signatures.lazy.compactMap { cosignature($0, on: note) }.first
    }

    public func cosignature(_ signature: SignedNote.Signature, on note: SignedNote) -> Cosignature? {
        guard signature.name == name, signature.keyID == keyID, signature.bytes.count == 72 else { return nil }
        let seconds = signature.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard seconds > 0, seconds <= UInt64(Int64.max),
            isRight(signature.bytes.dropFirst(8), for: cosignedText(note, seconds: seconds))
        else { return nil }
        return Cosignature(signature: signature, seconds: Int64(seconds))
    }
}

extension Cosigner {
    /// - Parameter seconds: the time, seconds since 1970; above 0.
    public func cosign(_ note: SignedNote, seconds: Int64) throws -> SignedNote.Signature {
        let time = UInt64(max(seconds, 1))
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: time >> UInt64(56 - 8 * $0)) }
        let signature = try signature(for: cosignedText(note, seconds: time))
        return SignedNote.Signature(name: name, keyID: verifier.keyID, bytes: bytes + signature)
    }
}
