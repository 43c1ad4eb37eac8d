import ArgumentParser
import EventLog
import Glibc
import KubeClient
import KubeModel
import LogBackup
import Merkle
import PostgresEventLog

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write the log into a directory, checking every event on the way.",
        discussion: """
            The log is the backup: objects, history and bills all come from it. It goes up to the last signed tree head, \
            and every event up to there is checked against the tree heads that lie outside the database. The server may \
            run meanwhile.

            The keys of Secrets and of signed tree heads go along, in files that only their owner may read. With \
            --without-keys they do not, and what was sealed with them cannot be opened from the backup.

            EXAMPLES
              purser backup --to /mnt/backup/2026-01-31
              purser backup --to /mnt/backup/2026-01-31 --without-keys
            """)

    @Option(help: ArgumentHelp("A new directory.", valueName: "directory"))
    var to: String
    @Flag(help: "Leave out the keys of Secrets and of the log's signatures.")
    var withoutKeys = false
    @OptionGroup var options: InstanceOptions

    func run() async throws {
        let instance = try options.load()
        let server = try ServerConfiguration.load(instance.serverFile)
        guard
            let verifier = NoteVerifier(
                String(decoding: try PrivateFile.read(server.logVerifierFile), as: UTF8.self).trimmed)
        else {
            throw CommandError("\(server.logVerifierFile) holds no key of signed notes", next: "start the server once")
        }
        let log = PostgresEventLog(server.database, archiveDirectory: server.archiveDirectory)
        defer { log.close() }
        let surroundings = LogBackup.Surroundings(
            verifier: verifier, notes: try TreeHeadDirectory(server.treeHeadDirectory).all(),
            keys: withoutKeys ? nil : log,
            secretFiles: withoutKeys
                ? [:]
                : [
                    Self.secretKey: try PrivateFile.read(server.secretKeyFile),
                    Self.signingKey: try PrivateFile.read(server.logSignerFile),
                ],
            subscriptions: log,
            remarks: [
                "instance": .string(instance.name), "nodeName": .string(instance.nodeName),
                "serviceCIDR": .string(instance.serviceCIDR), "clusterCIDR": .string(instance.clusterCIDR),
                "version": .string(Version.text),
            ])
        do {
            let manifest = try await LogBackup(Paths.absolute(to)).write(
                log, surroundings, progress: Self.progress("written"))
            Console.line(
                "\(manifest.size) events written to \(to), as they were signed\(manifest.hasKeys ? "" : "; without keys")"
            )
        } catch let error as BackupError {
            throw CommandError(
                error.description,
                next: "nothing was written; what is wrong with a log, `purser audit verify` tells")
        }
    }

    static let secretKey = "secret.key"
    static let signingKey = "log.skey"

    /// Counts on standard error where a person looks on.
    static func progress(_ verb: String) -> @Sendable (Int64, Int64) -> Void {
        guard isatty(STDERR_FILENO) == 1 else { return { _, _ in } }
        return { done, end in
            Console.write(Array("\r\(done) of \(end) events \(verb)\(done == end ? "\n" : "")".utf8), to: STDERR_FILENO)
        }
    }
}
