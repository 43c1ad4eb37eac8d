import Merkle
import PropertyTesting
import Testing

private let origin = "purser.dev/log/u1"

private struct Fixture {
    let signer: NoteSigner
    let leaves: [MerkleHash]

    init(size: Int, seed: UInt8 = 1) throws {
        signer = try #require(NoteSigner(name: origin, seed: [UInt8](repeating: seed, count: 32)))
        leaves = (0..<size).map { Merkle.leaf([UInt8($0)]) }
    }

    func checkpoint(_ size: Int) throws -> SignedNote {
        try signer.sign(TreeHead(origin: origin, size: Int64(size), root: Merkle.root(of: leaves[..<size])).body)
    }

    func inclusion(_ index: Int, extra: [UInt8] = []) throws -> InclusionProof {
        InclusionProof(
            index: Int64(index), hashes: Merkle.inclusionProof(of: index, in: leaves[...]),
            checkpoint: try checkpoint(leaves.count), extra: extra)
    }

    func consistency(_ old: Int) throws -> ConsistencyProof {
        ConsistencyProof(
            old: try checkpoint(old), new: try checkpoint(leaves.count),
            hashes: Merkle.consistencyProof(from: old, in: leaves[...]))
    }
}

@Suite("Proofs as texts")
struct ProofTextTests {
    @Test("an inclusion proof is the text of C2SP's tlog-proof, and verifies with the log's key alone")
    func inclusion() throws {
        let fixture = try Fixture(size: 5)
        let proof = try fixture.inclusion(3, extra: Array("abc".utf8))
        let lines = proof.encoded.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "c2sp.org/tlog-proof@v1")
        #expect(lines[1] == "extra YWJj")
        #expect(lines[2] == "index 3")
        #expect(lines[6] == "")
        #expect(lines[7] == Substring(origin))
        let parsed = try #require(InclusionProof(proof.encoded))
        #expect(parsed == proof)
        #expect(try parsed.verify(leaf: fixture.leaves[3], log: fixture.signer.verifier).size == 5)
        #expect(InclusionProof(try fixture.inclusion(4).encoded) == (try fixture.inclusion(4)))
    }

    @Test("an inclusion proof of another leaf, key, index or size is refused")
    func forgedInclusion() throws {
        let fixture = try Fixture(size: 7)
        let verifier = fixture.signer.verifier
        let proof = try fixture.inclusion(2)
        #expect(throws: ProofError.self) { try proof.verify(leaf: fixture.leaves[3], log: verifier) }
        let other = try Fixture(size: 7, seed: 2).signer.verifier
        #expect(throws: ProofError.self) { try proof.verify(leaf: fixture.leaves[2], log: other) }
        for index in 0..<9 where index != 2 {
            var wrong = proof
            wrong.index = Int64(index)
            #expect(throws: ProofError.self) { try wrong.verify(leaf: fixture.leaves[2], log: verifier) }
        }
        for size in 3...6 {
            var wrong = proof
            wrong.checkpoint = try fixture.checkpoint(size)
            #expect(throws: ProofError.self) { try wrong.verify(leaf: fixture.leaves[2], log: verifier) }
        }
    }

    /// A base64 text has bits that stand for nothing; the reader must refuse those as well.
    @Test(
        "an index that no log can have is refused",
        arguments: ["9223372036854775807", "9223372036854775808", "-1", "03"])
    func impossibleIndex(_ index: String) throws {
        let text = try Fixture(size: 5).inclusion(3).encoded
        #expect(InclusionProof(text.replacing("index 3\n", with: "index \(index)\n")) == nil)
    }

    @Test("with any bit turned an inclusion proof proves nothing")
    func everyBitOfInclusion() throws {
        let fixture = try Fixture(size: 21)
        let verifier = fixture.signer.verifier
        let text = Array(try fixture.inclusion(11).encoded.utf8)
        for bit in 0..<text.count * 8 {
            var wrong = text
            wrong[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let changed = String(validating: wrong, as: UTF8.self), let proof = InclusionProof(changed) else {
                continue
            }
            let head = try? proof.verify(leaf: fixture.leaves[11], log: verifier)
            #expect(head == nil, "bit \(bit)")
        }
    }

    @Test("with any bit turned a consistency proof proves nothing")
    func everyBitOfConsistency() throws {
        let fixture = try Fixture(size: 21)
        let verifier = fixture.signer.verifier
        let proof = try fixture.consistency(13)
        #expect(try proof.verify(log: verifier).old.size == 13)
        #expect(ConsistencyProof(proof.encoded) == proof)
        let text = Array(proof.encoded.utf8)
        for bit in 0..<text.count * 8 {
            var wrong = text
            wrong[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let changed = String(validating: wrong, as: UTF8.self), let proof = ConsistencyProof(changed) else {
                continue
            }
            #expect(throws: ProofError.self, "bit \(bit)") { _ = try proof.verify(log: verifier) }
        }
    }

    @Test("hashes left out, doubled, swapped or replaced prove nothing", arguments: 1...20 as ClosedRange<UInt64>)
    func shuffled(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let size = Int.random(in: 2...200, using: &random)
        let fixture = try Fixture(size: size)
        let index = Int.random(in: 0..<size, using: &random)
        let right = try fixture.inclusion(index)
        for _ in 0..<50 {
            var wrong = right
            let place = Int.random(in: 0..<right.hashes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: wrong.hashes.remove(at: place)
            case 1: wrong.hashes.insert(right.hashes[place], at: place)
            case 2: wrong.hashes.shuffle(using: &random)
            default: wrong.hashes[place] = fixture.leaves.randomElement(using: &random) ?? []
            }
            guard wrong != right else { continue }
            #expect(throws: ProofError.self, "seed \(seed)") {
                _ = try wrong.verify(leaf: fixture.leaves[index], log: fixture.signer.verifier)
            }
        }
    }

    @Test("the body for a witness is C2SP's add-checkpoint")
    func witnessRequest() throws {
        let fixture = try Fixture(size: 4)
        let lines = try fixture.consistency(2).witnessRequest.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "old 2")
        #expect(lines[2] == "")
        #expect(lines[3...].joined(separator: "\n") == (try fixture.checkpoint(4).encoded))
    }
}

@Suite("Cosignatures of witnesses")
struct CosignatureTests {
    /// The worked example of C2SP's tlog-cosignature: a name, a time and a body give this key id's form.
    @Test("a cosignature carries its time and verifies with the witness' key only")
    func cosigning() throws {
        let witness = try #require(Cosigner(name: "witness.example/w1", seed: Array(1..<33)))
        let other = try #require(Cosigner(name: "witness.example/w1", seed: Array(2..<34)))
        let note = try Fixture(size: 3).checkpoint(3)
        var cosigned = note
        cosigned.signatures.append(try witness.cosign(note, seconds: 1_679_315_147))
        let parsed = try #require(SignedNote(cosigned.encoded))
        #expect(witness.verifier.cosignature(on: parsed)?.seconds == 1_679_315_147)
        #expect(other.verifier.cosignature(on: parsed) == nil)
        #expect(witness.verifier.cosignature(on: note) == nil)
        var changed = parsed
        changed.text = changed.text.replacing("\n3\n", with: "\n4\n")
        #expect(witness.verifier.cosignature(on: changed) == nil)
        // The log's own signature is none the worse for it.
        #expect(try Fixture(size: 3).signer.verifier.verifies(parsed))
        for bit in 0..<72 * 8 {
            var wrong = parsed
            wrong.signatures[1].bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(witness.verifier.cosignature(on: wrong) == nil, "bit \(bit)")
        }
    }

    @Test("a witness' keys are of a kind of their own and come back from their texts")
    func keys() throws {
        let witness = try #require(Cosigner(name: "w", seed: Array(0..<32)))
        #expect(CosignatureVerifier(witness.verifier.text) == witness.verifier)
        #expect(Cosigner(witness.secretText)?.verifier == witness.verifier)
        #expect(NoteVerifier(witness.verifier.text) == nil)
        #expect(CosignatureVerifier(witness.verifier.text.replacing("w+", with: "v+")) == nil)
    }

    @Test("the example of C2SP's tlog-cosignature reads as a note with two signatures")
    func example() throws {
        let note = try #require(
            SignedNote(
                """
                example.com/behind-the-sofa
                20852163
                CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

                — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
                — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==

                """))
        #expect(note.signatures.map(\.bytes.count) == [64, 72])
        #expect(note.signatures[1].bytes.prefix(8) == [0, 0, 0, 0, 0x64, 0x18, 0x50, 0xCB])
    }
}
