/// What went wrong, without any parameter's value.
public enum PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No connection, or none any more; the statement was not sent.
    case notSent(String)
    /// The connection was lost after the statement may have been sent: whether it took effect is not known.
    case outcomeUnknown(String)
    /// The server refused the statement, which had no effect.
    case server(sqlState: String, message: String, constraint: String?)
    /// The task was cancelled and the statement had no effect.
    case cancelled
    /// The result is not of the form that the caller reads.
    case unexpectedResult(String)

    public var description: String {
        switch self {
        case .notSent(let why): "PostgreSQL cannot be reached, nothing was sent: \(why)"
        case .outcomeUnknown(let why): "the connection to PostgreSQL was lost, the outcome is unknown: \(why)"
        case .server(let state, let message, let constraint):
            "PostgreSQL refused the statement: \(message) (SQLSTATE \(state)\(constraint.map { ", \($0)" } ?? ""))"
        case .cancelled: "the statement was cancelled"
        case .unexpectedResult(let what): "unexpected result from PostgreSQL: \(what)"
        }
    }

    /// The five characters of a refusal, as in appendix A of PostgreSQL's manual.
    public var sqlState: String? { if case .server(let state, _, _) = self { state } else { nil } }
}
