import Postgres

extension PostgresCluster {
    /// A new database with the given migrations, for one test.
    /// - Returns: its name; `purser` is a login that may do what a server may.
    public func database(_ migrations: [Migration]) async throws -> String {
        let name = "test_\(UInt32.random(in: 0 ... .max))"
        let admin = PostgresPool(conninfo())
        defer { admin.close() }
        // Roles belong to the cluster, and PostgreSQL does not let two sessions grant them at once.
        _ = try await admin.execute(PostgresStatement("lock", "SELECT pg_advisory_lock(1)"))
        _ = try await admin.execute(PostgresStatement("create", "CREATE DATABASE \(name)"))
        _ = try await Migrator(conninfo(database: name), migrations: migrations).migrate(serverLogin: "purser")
        return name
    }
}
