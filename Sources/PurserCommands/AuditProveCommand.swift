import ArgumentParser
import EventLog
import KubeClient
import Merkle

struct AuditProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Prove that an event is in the log, or that one signed tree head extends another.",
        discussion: """
            The proof of an event is a c2sp.org/tlog-proof with the event beside it; whoever holds the log's public key \
            verifies it with `purser audit verify --offline FILE --key KEY`, without a server. With --from and --to it is \
            the proof that nothing of the smaller tree was changed in the larger one. For the proof of a bill see \
            `purser bill report --proof`.

            EXAMPLES
              purser audit prove 4711 -o event.tlog-proof
              purser audit prove --from 10000 --to 20000 -o growth.proof
              purser audit prove --from 10000 --witness-request    the body of a witness' add-checkpoint
              purser audit prove --from 0 --witness-request        of the first one
            """)

    @Argument(help: "The position of the event.")
    var position: Int64?
    @Option(help: ArgumentHelp("The size of the older signed tree head.", valueName: "size"))
    var from: Int64?
    @Option(help: ArgumentHelp("The size of the newer one; the newest if none is given.", valueName: "size"))
    var to: Int64?
    @Flag(help: "Prove under the newest tree head that a witness cosigned.")
    var cosigned = false
    @Flag(help: "Write the consistency proof as a witness takes it (c2sp.org/tlog-witness).")
    var witnessRequest = false
    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write; standard output if none.", valueName: "file"))
    var output: String?
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        guard (position == nil) != (from == nil) else {
            throw ValidationError("name the position of an event, or the sizes of two tree heads with --from and --to")
        }
        if position != nil, to != nil || witnessRequest {
            throw ValidationError("--to and --witness-request belong to --from")
        }
        if from != nil, cosigned { throw ValidationError("--cosigned belongs to the position of an event") }
        if let position, position < 1 { throw ValidationError("positions count from 1") }
    }

    func run() async throws {
        let files = ServerLogFiles(session: try cluster.connect())
        let prover = LogProver(files)
        do {
            if let position {
                let note: SignedNote
                if cosigned {
                    note = try await files.cosignedCheckpoint()
                } else {
                    note = try await files.checkpoint(covering: position)
                }
                try write(try await prover.inclusion(of: position, under: note).encoded)
            } else if from == 0, witnessRequest {
                try write(ConsistencyProof.firstWitnessRequest(try await prover.checkpoint(of: to)))
            } else if let from {
                let proof = try await prover.consistency(from: from, to: to)
                try write(witnessRequest ? proof.witnessRequest : proof.encoded)
            }
        } catch let error as ProofError {
            throw CommandError(error.description, next: "tree heads are listed by their sizes in server/tree-heads/")
        } catch let missing as LogFileMissing {
            throw CommandError(missing.description, status: .notFound)
        }
    }

    private func write(_ text: String) throws {
        guard let output else { return Console.write(text) }
        try PrivateFile.write(text, to: output, mode: 0o644)
    }
}
