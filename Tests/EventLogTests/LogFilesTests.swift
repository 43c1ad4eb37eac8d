import Domain
import EventLog
import Foundation
import KubeModel
import Merkle
import Testing

let testOrigin = "purser.dev/log/test"

/// A signed log and a directory that it is exported to; the directory goes with the last reference.
final class ExportFixture {
    let log: any EventLog
    let signer: NoteSigner
    let directory: LogDirectory
    var events: [RecordedEvent] = []
    private var writer = Writer()
    private let heads: TreeHeadDirectory

    init(_ implementation: Implementation = .inMemory) async throws {
        log = try await implementation.make(events: 4096)
        signer = try #require(NoteSigner(name: testOrigin, seed: [UInt8](repeating: 1, count: 32)))
        directory = LogDirectory(NSTemporaryDirectory() + "purser-export-\(UUID().uuidString)")
        heads = TreeHeadDirectory(directory.path + "-heads")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory.path)
        try? FileManager.default.removeItem(atPath: heads.path)
    }

    var files: StoredLogFiles { StoredLogFiles(log: log) }

    /// Appends so many events and signs.
    /// - Parameter salt: makes other events of them.
    func grow(_ count: Int, salt: Int = 0) async throws {
        let start = events.count
        let expected = writer.head
        let new = (start..<start + count).map { writer.event("pods/a/\($0)", size: 2 + ($0 + salt) % 50) }
        #expect(try await log.append(new, expected: expected) == .appended)
        events += new
        try await TreeHeadSigner(log: log, origin: testOrigin, signer: signer, store: heads).sign(
            at: Timestamp(seconds: 1))
    }

    func verify() async throws -> LogVerification {
        try await DirectoryVerifier(directory, verifier: signer.verifier).verify()
    }

    func path(_ resource: LogResource) -> String { "\(directory.path)/\(resource.path)" }

    func root(_ size: Int) -> MerkleHash { Merkle.root(of: events[..<size].map(\.leaf)[...]) }
}

@Suite("A log's files")
struct LogFilesTests {
    @Test("an export verifies offline to its last event", arguments: Implementation.allCases)
    func export(_ implementation: Implementation) async throws {
        let fixture = try await ExportFixture(implementation)
        for count in [1, 299, 256, 214] { try await fixture.grow(count) }
        let export = try await fixture.directory.export(fixture.files)
        // Four tiles of level 0 and one of level 1, four bundles of each kind, and the checkpoint twice.
        #expect(export.size == 770)
        #expect(export.events == 1...770)
        #expect(export.files == 15)
        let result = try await fixture.verify()
        #expect(result.finding == nil)
        #expect(result.verified == 770)
        #expect(result.root == fixture.root(770))
        let names = try FileManager.default.subpathsOfDirectory(atPath: fixture.directory.path).filter {
            !$0.hasSuffix(".p") && ($0.contains("/0") || $0.contains(".")) || $0 == "checkpoint"
        }.sorted()
        #expect(names.contains("tile/0/003.p/2"))
        #expect(names.contains("tile/1/000.p/3"))
        #expect(names.contains("tile/entries/002"))
        #expect(names.contains("payload/003.p/2"))
    }

    @Test("an export goes on where the last one ended, at every edge of a tile")
    func growing() async throws {
        let fixture = try await ExportFixture()
        for count in [1, 254, 1, 1, 255, 1_280, 1] {
            try await fixture.grow(count)
            let export = try await fixture.directory.export(fixture.files)
            let result = try await fixture.verify()
            #expect(result.finding == nil, "\(export.size)")
            #expect(result.verified == export.size)
        }
        // Partial files that became full ones are gone.
        #expect(!FileManager.default.fileExists(atPath: fixture.directory.path + "/tile/0/000.p"))
        #expect(try fixture.directory.treeHeads().count == 7)
    }

    @Test("an export of a part holds the whole tree, and events from the bundle of its first position on")
    func part() async throws {
        let fixture = try await ExportFixture()
        for count in [600, 100, 300] { try await fixture.grow(count) }
        let export = try await fixture.directory.export(fixture.files, from: 520, until: 650)
        #expect(export.size == 700)
        #expect(export.events == 513...700)
        let result = try await fixture.verify()
        #expect(result.finding == nil)
        #expect(result.verified == 188)
        #expect(result.root == fixture.root(700))
    }

    @Test("an export ends at the tree head that is named")
    func namedHead() async throws {
        let fixture = try await ExportFixture()
        for count in [300, 100] { try await fixture.grow(count) }
        let head = String(decoding: try await fixture.files.bytes(of: .treeHead(size: 300)), as: UTF8.self)
        #expect(try await fixture.directory.export(fixture.files, head: head).size == 300)
        #expect(try fixture.directory.checkpoint(from: nil) == head)
        #expect(try await fixture.verify().verified == 300)
    }

    @Test("a witness that has seen nothing is asked from an empty tree on, without hashes")
    func firstWitnessRequest() async throws {
        let fixture = try await ExportFixture()
        for count in [3, 4] { try await fixture.grow(count) }
        let prover = LogProver(fixture.files)
        for (size, found) in [(3, 3), (nil, 7)] as [(Position?, Position)] {
            let note = try await prover.checkpoint(of: size)
            #expect(TreeHead(body: note.text)?.size == found)
            #expect(ConsistencyProof.firstWitnessRequest(note) == "old 0\n\n" + note.encoded)
        }
        await #expect(throws: ProofError.self) { _ = try await prover.checkpoint(of: 4) }
    }

    @Test("a tile is served at every width that it has had, never one that was not signed")
    func partialTiles() async throws {
        let fixture = try await ExportFixture(.postgres)
        try await fixture.grow(300)
        for width in [1, 200, 255, 256] {
            let tile = Tile(level: 0, index: 0, count: width)
            #expect(
                try await fixture.files.bytes(of: .tile(tile)) == fixture.events[..<width].flatMap(\.leaf))
        }
        let bundle = try await fixture.files.bytes(of: .entries(index: 1, count: 44))
        #expect(LogBundle.entries(of: bundle) == fixture.events[256...].map(\.envelope))
        #expect(
            try await fixture.files.bytes(of: .tile(Tile(level: 1, index: 0, count: 1)))
                == Merkle.root(of: fixture.events[..<256].map(\.leaf)[...]))
        for resource in [
            LogResource.tile(Tile(level: 0, index: 1, count: 45)), .tile(Tile(level: 1, index: 0, count: 2)),
            .entries(index: 1, count: 256), .treeHead(size: 299), .treeHead(size: 301),
        ] {
            await #expect(throws: LogFileMissing.self) { _ = try await fixture.files.bytes(of: resource) }
        }
    }

    @Test("a bundle is the bytes behind their lengths, and nothing else is one")
    func bundles() throws {
        let parts = [Array("ab".utf8), [], [UInt8](repeating: 7, count: 300)]
        let entries = try LogBundle.entries(parts)
        #expect(entries.prefix(6) == [0, 2, 0x61, 0x62, 0, 0])
        #expect(entries.count == 308)
        #expect(LogBundle.entries(of: entries) == parts)
        #expect(LogBundle.payloads(of: try LogBundle.payloads(parts)) == parts)
        #expect(LogBundle.entries(of: entries + [0]) == nil)
        #expect(LogBundle.entries(of: Array(entries.dropLast())) == nil)
        #expect(try LogBundle.entries([[UInt8](repeating: 0, count: 65_535)]).count == 65_537)
        #expect(throws: EventLogError.self) { try LogBundle.entries([[UInt8](repeating: 0, count: 65_536)]) }
    }

    @Test("proofs made of files verify with the public key alone", arguments: Implementation.allCases)
    func proofs(_ implementation: Implementation) async throws {
        let fixture = try await ExportFixture(implementation)
        for count in [100, 200, 300, 170] { try await fixture.grow(count) }
        _ = try await fixture.directory.export(fixture.files)
        for files in [fixture.files, fixture.directory] as [any LogFiles] {
            let prover = LogProver(files)
            for position: Position in [1, 256, 257, 600, 770] {
                let text = try await prover.inclusion(of: position).encoded
                let proof = try #require(InclusionProof(text))
                let proved = try proof.event(log: fixture.signer.verifier)
                #expect(proved.event == fixture.events[Int(position) - 1])
                #expect(proved.head.size == 770)
            }
            await #expect(throws: ProofError.self) { _ = try await prover.inclusion(of: 771) }
        }
        let prover = LogProver(fixture.files)
        for (old, new) in [(100, 300), (100, 770), (300, 600), (600, 600)] as [(Position, Position)] {
            let text = try await prover.consistency(from: old, to: new).encoded
            let heads = try #require(ConsistencyProof(text)).verify(log: fixture.signer.verifier)
            #expect((heads.old.size, heads.new.size) == (old, new))
        }
        let error = await #expect(throws: ProofError.self) { _ = try await prover.consistency(from: 101, to: 770) }
        #expect(error?.description == "no tree head of size 101 was signed; the next one is of size 300")
    }

    @Test("with any bit of an event, its index or its proof turned, a proof proves nothing")
    func forgedEvent() async throws {
        let fixture = try await ExportFixture()
        try await fixture.grow(9)
        let text = Array(try await LogProver(fixture.files).inclusion(of: 6).encoded.utf8)
        for bit in 0..<text.count * 8 {
            var wrong = text
            wrong[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let changed = String(validating: wrong, as: UTF8.self), let proof = InclusionProof(changed) else {
                continue
            }
            #expect(throws: ProofError.self, "bit \(bit)") { try proof.event(log: fixture.signer.verifier) }
        }
    }

    @Test(
        "cosignatures are kept, the first of a witness and size, and stand below the note",
        arguments: Implementation.allCases)
    func cosignatures(_ implementation: Implementation) async throws {
        let fixture = try await ExportFixture(implementation)
        for count in [3, 4, 5] { try await fixture.grow(count) }
        #expect(try await fixture.log.latestCosignedCheckpoint() == nil)
        try await fixture.log.store(cosignature: "— w 1", of: "w", size: 7)
        try await fixture.log.store(cosignature: "— w 2", of: "w", size: 7)
        try await fixture.log.store(cosignature: "— a 1", of: "a", size: 7)
        #expect(try await fixture.log.cosignatures(size: 7) == ["— a 1", "— w 1"])
        #expect(try await fixture.log.cosignatures(size: 12) == [])
        #expect(try await fixture.log.latestCosignedCheckpoint()?.size == 7)
        #expect(try await fixture.log.checkpoint(from: 4)?.size == 7)
        #expect(try await fixture.log.checkpoint(from: 13) == nil)
        #expect(try await fixture.files.cosignedCheckpoint().hasSuffix("\n— a 1\n— w 1\n"))
        await #expect(throws: EventLogError.self) {
            try await fixture.log.store(cosignature: "— w 1", of: "w", size: 8)
        }
    }
}

@Suite("Tampering with exported files")
struct ExportTamperingTests {
    /// What somebody does to a directory of 600 events, and the first position that must be named.
    enum Deed: String, CaseIterable {
        case payloadEdited, envelopeEdited, payloadsSwapped, entriesSwapped, entriesAndHashesSwapped, entryForged
        case entryDeleted, bundleDeleted, tailCut, tileCut, everythingForged, upperTile, checkpointOfOther
        case keyReplaced, headForged

        var position: Position {
            switch self {
            case .payloadEdited, .envelopeEdited, .entryForged: 300
            case .payloadsSwapped, .entriesSwapped: 299
            case .entriesAndHashesSwapped: 299
            case .entryDeleted, .bundleDeleted: 257
            case .tailCut: 513
            case .tileCut: 257
            // No hash is left that tells which: the last head of a tree that still holds is all there is.
            case .everythingForged: 600
            case .upperTile: 1
            case .checkpointOfOther, .keyReplaced, .headForged: 0
            }
        }
    }

    @Test("whatever is done to an export is found, at its first wrong position", arguments: Deed.allCases)
    func tampering(_ deed: Deed) async throws {
        let fixture = try await ExportFixture()
        for count in [400, 200] { try await fixture.grow(count) }
        _ = try await fixture.directory.export(fixture.files)
        #expect(try await fixture.verify().finding == nil)
        try Self.tamper(deed, fixture)
        var verifier = fixture.signer.verifier
        if deed == .keyReplaced {
            verifier = try #require(NoteSigner(name: testOrigin, seed: [UInt8](repeating: 2, count: 32))).verifier
        }
        let result = try await DirectoryVerifier(fixture.directory, verifier: verifier).verify()
        #expect(result.finding?.position == deed.position, "\(deed): \(String(describing: result.finding))")
    }

    private static func tamper(_ deed: Deed, _ fixture: ExportFixture) throws {
        let directory = fixture.directory
        let entries = LogResource.entries(index: 1, count: 256)
        let payloads = LogResource.payloads(index: 1, count: 256)
        let tile = Tile(level: 0, index: 1)
        func edit(_ resource: LogResource, _ change: (inout [[UInt8]]) -> Void) throws {
            let isEntries = resource == entries
            var parts = try #require(
                isEntries
                    ? LogBundle.entries(of: directory.bytes(of: resource))
                    : LogBundle.payloads(of: directory.bytes(of: resource)))
            change(&parts)
            try directory.write(isEntries ? LogBundle.entries(parts) : LogBundle.payloads(parts), as: resource)
        }
        func editTile(_ tile: Tile, _ change: (inout [MerkleHash]) -> Void) throws {
            var hashes = try #require(Tile.hashes(of: directory.bytes(of: .tile(tile))))
            change(&hashes)
            try directory.write(hashes.flatMap { $0 }, as: .tile(tile))
        }
        /// Event 300 with another payload, hashed anew as the log would have.
        var event = fixture.events[299].event
        event.payload = Array(#""forged""#.utf8)
        let forged = Envelope.record(event, position: 300, recordedAt: fixture.events[299].recordedAt)
        let remove = { (resource: LogResource) in try FileManager.default.removeItem(atPath: fixture.path(resource)) }

        switch deed {
        case .payloadEdited: try edit(payloads) { $0[43] = Array(#""x""#.utf8) }
        case .envelopeEdited: try edit(entries) { $0[43].append(0x20) }
        case .payloadsSwapped:
            try edit(payloads) { $0.swapAt(42, 43) }
        case .entriesSwapped: try edit(entries) { $0.swapAt(42, 43) }
        case .entriesAndHashesSwapped:
            try edit(entries) { $0.swapAt(42, 43) }
            try edit(payloads) { $0.swapAt(42, 43) }
            try editTile(tile) { $0.swapAt(42, 43) }
        case .entryForged:
            try edit(entries) { $0[43] = forged.envelope }
            try edit(payloads) { $0[43] = event.payload }
        case .entryDeleted: try edit(entries) { $0.remove(at: 43) }
        case .bundleDeleted: try remove(entries)
        case .tailCut:
            for resource in [
                LogResource.entries(index: 2, count: 88), .payloads(index: 2, count: 88),
                .tile(Tile(level: 0, index: 2, count: 88)),
            ] { try remove(resource) }
        case .tileCut: try editTile(tile) { $0.removeLast() }
        case .everythingForged:
            try edit(entries) { $0[43] = forged.envelope }
            try edit(payloads) { $0[43] = event.payload }
            var root: MerkleHash = []
            try editTile(tile) {
                $0[43] = forged.leaf
                root = Merkle.root(of: $0[...])
            }
            try editTile(Tile(level: 1, index: 0, count: 2)) { $0[1] = root }
        case .upperTile: try editTile(Tile(level: 1, index: 0, count: 2)) { $0[0] = fixture.events[0].leaf }
        case .checkpointOfOther:
            let foreign = try #require(NoteSigner(name: "other", seed: [UInt8](repeating: 1, count: 32)))
            let head = TreeHead(origin: "other", size: 600, root: fixture.root(600))
            try directory.write(Array(foreign.sign(head.body).encoded.utf8), as: .checkpoint)
        case .keyReplaced: break
        case .headForged:
            let note = String(decoding: try directory.bytes(of: .checkpoint), as: UTF8.self)
            let wrong = note.replacing("\n600\n", with: "\n599\n")
            try directory.write(Array(wrong.utf8), as: .treeHead(size: 599))
        }
    }
}
