/// A tree's size and root, written as the body of a C2SP tlog-checkpoint.
public struct TreeHead: Sendable, Hashable {
    /// The log's name: `purser.dev/log/<cluster uid>`.
    public var origin: String
    public var size: Int64
    public var root: MerkleHash

    public init(origin: String, size: Int64, root: MerkleHash) {
        (self.origin, self.size, self.root) = (origin, size, root)
    }

    /// Three lines: origin, size, root in base64.
    public var body: String { "\(origin)\n\(size)\n\(Base64.encode(root))\n" }

    /// Reads a body; lines behind the third are extensions and are passed over.
    public init?(body: String) {
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, body.hasSuffix("\n"), lines.dropLast().allSatisfy({ !$0.isEmpty }),
            let size = Int64(lines[1]), size >= 0,
            String(size) == lines[1], let root = Base64.decode(lines[2]), root.count == 32
        else { return nil }
        self.init(origin: String(lines[0]), size: size, root: root)
    }
}
