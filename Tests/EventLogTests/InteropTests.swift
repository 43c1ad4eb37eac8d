import Domain
import EventLog
import Foundation
import KubeModel
import Merkle
import Testing

@Suite("Purser's log under the eyes of another implementation, Go's sumdb")
struct InteropTests {
    @Test(
        "tiles, entries, signed notes, cosignatures, inclusion and consistency proofs are accepted",
        arguments: [1, 255, 256, 700])
    func accepted(_ size: Int) async throws {
        let fixture = try await ExportFixture()
        let sizes = Set([1, size / 3, size / 2, size]).filter { $0 > 0 }.sorted()
        for (before, size) in zip([0] + sizes, sizes) {
            try await fixture.grow(size - before)
            _ = try await fixture.directory.export(fixture.files)
        }
        let witness = try #require(Cosigner(name: "witness.example/w1", seed: Array(1..<33)))
        var note = try #require(SignedNote(try fixture.directory.checkpoint(from: nil)))
        note.signatures.append(try witness.cosign(note, seconds: 1_795_000_000))
        try fixture.directory.write(Array(note.encoded.utf8), as: .checkpoint)

        let prover = LogProver(fixture.files)
        var proofs: [String] = []
        for position in Set([1, size / 2, size]).filter({ $0 > 0 }).map(Position.init) {
            proofs.append(try await prover.inclusion(of: position).encoded)
        }
        for old in sizes { proofs.append(try await prover.consistency(from: Position(old), to: nil).encoded) }
        var files: [String] = []
        for (index, proof) in proofs.enumerated() {
            files.append("\(fixture.directory.path)/proof\(index)")
            try Data(proof.utf8).write(to: URL(fileURLWithPath: files[index]))
        }
        let outcome = try run([fixture.signer.verifier.text, witness.verifier.text, fixture.directory.path] + files)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("\(size) entries under a tree head of size \(size)"))
        #expect(outcome.output.split(separator: "\n").count == 1 + files.count)
    }

    @Test("it refuses a changed entry and another key, as ours does")
    func refused() async throws {
        let fixture = try await ExportFixture()
        try await fixture.grow(5)
        _ = try await fixture.directory.export(fixture.files)
        let other = try #require(NoteSigner(name: testOrigin, seed: Array(1..<33))).verifier.text
        #expect(try run([other, "-", fixture.directory.path]).status != 0)
        var entries = fixture.events.map(\.envelope)
        entries[3].append(0x20)
        try fixture.directory.write(try LogBundle.entries(entries), as: .entries(index: 0, count: 5))
        let outcome = try run([fixture.signer.verifier.text, "-", fixture.directory.path])
        #expect(outcome.status != 0)
        #expect(outcome.output.contains("entry 3"))
    }

    private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = folder.appending(path: "Interop/tlogcheck")
        process.arguments = arguments
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
