import Domain
import Merkle

/// Checks the events of a full segment as they pass by: every leaf is recomputed from their bytes, and the tree over the
/// log up to the segment's end must be the one that was signed there.
///
/// A segment begins behind a multiple of its size, a power of two, so that its own root is one node of the tree. The
/// nodes to its left come from the stored tiles; were one of them wrong, the signed root would not come out.
public struct SegmentCheck: Sendable {
    public let segment: LogSegment
    private var walk: Walk
    private static let chunkSize = 256

    /// - Parameters:
    ///   - note: the signed tree head whose size is the segment's last position: its seal.
    ///   - verifier: the public key of whoever signs, under the log's name.
    /// - Throws: `refused` where the note is no such head.
    public init(_ segment: LogSegment, of log: any EventLog, seal note: String, verifier: NoteVerifier)
        async throws(EventLogError)
    {
        guard let head = SignedNote(note).flatMap(verifier.treeHead), head.size == segment.last else {
            throw .refused("the tree head of size \(segment.last) is not one that \(verifier.name) signed")
        }
        self.segment = segment
        walk = Walk(heads: [head])
        walk.tree = try await TreeBuilder(log: log, size: segment.first - 1).frontier
    }

    /// The position of the event that is checked next; behind the segment once all of it was.
    public var next: Position { walk.tree.size + 1 }

    /// Takes in the next events as they lie in the database, with the columns beside them.
    public mutating func take(_ events: [StoredEvent]) async throws(EventLogError) {
        try raise(walk.take(events, await events.concurrentMap(chunk: Self.chunkSize, StoredContent.init)))
    }

    /// Takes in the next events as they lie in a file.
    public mutating func take(_ events: [ArchivedEvent]) async throws(EventLogError) {
        let contents = await Array(zip(next..., events)).concurrentMap(chunk: Self.chunkSize) { position, event in
            StoredContent(event, at: position)
        }
        for content in contents { try raise(walk.take(content)) }
    }

    private func raise(_ finding: LogVerification.Finding?) throws(EventLogError) {
        if let finding { throw .corrupt(finding.description) }
    }
}

extension StoredContent {
    /// What an event's bytes say where no columns lie beside them.
    init(_ archived: ArchivedEvent, at position: Position) {
        self.init(archived.envelope, archived.payload) { decoded in
            decoded.position == position ? nil : "the event of position \(decoded.position) stands here"
        }
    }
}

extension Walk {
    /// Takes in one event of which only its content is known.
    fileprivate mutating func take(_ content: StoredContent) -> Finding? {
        switch content {
        case .wrong(let reason): Finding(position: tree.size + 1, reason: reason)
        case .leaf(let leaf): take(leaf: leaf)
        }
    }
}
