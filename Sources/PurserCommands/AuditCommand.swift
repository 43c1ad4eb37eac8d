import ArgumentParser
import ControlPlane
import EventLog
import FoundationEssentials
import Glibc
import KubeClient
import LogBackup
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
            that is wrong, and names its position; or, where all events are right, at a file of the archive that is not \
            the one that was archived. Snapshots of the state are compared with what the events make.

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
        let result = try await LogVerifier(log: log, verifier: verifier).verify(notes: heads.map(\.note)) {
            done, end in
            if shows { Console.write(Array("\rverified \(done) of \(end) events".utf8), to: STDERR_FILENO) }
        }
        if shows { Console.note("") }
        if let finding = result.finding {
            if finding.position == 0, let file = heads.first(where: { !verifier.isHead($0.note) })?.file {
                throw CommandError(
                    "\(file) is no tree head that the key of \(verifier.name) signed",
                    next: "is it the log's key? Then the file was changed, or the server signs with another key")
            }
            throw CommandError(
                "the log is not whole at \(finding)",
                next: "compare with a backup of the database from before this position, or put back a copy of the file "
                    + "that is named")
        }
        if let position = try await StateLoader.wrongSnapshot(log) {
            throw CommandError(
                "the events are whole, but the state snapshot of position \(position) is not what they make up to there",
                next: "stop the servers, `DELETE FROM log.snapshots` in the database, and start them: they replay the "
                    + "events, and write snapshots anew")
        }
        Console.line(
            "\(result.verified) events are as they were recorded; tree root \(result.root.hexadecimal)")
        Console.line("\(result.treeHeads) signed tree heads outside the database agree with them")
        if result.signed < result.verified {
            Console.line("no signed tree head covers the events behind position \(result.signed) yet")
        }
        try await compareFiles(try await log.segments().filter { $0.file != nil }, archive.directory(database, server))
    }

    /// The archived events are right; the files that hold them should be the ones that were written, too.
    private func compareFiles(_ segments: [LogSegment], _ directory: String?) async throws {
        guard !segments.isEmpty, let directory else { return }
        let files = ArchiveDirectory(directory)
        for segment in segments {
            guard let difference = try files.difference(of: segment) else { continue }
            throw CommandError(
                difference, next: "its events are those that were signed; put back a copy of the archived file")
        }
        Console.line("\(segments.count) archive files are the ones that were archived")
    }

    private func configuration() throws -> ServerConfiguration? {
        if database != nil, notes != nil, key != nil { return nil }
        return try ServerConfiguration.load(try options.load().serverFile)
    }

    /// The signed tree heads in a directory, with their files.
    static func readNotes(_ directory: String) throws -> [(file: String, note: String)] {
        guard Paths.exists(directory) else {
            throw CommandError(
                "there is no directory \(directory)", next: "name the tree heads' directory with --notes",
                status: .usage)
        }
        // Half-written ones have another ending.
        let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted().filter {
            $0.hasSuffix(".note")
        }
        guard !files.isEmpty else {
            throw CommandError(
                "no signed tree head is in \(directory): nothing outside the database says what the log was",
                next: "put them back from a backup, or name a directory of copies with --notes")
        }
        return try files.map { name in
            let path = "\(directory)/\(name)"
            return (path, String(decoding: try PrivateFile.read(path), as: UTF8.self))
        }
    }
}

extension NoteVerifier {
    fileprivate func isHead(_ note: String) -> Bool { SignedNote(note).flatMap(treeHead) != nil }
}
