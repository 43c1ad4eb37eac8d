import CLibPQ
import Glibc

/// A plain blocking connection, for migrations. Only for threads that may block.
final class BlockingConnection {
    private let connection: OpaquePointer

    init(_ conninfo: String) throws(PostgresError) {
        guard let connection = LibPQ.connect(conninfo) else { throw .notSent("out of memory") }
        self.connection = connection
        guard PQstatus(connection) == CONNECTION_OK else { throw .notSent(LibPQ.message(connection)) }
    }

    deinit { PQfinish(connection) }

    /// Runs SQL of one or more statements.
    func run(_ sql: String) throws(PostgresError) { _ = try rows(PQexec(connection, sql)) }

    /// Runs one statement with text parameters; NULL comes back as an empty text.
    func query(_ sql: String, _ parameters: [String] = []) throws(PostgresError) -> [[String]] {
        let values = parameters.map { strdup($0) }
        defer { for value in values { free(value) } }
        return try rows(
            PQexecParams(connection, sql, Int32(values.count), nil, values.map { UnsafePointer($0) }, nil, nil, 0))
    }

    /// A name as SQL writes it.
    func quoted(_ name: String) -> String {
        "\"" + String(name.flatMap { $0 == "\"" ? "\"\"" : String($0) }) + "\""
    }

    private func rows(_ result: OpaquePointer?) throws(PostgresError) -> [[String]] {
        guard let result else { throw .notSent(LibPQ.message(connection)) }
        defer { PQclear(result) }
        guard LibPQ.isSuccess(result) else { throw LibPQ.error(result) }
        return (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { PQgetvalue(result, row, $0).map { String(cString: $0) } ?? "" }
        }
    }
}
