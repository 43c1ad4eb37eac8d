import Domain
import EventLog
import Foundation
import KubeModel
import Merkle
import Testing

/// A directory of notes that goes with the last reference.
private final class Notes {
    let store = TreeHeadDirectory(NSTemporaryDirectory() + "purser-notes-\(UUID().uuidString)")
    deinit { try? FileManager.default.removeItem(atPath: store.path) }
}

private func cosigner(_ name: String = "witness.example/w1", seed: UInt8 = 9) throws -> Cosigner {
    try #require(Cosigner(name: name, seed: [UInt8](repeating: seed, count: 32)))
}

@Suite("A witness")
struct WitnessTests {
    @Test("cosigns a log that grows, and nothing twice")
    func growing() async throws {
        let fixture = try await ExportFixture()
        let witness = LogWitness(log: fixture.signer.verifier, cosigner: try cosigner(), memory: HeldNotes())
        for count in [3, 300, 1] {
            try await fixture.grow(count)
            guard case .cosigned(let note, let size) = try await witness.observe(fixture.files, seconds: 1_800_000_000)
            else {
                Issue.record("not cosigned")
                return
            }
            #expect(size == fixture.events.count)
            #expect(try cosigner().verifier.cosignature(on: note)?.seconds == 1_800_000_000)
            #expect(note.signatures.count == 2)
            // What another witness signed is not handed in again.
            let other = try cosigner("other", seed: 3)
            try await fixture.log.store(
                cosignature: try other.cosign(note, seconds: 7).line, of: other.verifier.text, size: size)
            let late = LogWitness(
                log: fixture.signer.verifier, cosigner: try cosigner("late", seed: 4), memory: HeldNotes())
            guard case .cosigned(let second, _) = try await late.observe(fixture.files, seconds: 8) else {
                Issue.record("not cosigned")
                return
            }
            #expect(second.signatures.map(\.name) == [testOrigin, "late"])
            #expect(try await witness.observe(fixture.files, seconds: 1_800_000_001) == .nothingNew(size: size))
        }
    }

    @Test("refuses a log that was cut, one that was forked, and one that another key signed")
    func forks() async throws {
        let (shown, cut) = (try await ExportFixture(), try await ExportFixture())
        try await shown.grow(400)
        let witness = LogWitness(log: shown.signer.verifier, cosigner: try cosigner(), memory: HeldNotes())
        _ = try await witness.observe(shown.files, seconds: 1)
        try await cut.grow(399)
        await #expect(throws: ProofError.self) { _ = try await witness.observe(cut.files, seconds: 2) }
        // Of the same size and larger, with one event that is another one.
        for more in [0, 1, 500] {
            let forked = try await ExportFixture()
            try await forked.grow(150, salt: 1)
            try await forked.grow(250 + more)
            await #expect(throws: ProofError.self, "\(more)") {
                _ = try await witness.observe(forked.files, seconds: 2)
            }
        }
        let stranger = LogWitness(
            log: try #require(NoteSigner(name: testOrigin, seed: Array(0..<32))).verifier, cosigner: try cosigner(),
            memory: HeldNotes())
        await #expect(throws: ProofError.self) { _ = try await stranger.observe(shown.files, seconds: 2) }
        // The log that it knows goes on being cosigned.
        try await shown.grow(1)
        guard case .cosigned = try await witness.observe(shown.files, seconds: 3) else {
            Issue.record("not cosigned")
            return
        }
    }

    @Test("is heard only if it is known, on a head that the log signed; kept below the note, and in the log")
    func intake() async throws {
        let (fixture, notes) = (try await ExportFixture(), Notes())
        try await fixture.grow(5)
        let known = try cosigner()
        let intake = CosignatureIntake(
            log: fixture.log, store: notes.store, verifier: fixture.signer.verifier, witnesses: [known.verifier])
        let note = try #require(SignedNote(try await fixture.files.checkpoint(from: nil)))
        func signed(_ note: SignedNote, _ cosigners: [Cosigner]) throws -> String {
            let signatures = try cosigners.map { try $0.cosign(note, seconds: 7) }
            return SignedNote(text: note.text, signatures: note.signatures + signatures).encoded
        }
        let stranger = try cosigner("other", seed: 3)
        await #expect(throws: CosignatureError.noWitness(["witness.example/w1"])) {
            _ = try await intake.take(try signed(note, [stranger]))
        }
        let forged = try fixture.signer.sign(
            TreeHead(origin: testOrigin, size: 5, root: Merkle.leaf([1])).body)
        await #expect(throws: CosignatureError.unknownHead(5)) {
            _ = try await intake.take(try signed(forged, [known]))
        }
        let larger = try fixture.signer.sign(TreeHead(origin: testOrigin, size: 6, root: Merkle.leaf([1])).body)
        await #expect(throws: CosignatureError.unknownHead(6)) {
            _ = try await intake.take(try signed(larger, [known]))
        }
        await #expect(throws: CosignatureError.self) { _ = try await intake.take("x") }

        for _ in 0..<2 {
            let taken = try await intake.take(try signed(note, [stranger, known]))
            #expect(taken.size == 5)
            #expect(taken.witnesses == ["witness.example/w1"])
        }
        let served = try await fixture.files.cosignedCheckpoint()
        #expect(try notes.store.note(size: 5) == served)
        let kept = try #require(SignedNote(served))
        #expect(kept.signatures.count == 2)
        #expect(known.verifier.cosignature(on: kept)?.seconds == 7)
        #expect(fixture.signer.verifier.verifies(kept))
    }
}
