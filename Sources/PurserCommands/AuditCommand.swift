import ArgumentParser
import EventLog
import FoundationEssentials
import Glibc
import KubeClient
import Merkle
import PostgresEventLog

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Prove that the log is whole, prove what it holds, and search it.",
        discussion: """
            EXAMPLES
              purser audit verify                          recompute everything from the database
              purser audit prove 4711 -o event.tlog-proof  prove one event to somebody else
              purser audit search --user alice --refused   who tried what
            """,
        subcommands: [
            AuditVerifyCommand.self, AuditExportCommand.self, AuditProveCommand.self, AuditCosignCommand.self,
            AuditWitnessCommand.self, AuditSearchCommand.self,
        ])
}

struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Recompute the log's Merkle tree and compare it with every signed tree head.",
        discussion: """
            Reads the database itself, recomputes every leaf from the stored bytes, and trusts no stored hash. The tree \
            heads are the notes that the server signed and wrote outside PostgreSQL. Ends with 1 at the first event \
            that is wrong, and names its position.

            With --offline it reads files alone, without a server or a database: a directory that `purser audit export` \
            wrote, or a proof of `purser audit prove` or `purser bill report --proof`. The log's public key (--key) must \
            come from elsewhere than the files.

            EXAMPLES
              purser audit verify
              purser audit verify --offline export/ --key log.vkey
              purser audit verify --offline event.tlog-proof --key log.vkey --witness witness.vkey
              purser audit verify --database 'host=db.example dbname=purser user=purser' --notes notes/ --key log.vkey
            """)

    @OptionGroup var options: InstanceOptions
    @Option(help: "A libpq connection string; the instance's database if none is given.")
    var database: String?
    @OptionGroup var archive: ArchiveOption
    @Option(help: "The directory of the signed tree heads.")
    var notes: String?
    @Option(help: "The log's public key: a verifier key, or a file that holds one.")
    var key: String?
    @Option(help: ArgumentHelp("A directory or a file that was exported.", valueName: "path"))
    var offline: String?
    @Option(help: "A witness' verifier key, or a file that holds one; its cosignature must be there. Repeatable.")
    var witness: [String] = []

    func validate() throws {
        if offline != nil, key == nil {
            throw ValidationError("--offline needs the log's public key: --key FILE (server/log.vkey of the instance)")
        }
        if offline == nil, !witness.isEmpty { throw ValidationError("--witness belongs to --offline") }
    }

    func run() async throws {
        if let offline {
            let verification = OfflineVerification(
                log: try VerifierKey.log(key ?? ""), witnesses: try witness.map(VerifierKey.witness))
            return try await verification.verify(offline)
        }
        let server = try configuration()
        let verifier = try VerifierKey.log(key ?? server?.logVerifierFile ?? "")
        let heads = try Self.readNotes(notes ?? server?.treeHeadDirectory ?? "")
        let log = archive.open(database, server)
        defer { log.close() }
        let shows = isatty(STDERR_FILENO) == 1
        let result = try await LogVerifier(log: log, verifier: verifier).verify(notes: heads) {
            done, end in
            if shows { Console.write(Array("\rverified \(done) of \(end) events".utf8), to: STDERR_FILENO) }
        }
        if shows { Console.note("") }
        if let finding = result.finding {
            throw CommandError(
                "the log is not whole at \(finding)",
                next: "compare with a backup of the database from before this position, or put back a copy of the file "
                    + "that is named")
        }
        Console.line(
            "\(result.verified) events are as they were recorded; tree root \(result.root.hexadecimal)")
        Console.line("\(result.treeHeads) signed tree heads outside the database agree with them")
    }

    private func configuration() throws -> ServerConfiguration? {
        if database != nil, notes != nil, key != nil { return nil }
        return try ServerConfiguration.load(try options.load().serverFile)
    }

    static func readNotes(_ directory: String) throws -> [String] {
        guard Paths.exists(directory) else {
            throw CommandError(
                "there is no directory \(directory)", next: "name the tree heads' directory with --notes",
                status: .usage)
        }
        return try FileManager.default.contentsOfDirectory(atPath: directory).sorted().filter { !$0.hasSuffix(".new") }
            .map {
                String(decoding: try PrivateFile.read("\(directory)/\($0)"), as: UTF8.self)
            }
    }
}
