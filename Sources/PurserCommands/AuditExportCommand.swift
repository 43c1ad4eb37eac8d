import ArgumentParser
import EventLog
import Glibc
import KubeClient
import PostgresEventLog

struct AuditExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the log to a directory that can be read and verified offline.",
        discussion: """
            Writes the signed tree head, all tiles of the Merkle tree, and the events' entries and payloads in bundles of \
            256, in the layout of c2sp.org/tlog-tiles. What is in the directory already is kept, so that an export can be \
            repeated to follow the log. Reads the cluster's server, or with --database the database itself.

            EXAMPLES
              purser audit export --to export/
              purser audit export --to export/ --from 100000 --until 200000
              purser audit verify --offline export/ --key /var/lib/purser/server/log.vkey
            """)

    @Option(help: ArgumentHelp("The directory; it is made if there is none.", valueName: "directory"))
    var to: String
    @Option(help: ArgumentHelp("The first position whose event is wanted.", valueName: "position"))
    var from: Int64 = 1
    @Option(help: ArgumentHelp("End at the first signed tree head of at least this size.", valueName: "size"))
    var until: Int64?
    @Flag(help: "End at the newest tree head that a witness cosigned.")
    var cosigned = false
    @Option(help: ArgumentHelp("A libpq connection string, to read the database itself.", valueName: "conninfo"))
    var database: String?
    @OptionGroup var archive: ArchiveOption
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        guard from > 0, until.map({ $0 > 0 }) ?? true else { throw ValidationError("positions count from 1") }
        if until != nil, cosigned { throw ValidationError("--until and --cosigned both name the end") }
        if let until, until < from { throw ValidationError("--until must not be before --from") }
    }

    func run() async throws {
        do {
            guard let database else {
                let files = ServerLogFiles(session: try cluster.connect())
                return try await export(files, head: cosigned ? try await files.cosignedCheckpoint().encoded : nil)
            }
            let log = archive.open(database, nil)
            defer { log.close() }
            let files = StoredLogFiles(log: log)
            try await export(files, head: cosigned ? try await files.cosignedCheckpoint() : nil)
        } catch let missing as LogFileMissing {
            throw CommandError(missing.description, status: .notFound)
        }
    }

    private func export(_ files: any LogFiles, head: String?) async throws {
        let shows = isatty(STDERR_FILENO) == 1
        let export = try await LogDirectory(to).export(files, from: from, until: until, head: head) { done, end in
            if shows { Console.write(Array("\rexported \(done) of \(end) events".utf8), to: STDERR_FILENO) }
        }
        if shows { Console.note("") }
        let events = export.events.map { "events \($0.lowerBound) to \($0.upperBound)" } ?? "no events"
        Console.line(
            "\(events) under the signed tree head of size \(export.size): \(export.files) files written to \(to)")
    }
}
