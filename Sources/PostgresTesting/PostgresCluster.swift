import Foundation

/// A private PostgreSQL cluster for tests: in a temporary directory, on a unix socket only, with fsync on. It is
/// stopped and removed when the test process ends, however that ends.
public final class PostgresCluster: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// One cluster for all tests of a process; each test takes a database of its own.
    public static let shared = Result { try PostgresCluster() }

    public let directory: String
    private let binaries: String
    /// The open end of a pipe; the process that cleans up waits for its other end to close.
    private let lifeline: Pipe

    public init() throws {
        let versions = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql").compactMap { Int($0) }
        guard let version = versions.max() else {
            throw Failure(description: "PostgreSQL is not installed: apt-get install postgresql")
        }
        binaries = "/usr/lib/postgresql/\(version)/bin"
        directory = NSTemporaryDirectory() + "purser-postgres-\(UUID().uuidString.prefix(8))"
        lifeline = Pipe()
        for end in [lifeline.fileHandleForReading, lifeline.fileHandleForWriting] {
            _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Self.run(["/usr/bin/chmod", "0755", directory])
        if getuid() == 0 { try Self.run(["/usr/bin/chown", "postgres:postgres", directory]) }
        try startCleaner()
        try command("initdb", "-D", data, "-A", "trust", "--no-locale", "-E", "UTF8", "-U", "postgres", "--no-sync")
        try start()
    }

    /// A connection string for one database, as the superuser or as another login.
    public func conninfo(database: String = "postgres", user: String = "postgres") -> String {
        "host=\(directory) port=5432 dbname=\(database) user=\(user)"
    }

    public func start() throws {
        try command(
            "pg_ctl", "-D", data, "-l", "\(directory)/log", "-w", "-o",
            "-c listen_addresses='' -c unix_socket_directories='\(directory)' -c max_connections=400"
                + " -c shared_buffers=256MB -c max_wal_size=4GB",
            "start")
    }

    /// - Parameter mode: `fast` or, as in a crash, `immediate`.
    public func stop(mode: String = "fast") throws { try command("pg_ctl", "-D", data, "-m", mode, "-w", "stop") }

    private var data: String { "\(directory)/data" }

    private func command(_ name: String, _ arguments: String...) throws {
        try run(name, arguments)
    }

    /// Runs one of PostgreSQL's programs as its user, and waits, blocking, until it succeeded.
    public func run(_ program: String, _ arguments: [String]) throws {
        try Self.run(Self.asPostgres + ["\(binaries)/\(program)"] + arguments)
    }

    /// PostgreSQL refuses to run as root.
    private static var asPostgres: [String] {
        getuid() == 0
            ? [
                "/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "/usr/bin/env",
                "HOME=/tmp",
            ]
            : ["/usr/bin/env"]
    }

    /// Starts a shell that waits until this process is gone, then stops the cluster and removes its directory.
    private func startCleaner() throws {
        let script = """
            trap '' INT TERM HUP
            cat
            data=$1; shift; directory=$1; shift
            "$@" -D "$data" -m immediate stop
            rm -rf "$directory"
            """
        let arguments = ["/bin/sh", "-c", script, "sh", data, directory] + Self.asPostgres + ["\(binaries)/pg_ctl"]
        _ = try Self.spawn(arguments, input: lifeline.fileHandleForReading.fileDescriptor)
    }

    private static func run(_ arguments: [String]) throws {
        let pid = try spawn(arguments, input: nil)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else {
            throw Failure(description: "\(arguments.joined(separator: " ")) ended with wait status \(status)")
        }
    }

    /// Foundation's `Process` never sees a program end whose daemon keeps its descriptors, as `pg_ctl start` does.
    private static func spawn(_ arguments: [String], input: Int32?) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let copies = arguments.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, arguments[0], &actions, nil, copies + [nil], environ)
        guard failure == 0 else { throw Failure(description: "\(arguments[0]) cannot be started: error \(failure)") }
        return pid
    }
}
