import Domain
import EventLog
import KubeModel
import Merkle

/// Rebuilds the tree over events as they pass by, and compares it with signed tree heads.
struct ChainCheck {
    private(set) var tree = MerkleFrontier()
    private var heads: ArraySlice<TreeHead>
    private var lastTime = Timestamp(microseconds: .min)
    /// How many heads the events agreed with.
    private(set) var agreed = 0

    /// - Parameter notes: signed tree heads, in any order.
    init(notes: [String], verifier: NoteVerifier) throws(BackupError) {
        var heads: [TreeHead] = []
        for text in notes {
            guard let head = SignedNote(text).flatMap(verifier.treeHead) else {
                throw BackupError("a signed tree head is malformed, or the key \(verifier.name) did not sign it")
            }
            heads.append(head)
        }
        self.heads = heads.sorted { $0.size < $1.size }.drop { $0.size == 0 }
    }

    /// Without any head to compare with.
    init() { heads = [] }

    /// The size of the largest head; nil without any.
    var end: Position? { heads.last?.size }

    /// Takes an event as it lies in a store, whose columns must be what the envelope says.
    /// - Returns: what the envelope says.
    @discardableResult mutating func take(_ stored: StoredEvent) throws(BackupError) -> RecordedEvent {
        let recorded: RecordedEvent
        do { recorded = try Envelope.decode(stored.envelope, payload: stored.payload) } catch {
            throw BackupError("position \(stored.position): \(error)")
        }
        guard stored.isCopy(of: recorded) else {
            throw BackupError("position \(stored.position): columns differ from the envelope")
        }
        try take(recorded)
        return recorded
    }

    /// Takes an event that was decoded from its envelope and payload.
    mutating func take(_ event: RecordedEvent) throws(BackupError) {
        let position = tree.size + 1
        guard event.position == position else { throw BackupError("position \(position): the event is missing") }
        guard Envelope.isCanonical(event) else {
            throw BackupError("position \(position): the envelope is not in its canonical form")
        }
        guard event.recordedAt >= lastTime else { throw BackupError("position \(position): the time goes back") }
        lastTime = event.recordedAt
        tree.append(event.leaf)
        while let head = heads.first, head.size == tree.size {
            guard head.root == tree.root else {
                throw BackupError("position \(position): the events up to here are not those that were signed")
            }
            heads.removeFirst()
            agreed += 1
        }
    }

    /// Throws if a head was signed over events that did not come.
    func finish() throws(BackupError) {
        if let head = heads.first {
            throw BackupError("the events end at \(tree.size), and a tree head of size \(head.size) was signed")
        }
    }
}
