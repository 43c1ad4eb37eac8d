import Domain
import EventLog
import Foundation
import Glibc
import KubeClient
import KubeModel
import Merkle

/// Keys as options name them.
enum VerifierKey {
    /// A log's public key.
    static func log(_ option: String) throws -> NoteVerifier {
        try read(option, NoteVerifier.init, "key of signed notes", next: "name the log's public key with --key")
    }

    static func witness(_ option: String) throws -> CosignatureVerifier {
        try read(
            option, CosignatureVerifier.init, "witness' verifier key",
            next: "`purser audit witness --init` prints one; that of a log is no witness' key")
    }

    /// The text itself, or a file that holds it.
    private static func read<Key>(_ option: String, _ parse: (String) -> Key?, _ what: String, next: String) throws
        -> Key
    {
        if let key = parse(option) { return key }
        guard !option.isEmpty, Paths.exists(option) else {
            throw CommandError("\"\(option)\" is no \(what), and no such file exists", next: next, status: .usage)
        }
        guard let key = parse(String(decoding: try PrivateFile.read(option), as: UTF8.self).trimmed) else {
            throw CommandError("\(option) holds no \(what)", next: next, status: .usage)
        }
        return key
    }
}

/// Verifies exported files with public keys alone.
struct OfflineVerification {
    let log: NoteVerifier
    /// All of them must have cosigned.
    let witnesses: [CosignatureVerifier]

    func verify(_ path: String) async throws {
        guard Paths.exists(path) else {
            throw CommandError("there is no \(path)", next: "check the path", status: .usage)
        }
        var isDirectory: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        if isDirectory.boolValue { return try await verify(directory: LogDirectory(path)) }
        let text = String(decoding: try PrivateFile.read(path), as: UTF8.self)
        do {
            try verify(text, path)
        } catch let error as ProofError {
            throw CommandError(
                "\(path) proves nothing: \(error)", next: "ask for the proof again, and check that the key is the log's"
            )
        }
    }

    private func verify(_ text: String, _ path: String) throws {
        if InclusionProof.isTitled(text) {
            guard let proof = InclusionProof(text) else { throw ProofError("it is damaged") }
            let (recorded, head) = try proof.event(log: log)
            let event = recorded.event
            Console.line(
                "position \(recorded.position) is in the log \(head.origin): \(event.type) of \(event.stream) by "
                    + "\(event.caller.subject) at \(recorded.recordedAt.rfc3339Micro)")
            try report(head, proof.checkpoint)
        } else if ConsistencyProof.isTitled(text) {
            guard let proof = ConsistencyProof(text) else { throw ProofError("it is damaged") }
            let (old, new) = try proof.verify(log: log)
            Console.line("the log \(new.origin) of size \(new.size) extends that of size \(old.size)")
            try report(new, proof.new)
        } else if let note = SignedNote(text) {
            guard let head = log.treeHead(note) else { throw ProofError("this key did not sign it") }
            try report(head, note)
        } else if text.hasPrefix("{") {
            let proof = try BillProof(text)
            let (report, head, note) = try proof.verify(log: log)
            Console.write(Bill.text(report))
            Console.line(
                "this bill follows from \(proof.usage.count) usage reports and \(proof.priced), which are in the log "
                    + head.origin)
            try self.report(head, note)
        } else {
            throw ProofError("it is none of a proof, a checkpoint and a bill")
        }
    }

    private func verify(directory: LogDirectory) async throws {
        let shows = isatty(STDERR_FILENO) == 1
        let result: LogVerification
        do {
            result = try await DirectoryVerifier(directory, verifier: log).verify { done, end in
                if shows { Console.write(Array("\rverified \(done) of \(end) events".utf8), to: STDERR_FILENO) }
            }
        } catch let missing as LogFileMissing {
            throw CommandError(missing.description, next: "name a directory that `purser audit export` wrote")
        }
        if shows { Console.note("") }
        if let finding = result.finding {
            throw CommandError("the export is not whole at \(finding)", next: "export the log again and compare")
        }
        guard let note = SignedNote(try directory.checkpoint(from: nil)), let head = log.treeHead(note) else { return }
        Console.line("\(Self.what(result, of: head.size)); tree root \(result.root.hexadecimal)")
        Console.line("\(result.treeHeads) signed tree heads agree with them")
        try report(head, note)
    }

    /// Which events were there; what an export leaves out, nothing is said of but that its hashes fit.
    private static func what(_ result: LogVerification, of size: Position) -> String {
        switch result.verified {
        case size: "\(size) events are as they were recorded"
        case 0: "no event is here, only the hashes of \(size), which fit"
        default:
            "\(result.verified) events are as they were recorded, from position \(size - result.verified + 1) on; of those "
                + "before only the hashes are here"
        }
    }

    /// Says which tree head everything rests on, and who vouches for it.
    private func report(_ head: TreeHead, _ note: SignedNote) throws {
        Console.line("signed tree head: size \(head.size), root \(head.root.hexadecimal)")
        for witness in witnesses {
            guard let cosignature = witness.cosignature(on: note) else {
                throw CommandError(
                    "the witness \(witness.name) has not cosigned the tree head of size \(head.size)",
                    next: "let it: `purser audit witness`, then export or prove again with --cosigned")
            }
            let time = Timestamp(seconds: cosignature.seconds).rfc3339
            Console.line("cosigned by \(witness.name) at \(time)")
        }
    }
}
