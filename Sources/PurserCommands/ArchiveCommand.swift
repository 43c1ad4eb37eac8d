import APIServer
import ArgumentParser
import Domain
import EventLog
import Glibc
import KubeModel
import LogBackup
import Merkle
import PostgresEventLog

struct ArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "Move old parts of the log into compressed files.",
        discussion: """
            The log is kept in segments of a fixed number of events. One that is full is sealed by the server: a tree head \
            of exactly its last position is signed. A sealed segment can be archived: its events' bytes go into a \
            compressed file, and leave the database once the file was read back and agrees with the seal. Every command \
            works as before, and every proof stays what it was.

            EXAMPLES
              purser archive list
              purser archive --before 30d
              purser archive --before 2026-01-01T00:00:00Z --dry-run
              purser archive --before 1048577 --database 'host=db user=postgres dbname=purser' --archive /srv/archive \\
                --notes notes/ --key log.vkey
            """,
        subcommands: [ArchiveWriteCommand.self, ArchiveListCommand.self], defaultSubcommand: ArchiveWriteCommand.self)
}

/// The log whose segments a command is about.
struct ArchiveSource: ParsableArguments {
    @OptionGroup var options: InstanceOptions
    @Option(
        help: ArgumentHelp(
            "A libpq connection string of a role that owns the log; the instance's if none is given.",
            valueName: "conninfo"))
    var database: String?
    @OptionGroup var archive: ArchiveOption
    @Option(help: ArgumentHelp("The directory of the signed tree heads.", valueName: "directory"))
    var notes: String?

    func validate() throws {
        if database != nil, archive.archive == nil || notes == nil {
            throw ValidationError("with --database, name the directories with --archive and --notes too")
        }
    }

    func instance() throws -> Instance? { database == nil ? try options.load() : nil }

    /// The log as its owner sees it.
    func log(_ instance: Instance?) -> PostgresEventLog {
        PostgresEventLog(
            database ?? instance?.database(role: "postgres") ?? "", archiveDirectory: directory(instance))
    }

    func directory(_ instance: Instance?) -> String {
        Paths.absolute(archive.archive ?? instance?.archiveDirectory ?? "")
    }

    func heads(_ instance: Instance?) -> TreeHeadDirectory {
        TreeHeadDirectory(notes ?? instance?.serverConfiguration.treeHeadDirectory ?? "")
    }
}

struct ArchiveListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the log's segments and where their events lie.",
        discussion: """
            A segment is open until all its positions are taken, full from then on, sealed once its tree head is signed, \
            and archived once its events lie in a file.

            EXAMPLE
              purser archive list
            """)

    @OptionGroup var source: ArchiveSource

    func run() async throws {
        let instance = try source.instance()
        let log = source.log(instance)
        defer { log.close() }
        let (end, segments) = (try await log.head().position, try await log.segments())
        let (heads, directory) = (source.heads(instance), source.directory(instance))
        var rows: [[String]] = []
        for segment in segments where segment.first <= max(end, 1) {
            let state = try SegmentState(segment, end: end, heads: heads)
            let size = segment.file.map { Self.size("\(directory)/\($0)") } ?? ""
            rows.append(["\(segment.first)-\(segment.last)", state.rawValue, segment.file ?? "", size])
        }
        Console.write(Output.table(["SEGMENT", "STATE", "FILE", "SIZE"], rows))
    }

    private static func size(_ path: String) -> String {
        var status = stat()
        return stat(path, &status) == 0 ? Output.bytes(Int64(status.st_size)) : "missing"
    }
}

/// How far a segment has come.
enum SegmentState: String {
    case open, full, sealed, archived

    /// - Parameter end: the log's last position.
    init(_ segment: LogSegment, end: Position, heads: TreeHeadDirectory) throws {
        if segment.file != nil {
            self = .archived
        } else if segment.last > end {
            self = .open
        } else {
            self = try heads.note(size: segment.last) == nil ? .full : .sealed
        }
    }
}

struct ArchiveWriteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "write", abstract: "Archive the sealed segments that lie before a moment.",
        discussion: """
            May be ended at any time and run again: a segment's events leave the database in one step, when their file \
            was made durable, read back, and checked against the seal. The server may run meanwhile.

            EXAMPLES
              purser archive --before 30d
              purser archive --before 2026-01-01T00:00:00Z --dry-run
            """, shouldDisplay: false)

    @Option(help: "Archive what lies wholly before this position, time (RFC 3339) or age such as 30d.")
    var before: String
    @Flag(help: "Only say what would be archived.")
    var dryRun = false
    @Option(help: "The log's public key: a verifier key, or a file that holds one.")
    var key: String?
    @OptionGroup var source: ArchiveSource

    func validate() throws {
        if source.database != nil, key == nil {
            throw ValidationError("with --database, name the log's public key with --key FILE (server/log.vkey)")
        }
    }

    func run() async throws {
        let instance = try source.instance()
        let log = source.log(instance)
        defer { log.close() }
        let segments = try await candidates(log, source.heads(instance))
        guard !segments.isEmpty else {
            return Console.line("nothing is to be archived before \(before): see `purser archive list`")
        }
        guard !dryRun else {
            for (segment, _) in segments { Console.line("\(segment.first)-\(segment.last) would be archived") }
            return
        }
        let verifier = try VerifierKey.log(key ?? instance?.serverConfiguration.logVerifierFile ?? "")
        let files = LogArchive(
            source.directory(instance), group: instance == nil ? nil : Owner.named(Instance.systemUser)?.group)
        do {
            for (segment, seal) in segments {
                let file = try await files.write(
                    segment, of: log, seal: seal, verifier: verifier, progress: Self.progress(segment))
                try await log.archive(file.segment)
                Console.line(
                    "\(segment.first)-\(segment.last) archived in \(files.directory)/\(file.segment.file ?? "") "
                        + "(\(Output.bytes(Int64(file.size))))")
            }
        } catch let error as BackupError {
            throw CommandError(
                error.description,
                next: "nothing of this segment left the database; find what is wrong with `purser audit verify`")
        }
    }

    /// The segments that lie before the moment and are not archived, with their seals.
    private func candidates(_ log: PostgresEventLog, _ heads: TreeHeadDirectory) async throws
        -> [(segment: LogSegment, seal: String)]
    {
        let (last, end) = (try await last(log), try await log.head().position)
        var found: [(LogSegment, String)] = []
        for segment in try await log.segments() where segment.file == nil && segment.last <= min(last, end) {
            if let seal = try heads.note(size: segment.last) {
                found.append((segment, seal))
            } else {
                Console.note(
                    "\(segment.first)-\(segment.last) is full and not sealed yet: the server seals it within minutes")
            }
        }
        return found
    }

    /// The last position before the moment.
    private func last(_ log: PostgresEventLog) async throws -> Position {
        let moment = try AsOf(before)
        if let time = moment.time() { return try await log.position(at: time) }
        guard case .position(let position) = moment else { return 0 }
        return position - 1
    }

    private static func progress(_ segment: LogSegment) -> @Sendable (Position) -> Void {
        let (count, show) = (segment.last - segment.first + 1, BackupCommand.progress("written"))
        return { show($0, count) }
    }
}
