import APIServer
import ArgumentParser
import ControlPlane
import Domain
import EventLog
import KubeModel
import LogBackup
import Logging
import PostgresEventLog

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Rebuild the state from the log: to check the running server's, or to look at any moment.",
        discussion: """
            Asks the server for the hash of its state and the position that it is of, folds the log in the database from \
            position 1 up to there, and compares. With --until it only rebuilds, and prints the hash at that moment.

            The state of a moment can be had in three forms, from the database alone, whatever becomes of the cluster: \
            as files (--into), as a database with its log up to there (--database), and as an API for kubectl and every \
            verb of purser that reads (--serve). Nothing of it touches the cluster. Values of Secrets stay sealed.

            EXAMPLES
              purser replay
              purser replay --until 4711
              purser replay --until "2h ago" --into then/           a file an object, for grep and diff -r
              purser replay --until 4711 --serve                    for kubectl, until Ctrl-C
              purser replay --until 4711 --database 'host=db user=postgres dbname=empty'

            EXIT STATUS
              0 the states are equal · 1 they differ, or the log contradicts itself.
            """)

    @OptionGroup var options: InstanceOptions
    @OptionGroup var cluster: ClusterOptions
    @Option(
        help: ArgumentHelp("The database to read, in place of the instance's: any libpq string.", valueName: "conninfo")
    )
    var source: String?
    @OptionGroup var archive: ArchiveOption
    @Option(
        help: ArgumentHelp(
            "A position, a time (RFC 3339) or an age such as 2h; the log's end if none is given.", valueName: "moment"))
    var until: String?
    @Option(help: ArgumentHelp("Write the state as files into a new directory.", valueName: "directory"))
    var into: String?
    @Option(help: ArgumentHelp("Fill an empty database with the log up to there.", valueName: "conninfo"))
    var database: String?
    @Flag(help: "Copy the key table into that database, too: Secrets' keys, still wrapped, and people's names.")
    var withKeys = false
    @Flag(help: "Serve the state on 127.0.0.1, to be looked at, until interrupted.")
    var serve = false
    @Option(help: "The port to serve it on; a free one if none is given.")
    var port: Int?

    func validate() throws {
        guard [into != nil, database != nil, serve].count(where: { $0 }) <= 1 else {
            throw ValidationError("choose one of --into, --database and --serve")
        }
        if withKeys, database == nil { throw ValidationError("--with-keys belongs to --database") }
        if port != nil, !serve { throw ValidationError("--port belongs to --serve") }
        if let port, UInt16(exactly: port) == nil { throw ValidationError("--port \(port) is no port: 0 to 65535") }
    }

    func run() async throws {
        let server = source == nil ? try ServerConfiguration.load(try options.load().serverFile) : nil
        let log = archive.open(source, server)
        defer { log.close() }
        guard until != nil || into != nil || database != nil || serve else { return try await compare(log) }
        let position = try await position(in: log)
        if let into { return try await write(log, through: position, into: Paths.absolute(into)) }
        if let database {
            return try await copy(log, source ?? server?.database ?? "", through: position, to: database)
        }
        if serve { return try await show(log, at: position) }
        report(try await rebuild(log, through: position))
    }

    private func position(in log: PostgresEventLog) async throws -> Position {
        if let until { return try await AsOf(until).position(in: log) }
        return try await log.head().position
    }
}

// What a replay is good for.
extension ReplayCommand {
    private func compare(_ log: PostgresEventLog) async throws {
        let answer = try await cluster.connect().purser("GET", "statehash")
        guard let position = answer.int("position"), let expected = answer.string("sha256") else {
            throw CommandError("the server's answer has no position and hash", next: "use a server of this version")
        }
        let state = try await rebuild(log, through: position)
        report(state)
        guard state.state.contentHash().hexadecimal == expected else {
            throw CommandError(
                "the running server's state at position \(position) has the hash \(expected), the rebuilt one another",
                next:
                    "see with `purser audit verify` whether a snapshot that the server started from was changed; if none was, "
                    + "restart the server, and report this as a defect")
        }
        Console.line("the running server has the same state")
    }

    private func write(_ log: PostgresEventLog, through position: Position, into path: String) async throws {
        let directory = StateDirectory(path: path)
        try directory.prepare()
        let rebuilt = try await rebuild(log, through: position)
        let last = try await log.read(after: position - 1, limit: 1, filter: .all).first
        let count = try directory.write(rebuilt.state, recordedAt: last?.recordedAt ?? Timestamp(microseconds: 0))
        report(rebuilt)
        Console.line("\(count) objects written to \(path)")
    }

    private func copy(_ log: PostgresEventLog, _ source: String, through position: Position, to target: String)
        async throws
    {
        let database = NewDatabase(conninfo: target)
        try await database.prepare(source: source)
        do {
            let state = try await database.fill(through: position) { copy in
                try await LogCopy(of: log).write(
                    through: position, into: copy, progress: BackupCommand.progress("copied"))
                guard withKeys else { return }
                for (id, key) in try await log.keys(idPrefix: "") { try await copy.store(key: key, id: id) }
            }
            try await database.writeReadTables(of: state)
            Console.line("copied events 1 to \(position); the state's hash is \(state.contentHash().hexadecimal)")
        } catch {
            throw CommandError(
                "the database is not complete: \(error)",
                next: "drop it, find what is wrong with `purser audit verify`, and begin with an empty one")
        }
    }

    private func show(_ log: PostgresEventLog, at position: Position) async throws {
        var logger = Logger(label: "purser.sandbox")
        logger.logLevel = .warning
        try await Sandbox(log, at: position).serve(port: port ?? 0, logger: logger) { kubeconfig, time in
            Console.note("the cluster as it was at position \(position), \(time.rfc3339), until you press Ctrl-C:")
            Console.line("export KUBECONFIG=\(kubeconfig)")
        }
    }

    private typealias Rebuilt = (state: ClusterState, seconds: Double)

    private func rebuild(_ log: PostgresEventLog, through position: Position) async throws -> Rebuilt {
        let start = ContinuousClock.now
        do {
            let state = try await StateLoader.replay(log, through: position)
            return (state, start.duration(to: .now) / .seconds(1))
        } catch let error as EventLogError {
            throw error
        } catch {
            throw CommandError("the log cannot be replayed: \(error)", next: "run `purser audit verify`")
        }
    }

    private func report(_ rebuilt: Rebuilt) {
        let milliseconds = Int64((rebuilt.seconds * 1000).rounded())
        Console.line(
            "rebuilt the state at position \(rebuilt.state.position) in \(milliseconds) ms: "
                + rebuilt.state.contentHash().hexadecimal)
    }
}
