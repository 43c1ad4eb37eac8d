import Merkle

/// A witness of one log: it remembers the last tree head that it cosigned, and cosigns only one that extends it.
///
/// One observation at a time: two at once could both take the same memory for the last.
public struct LogWitness: Sendable {
    public enum Observation: Sendable, Hashable {
        case nothingNew(size: Int64)
        /// The checkpoint with the cosignature below it.
        case cosigned(SignedNote, size: Int64)
    }

    private let log: NoteVerifier
    private let cosigner: Cosigner
    private let memory: any TreeHeadStore

    /// - Parameters:
    ///   - log: the public key of the log, from a source other than its server.
    ///   - memory: the witness' own, lasting.
    public init(log: NoteVerifier, cosigner: Cosigner, memory: any TreeHeadStore) {
        (self.log, self.cosigner, self.memory) = (log, cosigner, memory)
    }

    /// Looks at the log's newest tree head.
    /// - Parameter seconds: the time, since 1970.
    /// - Throws: `ProofError` where the log was cut, changed or split, or is another one; nothing is cosigned then.
    public func observe(_ files: any LogFiles, seconds: Int64) async throws -> Observation {
        guard let note = SignedNote(try await files.checkpoint(from: nil)), let head = log.treeHead(note) else {
            throw ProofError("the checkpoint shown is not of the log \(log.name), or its key did not sign it")
        }
        if let last = try await last() {
            if head.size == last.size, head.root == last.root { return .nothingNew(size: head.size) }
            try await demandProof(from: last, to: head, files)
        }
        // Other witnesses' cosignatures are theirs to hand in.
        let own = note.signatures.filter { $0.name == log.name && $0.keyID == log.keyID }
        let cosigned = SignedNote(text: note.text, signatures: own + [try cosigner.cosign(note, seconds: seconds)])
        // First remembered, then told: a cosignature that is out binds the witness.
        try await memory.write(cosigned.encoded, size: head.size)
        return .cosigned(cosigned, size: head.size)
    }

    private func last() async throws -> TreeHead? {
        guard let text = try await memory.latest() else { return nil }
        guard let note = SignedNote(text), let head = log.treeHead(note) else {
            throw ProofError("what the witness remembers is no tree head of the log \(log.name)")
        }
        return head
    }

    private func demandProof(from last: TreeHead, to head: TreeHead, _ files: any LogFiles) async throws {
        guard head.size > last.size else {
            throw ProofError(
                "the log shows a tree of size \(head.size) and showed another one of size \(last.size) before")
        }
        let hashes = try await LogProver(files).roots(
            of: ProofPath.consistency(from: last.size, to: head.size), size: head.size)
        guard
            Merkle.verifyConsistency(from: (last.size, last.root), to: (head.size, head.root), proof: hashes)
        else {
            throw ProofError(
                "the tree of size \(head.size) does not extend the one of size \(last.size) that was cosigned")
        }
    }
}
