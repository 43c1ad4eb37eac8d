import ArgumentParser
import EventLog
import FoundationEssentials
import Glibc
import KubeClient
import KubeModel
import Merkle

struct AuditCosignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cosign", abstract: "Hand a witness' cosignature to the server, which keeps and serves it.",
        discussion: """
            FILE holds a checkpoint with cosignatures below it, or only the lines that a c2sp.org/tlog-witness answered \
            with; then --size names the tree head that they are of. The server takes what its known witnesses signed \
            (`purser server --witness`).

            EXAMPLES
              purser audit cosign cosigned-checkpoint.txt
              purser audit prove --from 10000 --to 20000 --witness-request |
                  curl --data-binary @- https://witness.example/add-checkpoint | purser audit cosign - --size 20000
            """)

    @Argument(help: ArgumentHelp("A file, or - for standard input.", valueName: "file"))
    var file: String
    @Option(help: "The size of the tree head, where the file holds cosignatures only.")
    var size: Int64?
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let bytes =
            file == "-" ? try PrivateFile.read(descriptor: 0, path: "standard input") : try PrivateFile.read(file)
        let files = ServerLogFiles(session: try cluster.connect())
        var text = String(decoding: bytes, as: UTF8.self)
        if SignedNote(text) == nil {
            guard let size else {
                throw CommandError(
                    "\(file) holds no checkpoint",
                    next: "for lines of signatures alone, name the tree head with --size",
                    status: .usage)
            }
            text = try await files.checkpoint(from: size) + text
        }
        let taken = try await files.cosign(text)
        Console.line("the tree head of size \(taken.size) is cosigned by \(taken.witnesses.joined(separator: ", "))")
    }
}

struct AuditWitnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness", abstract: "Watch the log as a witness: cosign that it only grows.",
        discussion: """
            A witness belongs on a machine of somebody else than the log's operator. It keeps its key and the last tree \
            head that it saw in a directory, demands proof that the log's newest tree head extends that one, and cosigns \
            it. If the log was changed or split, it refuses, says so, and ends with 1. The server must know its verifier \
            key, which --init prints.

            EXAMPLES
              purser audit witness --init witness.example/w1 --state witness/
              purser server --config server.json --witness "$(cat witness/witness.vkey)"
              purser audit witness --state witness/ --key log.vkey
              purser audit witness --state witness/ --key log.vkey --every 60
            """)

    @Option(help: ArgumentHelp("The directory of the witness' key and memory.", valueName: "directory"))
    var state: String
    @Option(
        name: .customLong("init"),
        help: ArgumentHelp("Make a key of this name, print its verifier key, and end.", valueName: "name"))
    var newName: String?
    @Option(help: "The log's public key: a verifier key, or a file that holds one.")
    var key: String?
    @Option(help: ArgumentHelp("Go on, at this interval.", valueName: "seconds"))
    var every: Double?
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if newName == nil, key == nil { throw ValidationError("a witness needs the log's public key: --key FILE") }
        if let every, every < 1 { throw ValidationError("--every takes one second or more") }
    }

    func run() async throws {
        if let newName { return try create(newName) }
        let files = ServerLogFiles(session: try cluster.connect())
        let witness = LogWitness(
            log: try VerifierKey.log(key ?? ""), cosigner: try cosigner(), memory: TreeHeadDirectory("\(state)/seen"))
        while true {
            try await observe(witness, files)
            guard let every else { return }
            try await Task.sleep(for: .seconds(every))
        }
    }

    private func observe(_ witness: LogWitness, _ files: ServerLogFiles) async throws {
        let lock = try UpCommand.lock(state)
        defer { close(lock) }
        do {
            switch try await witness.observe(files, seconds: Clock.now().microseconds / 1_000_000) {
            case .nothingNew(let size): Console.line("size \(size): nothing new")
            case .cosigned(let note, let size):
                _ = try await files.cosign(note.encoded)
                Console.line("size \(size): cosigned")
            }
        } catch let error as ProofError {
            throw CommandError(
                "not cosigned: \(error)", next: "keep \(state)/seen: it is the evidence; then ask the log's operator")
        }
    }

    private func create(_ name: String) throws {
        guard !Paths.exists("\(state)/witness.skey") else {
            throw CommandError(
                "\(state) holds a witness' key already", next: "name another directory", status: .conflict)
        }
        let seed = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        guard let cosigner = Cosigner(name: name, seed: seed) else {
            throw CommandError(
                "\"\(name)\" is no name of a key",
                next: "use a name without spaces and plus signs, as witness.example/w1",
                status: .usage)
        }
        try Paths.directory(state, mode: 0o700)
        try PrivateFile.write(cosigner.secretText + "\n", to: "\(state)/witness.skey")
        try PrivateFile.write(cosigner.verifier.text + "\n", to: "\(state)/witness.vkey", mode: 0o644)
        Console.line(cosigner.verifier.text)
    }

    private func cosigner() throws -> Cosigner {
        let path = "\(state)/witness.skey"
        guard let cosigner = Cosigner(String(decoding: try PrivateFile.read(path), as: UTF8.self).trimmed) else {
            throw CommandError("\(path) holds no witness' key", next: "make one with --init", status: .usage)
        }
        return cosigner
    }
}

extension ServerLogFiles {
    /// The newest signed tree head that a witness cosigned.
    func cosignedCheckpoint() async throws -> SignedNote {
        let bytes = try await get("log/checkpoint", query: [("cosigned", "true")])
        guard let note = SignedNote(String(decoding: bytes, as: UTF8.self)) else {
            throw CommandError("the server's checkpoint cannot be read", next: "use a server of this version")
        }
        return note
    }

    func cosign(_ note: String) async throws -> (size: Int64, witnesses: [String]) {
        let response = try await session.client.raw(
            "POST", "\(Self.prefix)/cosignatures", body: Array(note.utf8), contentType: "text/plain")
        let answer = try response.json()
        return (answer.int("size") ?? 0, answer.array("witnesses").compactMap(\.stringValue))
    }
}
