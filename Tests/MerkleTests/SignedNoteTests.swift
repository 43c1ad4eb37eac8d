import Merkle
import Testing

@Suite("Tree heads as signed notes of C2SP")
struct SignedNoteTests {
    /// The example of the signed-note specification's reference implementation (golang.org/x/mod/sumdb/note).
    let verifierText = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    let example = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

        """

    @Test("a note signed by the reference implementation verifies")
    func reference() throws {
        let verifier = try #require(NoteVerifier(verifierText))
        #expect(verifier.name == "PeterNeumann")
        #expect(verifier.text == verifierText)
        let note = try #require(SignedNote(example))
        #expect(note.encoded == example)
        #expect(verifier.verifies(note))
        var changed = note
        changed.text = changed.text.replacing("cryptography", with: "Cryptography")
        #expect(!verifier.verifies(changed))
    }

    @Test("what a key signs its verifier accepts, and no other key's")
    func signing() throws {
        let signer = try #require(NoteSigner(name: "purser.dev/log/u1", seed: Array(0..<32)))
        let other = try #require(NoteSigner(name: "purser.dev/log/u1", seed: Array(1..<33)))
        let head = TreeHead(origin: "purser.dev/log/u1", size: 7, root: Merkle.leaf([1]))
        let note = try signer.sign(head.body)
        let parsed = try #require(SignedNote(note.encoded))
        #expect(parsed == note)
        #expect(signer.verifier.verifies(parsed))
        #expect(!other.verifier.verifies(parsed))
        #expect(TreeHead(body: parsed.text) == head)
    }

    @Test("a note with one wrong signature of a known key is wrong, however many right ones stand beside it")
    func wrongBesideRight() throws {
        let signer = try #require(NoteSigner(name: "log", seed: Array(0..<32)))
        let other = try #require(NoteSigner(name: "other", seed: Array(1..<33)))
        var note = try signer.sign("text\n")
        let right = note.signatures[0]
        note.signatures.append(try other.sign("another text\n").signatures[0])
        #expect(signer.verifier.verifies(note))
        note.signatures = [right, try signer.sign("another text\n").signatures[0]]
        #expect(!signer.verifier.verifies(note))
    }

    @Test(
        "what the specification keeps out of a note is refused: control characters, names of no key, endless signatures"
    )
    func strictForm() throws {
        let signer = try #require(NoteSigner(name: "log", seed: Array(0..<32)))
        let note = try signer.sign("text\n")
        for character in ["\r", "\t", "\0", "\u{1F}"] {
            #expect(SignedNote(note.encoded.replacing("text", with: "te\(character)xt")) == nil)
            #expect(SignedNote(note.encoded.replacing("— log", with: "— lo\(character)g")) == nil)
        }
        for name in ["l+g", "l\u{2003}g", ""] {
            #expect(SignedNote(note.encoded.replacing("— log", with: "— \(name)")) == nil)
        }
        func repeated(_ count: Int) -> SignedNote {
            SignedNote(text: note.text, signatures: Array(repeating: note.signatures[0], count: count))
        }
        #expect(SignedNote(repeated(100).encoded) == repeated(100))
        #expect(SignedNote(repeated(101).encoded) == nil)
    }

    @Test("keys come back from their text forms, altered ones do not")
    func keyTexts() throws {
        let signer = try #require(NoteSigner(name: "log", seed: Array(0..<32)))
        #expect(NoteSigner(signer.secretText)?.verifier == signer.verifier)
        #expect(NoteVerifier(signer.verifier.text) == signer.verifier)
        #expect(NoteVerifier(signer.verifier.text.replacing("log+", with: "Log+")) == nil)
        #expect(NoteSigner(signer.secretText.replacing("+log+", with: "+Log+")) == nil)
        #expect(NoteSigner(name: "with space", seed: Array(0..<32)) == nil)
        #expect(NoteSigner(name: "short", seed: [1]) == nil)
    }

    @Test(
        "a malformed tree head is none",
        arguments: [
            "", "o\n1\n", "o\n01\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n",
            "o\n-1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n", "o\n1\nbjQL\n", "o\n1\n****\n",
            "\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n",
            "o\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n\n",
            "o\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n\nextension\n",
        ])
    func malformed(_ body: String) { #expect(TreeHead(body: body) == nil) }

    @Test(
        "a text without a signature is no note",
        arguments: ["", "text\n", "text\n\n", "text\n\nsigned\n", "text\n\n— a b\n"])
    func noNote(_ text: String) { #expect(SignedNote(text) == nil) }
}
