import Glibc
import KubeClient

/// The private PostgreSQL cluster of an instance: unix socket only, nobody but the instance's own users.
enum PostgresCluster {
    /// Added to what initdb wrote. Durability stays on; the rest is set for one append-heavy database.
    static func settings(socketDirectory: String) -> String {
        """

        # Written by `purser up`.
        listen_addresses = ''
        unix_socket_directories = '\(socketDirectory)'
        unix_socket_permissions = 0777
        max_connections = 64
        max_locks_per_transaction = 256 # a query of the past may lock each segment of the log and its indexes
        fsync = on
        synchronous_commit = on
        full_page_writes = on
        shared_buffers = 128MB
        wal_buffers = 16MB
        wal_compression = lz4
        max_wal_size = 4GB
        min_wal_size = 256MB
        checkpoint_timeout = 15min
        checkpoint_completion_target = 0.9
        default_toast_compression = lz4
        jit = off
        log_min_messages = warning
        log_line_prefix = '%m [%p] %q%u@%d '

        """
    }

    /// Who may log in: the kernel says who the caller is, and the map which role that may be.
    static let hostBasedAuthentication = "local all all peer map=purser\n"

    static func identities(server: String) -> String {
        """
        purser postgres postgres
        purser root postgres
        purser root \(Instance.databaseLogin)
        purser root purser_reader
        purser \(server) \(Instance.databaseLogin)

        """
    }

    /// Makes the cluster as user `postgres`; PostgreSQL refuses to work as root.
    static func create(_ instance: Instance, programs: Prerequisites, owner: Owner) async throws {
        let data = instance.postgresDirectory
        try Paths.directory(data, mode: 0o700, owner: owner)
        try await Program.run(
            owner.prefix + [
                programs.initdb, "--pgdata=\(data)", "--username=postgres", "--encoding=UTF8", "--no-locale",
                "--data-checksums",
                "--auth=peer",
            ])
        try append(settings(socketDirectory: instance.postgresSocketDirectory), to: "\(data)/postgresql.conf")
        // Without a server: nobody can connect yet.
        try await Program.run(
            owner.prefix + [programs.postgres, "--single", "-D", data, "postgres"],
            input: "CREATE DATABASE \(Instance.databaseName)\n")
        try replace("\(data)/pg_hba.conf", with: hostBasedAuthentication, owner)
        try replace("\(data)/pg_ident.conf", with: identities(server: Instance.systemUser), owner)
    }

    private static func append(_ text: String, to path: String) throws {
        guard let file = fopen(path, "a") else { throw FileError(path: path, operation: "open") }
        defer { fclose(file) }
        guard fputs(text, file) >= 0 else { throw FileError(path: path, operation: "write") }
    }

    private static func replace(_ path: String, with text: String, _ owner: Owner) throws {
        try Paths.write(Array(text.utf8), to: path, mode: 0o600, owner: owner)
    }
}
