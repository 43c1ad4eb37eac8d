import ArgumentParser
import LogBackup
import PostgresEventLog

/// Where a command that opens the log itself finds what lies there no more.
struct ArchiveOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The directory of archived parts of the log; the instance's if it is the instance's database.",
            valueName: "directory"))
    var archive: String?

    /// - Parameters:
    ///   - database: a connection string; nil for the server's.
    ///   - server: the instance's server; nil where there is none.
    func open(_ database: String?, _ server: ServerConfiguration?) -> PostgresEventLog {
        PostgresEventLog(database ?? server?.database ?? "", archiveDirectory: directory(database, server))
    }

    /// The directory itself; nil where nobody named one.
    func directory(_ database: String?, _ server: ServerConfiguration?) -> String? {
        archive ?? (database == nil || database == server?.database ? server?.archiveDirectory : nil)
    }
}

extension PostgresEventLog {
    convenience init(_ conninfo: String, archiveDirectory: String?) {
        self.init(conninfo, archive: archiveDirectory.map { ArchiveDirectory($0) })
    }
}
