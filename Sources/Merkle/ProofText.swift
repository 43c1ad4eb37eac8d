/// Why a proof proves nothing.
public struct ProofError: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// That an entry is in a log, as a text of C2SP's tlog-proof that can be verified with the log's public key alone.
public struct InclusionProof: Sendable, Hashable {
    /// From 0: one less than the event's position.
    public var index: Int64
    public var hashes: [MerkleHash]
    public var checkpoint: SignedNote
    /// What the leaf is made of; nothing in it is to be believed before the proof is verified.
    public var extra: [UInt8]

    private static let title = "c2sp.org/tlog-proof@v1"

    public init(index: Int64, hashes: [MerkleHash], checkpoint: SignedNote, extra: [UInt8] = []) {
        (self.index, self.hashes, self.checkpoint, self.extra) = (index, hashes, checkpoint, extra)
    }

    public var encoded: String {
        let lines = [Self.title] + (extra.isEmpty ? [] : ["extra \(Base64.encode(extra))"]) + ["index \(index)"]
        return (lines + hashes.map(Base64.encode)).map { $0 + "\n" }.joined() + "\n" + checkpoint.encoded
    }

    public static func isTitled(_ text: String) -> Bool { text.hasPrefix(title + "\n") }

    /// Nil for anything that `encoded` would not have written.
    public init?(_ text: String) {
        guard let gap = text.firstRange(of: "\n\n"), let checkpoint = SignedNote(String(text[gap.upperBound...]))
        else { return nil }
        var lines = text[..<gap.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst() == Substring(Self.title) else { return nil }
        var extra: [UInt8] = []
        if let line = lines.first, line.hasPrefix("extra ") {
            guard let bytes = Base64.decode(line.dropFirst(6)) else { return nil }
            (extra, lines) = (bytes, lines.dropFirst())
        }
        guard let line = lines.popFirst(), line.hasPrefix("index "), let index = Int64(line.dropFirst(6)),
            (0..<Int64.max).contains(index), let hashes = ProofText.hashes(lines)
        else { return nil }
        self.init(index: index, hashes: hashes, checkpoint: checkpoint, extra: extra)
        guard encoded == text else { return nil }
    }

    /// The tree head that the leaf was proved to be under.
    public func verify(leaf: MerkleHash, log: NoteVerifier) throws(ProofError) -> TreeHead {
        guard let head = log.treeHead(checkpoint) else {
            throw ProofError("the checkpoint is not of the log \(log.name), or this key did not sign it")
        }
        guard index < head.size else {
            throw ProofError("position \(index + 1) lies behind the checkpoint, whose size is \(head.size)")
        }
        guard Merkle.verifyInclusion(of: leaf, at: index, size: head.size, root: head.root, proof: hashes) else {
            throw ProofError("position \(index + 1): the hashes do not lead from the event to the checkpoint's root")
        }
        return head
    }
}

/// That one signed tree head extends another: the hashes, then both heads as signed notes.
public struct ConsistencyProof: Sendable, Hashable {
    public var old: SignedNote
    public var new: SignedNote
    public var hashes: [MerkleHash]

    private static let title = "purser.dev/consistency-proof@v1"

    public init(old: SignedNote, new: SignedNote, hashes: [MerkleHash]) {
        (self.old, self.new, self.hashes) = (old, new, hashes)
    }

    public var encoded: String {
        ([Self.title] + hashes.map(Base64.encode)).map { $0 + "\n" }.joined() + "\n" + old.encoded + "\n" + new.encoded
    }

    public static func isTitled(_ text: String) -> Bool { text.hasPrefix(title + "\n") }

    /// Nil for anything that `encoded` would not have written.
    public init?(_ text: String) {
        // Hashes, the old note's text and signatures, and the new one's.
        let parts = text.split(separator: "\n\n", omittingEmptySubsequences: false)
        guard parts.count == 5, let old = SignedNote("\(parts[1])\n\n\(parts[2])\n"),
            let new = SignedNote("\(parts[3])\n\n\(parts[4])")
        else { return nil }
        var lines = parts[0].split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst() == Substring(Self.title), let hashes = ProofText.hashes(lines) else { return nil }
        self.init(old: old, new: new, hashes: hashes)
        guard encoded == text else { return nil }
    }

    /// Both tree heads, of which the second was proved to extend the first.
    public func verify(log: NoteVerifier) throws(ProofError) -> (old: TreeHead, new: TreeHead) {
        guard let older = log.treeHead(old), let newer = log.treeHead(new) else {
            throw ProofError("a checkpoint is not of the log \(log.name), or this key did not sign it")
        }
        guard
            Merkle.verifyConsistency(
                from: (older.size, older.root), to: (newer.size, newer.root), proof: hashes)
        else {
            throw ProofError("the tree of size \(newer.size) does not extend that of size \(older.size)")
        }
        return (older, newer)
    }

    /// The body of a witness' `add-checkpoint` (C2SP tlog-witness).
    public var witnessRequest: String {
        let size = TreeHead(body: old.text)?.size ?? 0
        return (["old \(size)"] + hashes.map(Base64.encode)).map { $0 + "\n" }.joined() + "\n" + new.encoded
    }

    /// The body of the first one, for a witness that has seen nothing of the log: an empty tree needs no proof.
    public static func firstWitnessRequest(_ note: SignedNote) -> String { "old 0\n\n" + note.encoded }
}

enum ProofText {
    /// A hash a line, at most the 63 that a tree can need.
    static func hashes(_ lines: ArraySlice<Substring>) -> [MerkleHash]? {
        guard lines.count <= 63 else { return nil }
        let hashes = lines.compactMap { Base64.decode($0) }
        return hashes.count == lines.count && hashes.allSatisfy { $0.count == 32 } ? hashes : nil
    }
}
