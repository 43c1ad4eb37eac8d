/// Why no answer came from the API server. What the server itself refuses is a `KubeStatus` instead.
public enum TransportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No connection could be made; the request was surely not sent.
    case unreachable(server: String, reason: String)
    /// The connection broke after the request may have been sent: its outcome is unknown.
    case connectionLost(server: String, reason: String)
    /// No answer within the time allowed: the outcome is unknown.
    case timedOut(server: String)
    /// What came back is not what the API answers.
    case malformedResponse(String)
    /// The connection's own settings cannot be used (a certificate that does not parse, a URL without a host).
    case badSettings(String)

    public var description: String {
        switch self {
        case .unreachable(let server, let reason): "cannot reach the API server at \(server): \(reason)"
        case .connectionLost(let server, let reason): "lost the connection to the API server at \(server): \(reason)"
        case .timedOut(let server): "the API server at \(server) did not answer in time"
        case .malformedResponse(let reason): "the API server's answer cannot be understood: \(reason)"
        case .badSettings(let reason): reason
        }
    }
}
