import CLibPQ
import Glibc

/// Small steps over libpq that blocking and pipelined connections share.
enum LibPQ {
    /// Connects, blocking, with defaults that any libpq connection string may override. The result may be a failed
    /// connection, which still must be finished.
    static func connect(_ conninfo: String) -> OpaquePointer? {
        let settings = [
            ("connect_timeout", "5"), ("application_name", "purser"), ("client_encoding", "UTF8"),
            ("keepalives_idle", "5"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "15000"), ("dbname", conninfo),
        ]
        let keywords = settings.map { strdup($0.0) }
        let values = settings.map { strdup($0.1) }
        defer { for pointer in keywords + values { free(pointer) } }
        let connection = PQconnectdbParams(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        return connection
    }

    /// libpq's message about the connection, on one line. It never holds a password.
    static func message(_ connection: OpaquePointer?) -> String {
        let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        let line = text.split(whereSeparator: \.isNewline).map { $0.trimmingSpaces() }.joined(separator: "; ")
        return line.isEmpty ? "the connection was closed" : line
    }

    /// The refusal that a result holds. Details and data exceptions are left out: they quote values.
    static func error(_ result: OpaquePointer) -> PostgresError {
        func field(_ code: Character) -> String? {
            code.asciiValue.flatMap { PQresultErrorField(result, Int32($0)) }.map { String(cString: $0) }
        }
        let message = field("M") ?? "no message"
        guard let state = field("C"), let severity = field("V") else {
            return .outcomeUnknown("the connection was lost")
        }
        if severity != "ERROR" { return .outcomeUnknown("\(message) (SQLSTATE \(state))") }
        return .server(
            sqlState: state, message: state.hasPrefix("22") ? "invalid value" : message, constraint: field("n"))
    }

    static func isSuccess(_ result: OpaquePointer) -> Bool {
        let status = PQresultStatus(result)
        return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        var text = self.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
