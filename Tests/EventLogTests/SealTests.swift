import Domain
import EventLog
import KubeModel
import Merkle
import Testing

private let origin = "purser.dev/log/test"
private let now = Timestamp(seconds: 1)

@Suite("Sealing segments of the log")
struct SealTests {
    private let signer: NoteSigner
    init() throws { signer = try #require(NoteSigner(name: origin, seed: [UInt8](repeating: 1, count: 32))) }

    private func service(_ log: any EventLog, _ notes: HeldNotes) async throws -> TreeHeadSigner {
        try await TreeHeadSigner(log: log, origin: origin, signer: signer, store: notes)
    }

    private func seals(_ log: InMemoryEventLog, _ notes: HeldNotes) async throws -> [Position] {
        var sealed: [Position] = []
        for segment in try await log.segments() {
            let stored = try await log.checkpoint(from: segment.last)
            guard stored?.size == segment.last, let note = try await notes.note(size: segment.last) else { continue }
            #expect(stored.map { String(decoding: $0.note, as: UTF8.self) } == note)
            sealed.append(segment.last)
        }
        return sealed
    }

    @Test("each segment gets the tree head of exactly its last position once it is full, inside and outside the log")
    func sealed() async throws {
        let (log, notes) = (InMemoryEventLog(segmentSize: 64), HeldNotes())
        var writer = Writer()
        let heads = try await service(log, notes)
        var leaves: [MerkleHash] = []
        for (count, expected) in [(63, []), (1, [64]), (1, [64]), (300, [64, 128, 192, 256, 320])]
            as [(Int, [Position])]
        {
            leaves += try await writer.append((0..<count).map { "pods/a/\($0)" }, to: log).map(\.leaf)
            try await heads.sign(at: now)
            #expect(try await seals(log, notes) == expected)
        }
        for size in [64, 320] {
            let head = try await notes.note(size: Position(size)).flatMap { SignedNote($0) }
                .flatMap { TreeHead(body: $0.text) }
            #expect(head?.root == Merkle.root(of: leaves[..<size]))
        }
        #expect(try await notes.latest().flatMap { SignedNote($0) }.flatMap { TreeHead(body: $0.text) }?.size == 365)
    }

    /// A log of 1000 events whose head was signed before it had segments.
    private func earlier(tampered: Bool = false) async throws -> (InMemoryEventLog, HeldNotes) {
        let (old, log, notes) = (InMemoryEventLog(), InMemoryEventLog(segmentSize: 64), HeldNotes())
        var writer = Writer()
        let events = try await writer.append((0..<1000).map { "pods/a/\($0)" }, to: old)
        try await service(old, notes).sign(at: now)
        for index: Int64 in 0..<3 {
            if let tile = try await old.tile(level: 0, index: index) {
                try await log.store(tile: tile, level: 0, index: index)
            }
        }
        if let head = try await old.latestCheckpoint() {
            try await log.store(checkpoint: head.note, size: head.size, at: now)
        }
        var copies = events
        if tampered {
            var event = events[9].event
            event.payload = Array("{}".utf8)
            copies[9] = Envelope.record(event, position: 10, recordedAt: events[9].recordedAt)
        }
        _ = try await log.append(copies, expected: LogHead(position: 0, term: 1))
        return (log, notes)
    }

    @Test("segments that were filled before are sealed some at a time, and no proof changes by that")
    func earlierSegments() async throws {
        let (log, notes) = try await earlier()
        let prover = LogProver(StoredLogFiles(log: log))
        let inclusion = try await prover.inclusion(of: 70).encoded
        let path = ProofPath.consistency(from: 900, to: 1000)
        let consistency = try await prover.roots(of: path, size: 1000)
        let heads = try await service(log, notes)
        #expect(try await heads.sign(at: now) == nil)
        #expect(try await seals(log, notes) == (1...8).map { $0 * 64 })
        try await heads.sign(at: now)
        #expect(try await seals(log, notes) == (1...15).map { $0 * 64 })
        let after = LogProver(StoredLogFiles(log: log))
        #expect(try await after.inclusion(of: 70).encoded == inclusion)
        #expect(try await after.roots(of: path, size: 1000) == consistency)
        let growth = try await after.consistency(from: 128, to: 960)
        #expect(growth.hashes.isEmpty == false)
        let result = try await LogVerifier(log: log, verifier: signer.verifier).verify(
            notes: try await notes.all())
        #expect(result.finding == nil && result.treeHeads == 16)
    }

    @Test("a segment that is not the one under the last tree head is not sealed")
    func tampered() async throws {
        let (log, notes) = try await earlier(tampered: true)
        let heads = try await service(log, notes)
        await #expect(throws: TreeHeadError.self) { try await heads.sign(at: now) }
        #expect(try await seals(log, notes).isEmpty)
    }
}
