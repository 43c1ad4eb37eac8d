import Domain
import Merkle

public enum CosignatureError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was handed in is no checkpoint of this log.
    case malformed(String)
    /// No such tree head was signed: it is of another history than this log's, or of another log.
    case unknownHead(Position)
    /// No configured witness signed it.
    case noWitness([String])

    public var description: String {
        switch self {
        case .malformed(let why): why
        case .unknownHead(let size): "this log signed no such tree head of size \(size)"
        case .noWitness(let known) where known.isEmpty:
            "no witness is known here: start the server with --witness and the witness' verifier key"
        case .noWitness(let known):
            "no right cosignature of a known witness is on it; known are \(known.joined(separator: ", "))"
        }
    }
}

/// Takes cosignatures of known witnesses in, and keeps them below the note outside the database and in the log.
public actor CosignatureIntake {
    private let log: any EventLog
    private let store: any TreeHeadStore
    private let verifier: NoteVerifier
    private let witnesses: [CosignatureVerifier]

    /// - Parameter verifier: the log's own key.
    public init(
        log: any EventLog, store: any TreeHeadStore, verifier: NoteVerifier, witnesses: [CosignatureVerifier]
    ) { (self.log, self.store, self.verifier, self.witnesses) = (log, store, verifier, witnesses) }

    /// Keeps what known witnesses signed on a checkpoint of this log; signatures of others are passed over.
    /// - Returns: the tree head's size, and the names of the witnesses.
    public func take(_ text: String) async throws -> (size: Position, witnesses: [String]) {
        guard let note = SignedNote(text), let head = verifier.treeHead(note) else {
            throw CosignatureError.malformed("this is no checkpoint that this log signed, with cosignatures below it")
        }
        guard let stored = try await log.checkpoint(from: head.size), stored.size == head.size,
            let signed = SignedNote(String(decoding: stored.note, as: UTF8.self)), signed.text == note.text
        else { throw CosignatureError.unknownHead(head.size) }
        let found = witnesses.compactMap { witness in
            witness.cosignature(on: note).map { (witness: witness, signature: $0.signature) }
        }
        guard !found.isEmpty else { throw CosignatureError.noWitness(witnesses.map(\.name)) }

        var kept = try await store.note(size: head.size).flatMap { SignedNote($0) } ?? signed
        if kept.text != note.text { throw CosignatureError.unknownHead(head.size) }
        for (witness, signature) in found where witness.cosignature(on: kept) == nil {
            kept.signatures.append(signature)
        }
        try await store.write(kept.encoded, size: head.size)
        for (witness, signature) in found {
            try await log.store(cosignature: signature.line, of: witness.text, size: head.size)
        }
        return (head.size, found.map(\.witness.name))
    }
}
