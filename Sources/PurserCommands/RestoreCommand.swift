import APIServer
import ArgumentParser
import ControlPlane
import Domain
import EventLog
import FoundationEssentials
import Glibc
import KubeClient
import KubeModel
import LogBackup
import Postgres
import PostgresEventLog

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a cluster of a backup, as it was at any moment.",
        discussion: """
            Checks the whole backup first. Then appends its events up to the moment to an empty log: of a new instance in \
            --data, which `purser up` then starts, or of an empty database. The state is the same to the byte, which the \
            printed hash shows: compare it with `purser replay --until P` of the original.

            Restored to its end with its keys, the log goes on under its own name and key. Restored to an earlier moment \
            it is another log from there on, and gets a name and a key of its own.

            EXAMPLES
              purser restore --from /mnt/backup/2026-01-31 --data /srv/again --name again
              purser restore --from /mnt/backup/2026-01-31 --at 2026-01-31T12:00:00Z --data /srv/noon --name noon
              purser restore --from backup --at 4711 --database 'host=db user=postgres dbname=empty'
            """)

    @Option(help: ArgumentHelp("The backup's directory.", valueName: "directory"))
    var from: String
    @Option(help: "A position, a time (RFC 3339) or an age such as 2h; the backup's end if none is given.")
    var at: String?
    @Option(help: ArgumentHelp("An empty database, in place of an instance.", valueName: "conninfo"))
    var database: String?
    @Option(help: "The new instance's name.")
    var name = Instance.defaultName
    @OptionGroup var options: InstanceOptions

    func run() async throws {
        let backup = LogBackup(Paths.absolute(from))
        if database == nil { try requireRoom() }
        do {
            let (manifest, position) = try await backup.verify(try point())
            Console.note("the backup's \(manifest.size) events are as they were signed")
            if let database {
                try await fill(database, from: backup, through: position)
                return
            }
            try await makeInstance(of: backup, manifest, through: position)
        } catch let error as BackupError {
            throw CommandError(error.description, next: "restore another backup, or into another place")
        }
    }

    private func point() throws -> RestorePoint {
        guard let at else { return .end }
        let moment = try AsOf(at)
        if case .position(let position) = moment { return .position(position) }
        return moment.time().map { .time($0) } ?? .end
    }

    private func fill(_ database: String, from backup: LogBackup, through position: Position) async throws {
        let database = NewDatabase(conninfo: database)
        try await database.prepare()
        let state = try await database.fill(through: position) { log in
            try await backup.restore(
                through: position, into: log, keys: log, subscriptions: log,
                progress: BackupCommand.progress("restored"))
        }
        Console.line("restored to position \(position); the state's hash is \(state.contentHash().hexadecimal)")
    }

    private func makeInstance(of backup: LogBackup, _ manifest: LogBackup.Manifest, through position: Position)
        async throws
    {
        let directory = options.directory
        try Paths.directory(directory)
        let lock = try UpCommand.lock(directory)
        defer { close(lock) }
        let files = try await planned(manifest).prepare(directory, executable: try UpCommand.executable())
        let postgres = TemporaryPostgres(files: files)
        try await postgres.start()
        do {
            try await fill(files.instance.database(role: "postgres"), from: backup, through: position)
        } catch {
            try? await postgres.stop()
            throw error
        }
        try await postgres.stop()
        try writeKeys(backup, manifest, through: position, files)
        Console.line("start it with `purser up --data \(directory)`")
    }

    private func requireRoom() throws {
        try InstanceOptions.requireRoot()
        guard try Instance.load(options.directory) == nil else {
            throw CommandError(
                "there is an instance in \(options.directory) already", next: "name a new directory with --data",
                status: .conflict)
        }
    }

    /// The new instance with the old one's node and ranges: the addresses in its objects are of these.
    private func planned(_ manifest: LogBackup.Manifest) throws -> UpCommand {
        var arguments = ["--data", options.directory, "--name", name]
        for (option, member) in [
            ("--node-name", "nodeName"), ("--service-cidr", "serviceCIDR"), ("--cluster-cidr", "clusterCIDR"),
        ] {
            if let value = manifest.remarks.string(member) { arguments += [option, value] }
        }
        return try UpCommand.parse(arguments)
    }

    private func writeKeys(
        _ backup: LogBackup, _ manifest: LogBackup.Manifest, through position: Position, _ files: InstanceFiles
    ) throws {
        let instance = files.instance
        if let key = backup.file(BackupCommand.secretKey) {
            try Paths.write(key, to: instance.secretKeyFile, mode: 0o600, owner: files.server)
        }
        guard position == manifest.size, let key = backup.file(BackupCommand.signingKey) else { return }
        let configuration = instance.serverConfiguration
        try Paths.write(key, to: configuration.logSignerFile, mode: 0o600, owner: files.server)
        if let verifier = backup.file("log.vkey") {
            try Paths.write(verifier, to: configuration.logVerifierFile, mode: 0o644, owner: files.server)
        }
        let heads = configuration.treeHeadDirectory
        try Paths.directory(heads, owner: files.server)
        for (size, text) in try backup.notes(through: position) {
            try Paths.write(Array(text.utf8), to: "\(heads)/\(size).note", mode: 0o644, owner: files.server)
        }
    }
}

/// An instance's PostgreSQL while nothing else of it runs.
private struct TemporaryPostgres {
    let files: InstanceFiles

    func start() async throws { try await control("start", "-l", "\(files.instance.postgresDirectory)/restore.log") }
    func stop() async throws { try await control("stop", "-m", "fast") }

    private func control(_ words: String...) async throws {
        let program = files.programs.postgres.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/pg_ctl"
        try await Program.run(
            files.postgres.prefix + [program, "-D", files.instance.postgresDirectory, "-w"] + words)
    }
}
