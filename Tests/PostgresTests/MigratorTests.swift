import Postgres
import PostgresTesting
import Testing

@Suite("The migrator")
struct MigratorTests {
    let first = Migration(
        name: "0001_first.sql", sql: "CREATE TABLE log.first (a int); INSERT INTO log.first VALUES (1)")
    let second = Migration(name: "0002_second.sql", sql: "CREATE TABLE log.second (b int)")

    @Test("applies what is missing, once, in the order of names")
    func appliesOnce() async throws {
        let cluster = try PostgresCluster.shared.get()
        let conninfo = cluster.conninfo(database: try await cluster.database([]))
        #expect(try await Migrator(conninfo, migrations: [first]).migrate() == [first.name])
        #expect(try await Migrator(conninfo, migrations: [second, first]).migrate() == [second.name])
        #expect(try await Migrator(conninfo, migrations: [second, first]).migrate().isEmpty)
        let owner = try await PostgresConnection(conninfo).execute(
            PostgresStatement("owner", "SELECT tableowner::text FROM pg_tables WHERE tablename = 'second'"))
        #expect(try owner[0].text(0) == "purser_owner")
    }

    @Test("refuses where an applied migration was changed, or is not known any more")
    func refusesChanges() async throws {
        let cluster = try PostgresCluster.shared.get()
        let conninfo = cluster.conninfo(database: try await cluster.database([first]))
        let changed = Migration(name: first.name, sql: first.sql + " -- changed")
        await #expect(throws: MigrationError.changed(first.name)) {
            try await Migrator(conninfo, migrations: [changed, second]).migrate()
        }
        await #expect(throws: MigrationError.unknown(first.name)) {
            try await Migrator(conninfo, migrations: [second]).migrate()
        }
    }

    @Test("a migration that fails leaves nothing behind")
    func failureLeavesNothing() async throws {
        let cluster = try PostgresCluster.shared.get()
        let conninfo = cluster.conninfo(database: try await cluster.database([first]))
        let broken = Migration(name: "0002_broken.sql", sql: "CREATE TABLE log.half (); SELECT nonsense")
        await #expect(throws: MigrationError.self) {
            try await Migrator(conninfo, migrations: [first, broken]).migrate()
        }
        let half = try await PostgresConnection(conninfo).execute(
            PostgresStatement("half", "SELECT count(*) FROM pg_tables WHERE tablename = 'half'"))
        #expect(try half[0].int8(0) == 0)
        #expect(try await Migrator(conninfo, migrations: [first, second]).migrate() == [second.name])
    }
}
