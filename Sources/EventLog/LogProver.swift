import Domain
import KubeModel
import Merkle

/// Makes proofs out of a log's files, wherever they lie. What it returns it has checked itself, so that a proof from
/// a server that lies fails here and not with whoever it is shown to.
public struct LogProver: Sendable {
    private let files: any LogFiles
    private let cache = ProofCache()

    public init(_ files: any LogFiles) { self.files = files }

    /// That an event is in the log, under the newest signed tree head, with its envelope and payload beside it.
    public func inclusion(of position: Position) async throws -> InclusionProof {
        try await inclusion(of: position, under: try await checkpoint(from: nil))
    }

    /// That an event is in the log, under a checkpoint of `checkpoint(from:)`.
    public func inclusion(of position: Position, under note: SignedNote) async throws -> InclusionProof {
        let head = try Self.head(note)
        guard position > 0, position <= head.size else {
            throw ProofError("position \(position) lies behind the newest signed tree head, whose size is \(head.size)")
        }
        let event = try await evidence(position, size: head.size)
        let path = ProofPath.inclusion(of: position - 1, size: head.size)
        let proof = InclusionProof(
            index: position - 1, hashes: try await roots(of: path, size: head.size), checkpoint: note,
            extra: event.encoded)
        guard
            Merkle.verifyInclusion(
                of: Envelope.leaf(of: event.envelope), at: proof.index, size: head.size, root: head.root,
                proof: proof.hashes)
        else { throw ProofError("position \(position): the log's files contradict its checkpoint; verify the log") }
        return proof
    }

    /// That the signed tree head of one size is extended by that of another.
    public func consistency(from old: Position, to new: Position?) async throws -> ConsistencyProof {
        let (older, newer) = (try await checkpoint(of: old), try await checkpoint(of: new))
        let (first, second) = (try Self.head(older), try Self.head(newer))
        guard first.size <= second.size else { throw ProofError("the first size must not be above the second") }
        let path = ProofPath.consistency(from: first.size, to: second.size)
        let proof = ConsistencyProof(old: older, new: newer, hashes: try await roots(of: path, size: second.size))
        guard
            Merkle.verifyConsistency(
                from: (first.size, first.root), to: (second.size, second.root), proof: proof.hashes)
        else {
            throw ProofError("the tree of size \(second.size) does not extend that of size \(first.size)")
        }
        return proof
    }

    /// The smallest signed tree head of at least a size; the newest for nil.
    public func checkpoint(from size: Position?) async throws -> SignedNote {
        guard let note = SignedNote(try await files.checkpoint(from: size)) else {
            throw ProofError("the log's checkpoint is no signed note")
        }
        return note
    }

    /// The signed tree head of a size; the newest for nil.
    public func checkpoint(of size: Position?) async throws -> SignedNote {
        let note = try await checkpoint(from: size)
        let found = try Self.head(note).size
        guard found == size ?? found else {
            throw ProofError("no tree head of size \(size ?? 0) was signed; the next one is of size \(found)")
        }
        return note
    }

    private static func head(_ note: SignedNote) throws(ProofError) -> TreeHead {
        guard let head = TreeHead(body: note.text) else { throw ProofError("the log's checkpoint cannot be read") }
        return head
    }

    /// The roots over subtrees of the tree of a size, as `ProofPath` names them.
    public func roots(of path: [Range<Int64>], size: Int64) async throws -> [MerkleHash] {
        var tree = TileTree(size: size)
        for tile in tree.missing(for: path) {
            guard tree.insert(tile, try await cache.bytes(of: .tile(tile), files)) else {
                throw ProofError("\(tile.path) is damaged")
            }
        }
        guard let roots = tree.roots(of: path) else { throw ProofError("tiles are missing") }
        return roots
    }

    private func evidence(_ position: Position, size: Position) async throws -> EventEvidence {
        let place = (position - 1).quotientAndRemainder(dividingBy: Int64(Tile.width))
        let count = Tile(level: 0, index: place.quotient, size: size)?.count ?? 0
        let offset = Int(place.remainder)
        let entries = LogBundle.entries(
            of: try await cache.bytes(of: .entries(index: place.quotient, count: count), files))
        let payloads = LogBundle.payloads(
            of: try await cache.bytes(of: .payloads(index: place.quotient, count: count), files))
        guard let entries, let payloads, entries.count == count, payloads.count == count else {
            throw ProofError("the bundle of position \(position) is damaged")
        }
        return EventEvidence(envelope: entries[offset], payload: payloads[offset])
    }
}

/// The files that were read last, because neighbours in the log need the same ones.
private actor ProofCache {
    private var files: [LogResource: [UInt8]] = [:]
    private static let capacity = 64

    func bytes(of resource: LogResource, _ source: any LogFiles) async throws -> [UInt8] {
        if let bytes = files[resource] { return bytes }
        let bytes = try await source.bytes(of: resource)
        if files.count >= Self.capacity { files.removeAll() }
        files[resource] = bytes
        return bytes
    }
}

/// What a proof's leaf is made of: the extra data of its text.
public struct EventEvidence: Sendable, Hashable {
    public var envelope: [UInt8]
    public var payload: [UInt8]

    public init(envelope: [UInt8], payload: [UInt8]) { (self.envelope, self.payload) = (envelope, payload) }

    /// `{"envelope":"…","payload":"…"}`: both are JSON texts.
    var encoded: [UInt8] {
        let json: JSON = [
            "envelope": .string(String(decoding: envelope, as: UTF8.self)),
            "payload": .string(String(decoding: payload, as: UTF8.self)),
        ]
        return json.canonicalBytes
    }

    init?(_ extra: [UInt8]) {
        guard let json = try? JSON(parsing: extra), let envelope = json.string("envelope"),
            let payload = json.string("payload")
        else { return nil }
        self.init(envelope: Array(envelope.utf8), payload: Array(payload.utf8))
        guard encoded == extra else { return nil }
    }
}

extension InclusionProof {
    /// Verifies the proof of an event from its text alone: the event, and the tree head that it is under.
    public func event(log: NoteVerifier) throws(ProofError) -> (event: RecordedEvent, head: TreeHead) {
        guard let evidence = EventEvidence(extra) else {
            throw ProofError("the proof holds no event: its extra line is not what Purser writes")
        }
        let event: RecordedEvent
        do { event = try Envelope.decode(evidence.envelope, payload: evidence.payload) } catch {
            throw ProofError("position \(index + 1): the event is damaged: \(error)")
        }
        guard event.position == index + 1 else {
            throw ProofError("the event is that of position \(event.position), the proof that of \(index + 1)")
        }
        return (event, try verify(leaf: event.leaf, log: log))
    }
}
