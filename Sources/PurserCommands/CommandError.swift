import EventLog
import KubeClient
import KubeModel
import KubeYAML

/// How a command ended, as the shell sees it. Documented in `purser help` and in the README.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    case success = 0
    case failure = 1
    case usage = 2
    case notFound = 3
    case conflict = 4
    case unreachable = 5
    case forbidden = 6
    case invalid = 7
}

/// What a person is told: what happened, and what to do next.
public struct CommandError: Error, Sendable, Hashable, CustomStringConvertible {
    public var message: String
    public var next: String?
    public var status: ExitStatus

    public init(_ message: String, next: String? = nil, status: ExitStatus = .failure) {
        (self.message, self.next, self.status) = (message, next, status)
    }

    public var description: String { message }

    /// Any error in these terms.
    public init(_ error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as KubeStatus: self.init(status: error)
        case let error as TransportError: self.init(transport: error)
        case .unavailable(let reason) as EventLogError:
            self.init(
                "the log cannot be read: \(reason)", next: "start the database, and look that its address is right",
                status: .unreachable)
        case .archiveMissing(let reason) as EventLogError:
            self.init(
                "the log cannot be read whole: \(reason)",
                next: "put the file back, or say where the archive's files lie: with --archive DIRECTORY for a command "
                    + "that opens the log itself, with `archiveDirectory` in the server's configuration for the server",
                status: .unreachable)
        case .busy(let reason) as EventLogError:
            self.init(reason, next: "try again when that is over; nothing was changed", status: .conflict)
        case .corrupt(let reason) as EventLogError:
            self.init(
                "the log is damaged: \(reason)",
                next: "put back a copy of the archive file if one is named, and look with `purser audit verify`")
        case let error as EventLogError: self.init("the log refused: \(error.reason)")
        case let error as KubeconfigError:
            self.init(error.description, next: "check KUBECONFIG, or run `purser up`", status: .usage)
        case let error as YAMLError:
            self.init("the manifest cannot be read: \(error)", next: "correct the YAML and try again", status: .usage)
        default: self.init("\(error)")
        }
    }

    private init(status: KubeStatus) {
        let text = "\(status.reason.isEmpty ? "Error" : status.reason): \(status.message)"
        switch status.code {
        case 404:
            self.init(
                text, next: "list what is with `purser get`, what was with `purser history`; -n names the namespace",
                status: .notFound)
        case 409 where status.message.contains("has been modified"):
            self.init(text, next: "read the object again and repeat the command", status: .conflict)
        case 409: self.init(text, next: nil, status: .conflict)
        case 401: self.init(text, next: "use a kubeconfig of this cluster (`export KUBECONFIG=…`)", status: .forbidden)
        case 403: self.init(text, next: "ask the cluster's administrator for the permission", status: .forbidden)
        case 400, 413, 415, 422:
            self.init(text, next: "correct what is named and try again", status: .invalid)
        case 503, 504: self.init(text, next: "wait a moment and look with `purser status`", status: .unreachable)
        default: self.init(text, next: nil, status: .failure)
        }
    }

    private init(transport: TransportError) {
        switch transport {
        case .unreachable:
            self.init(
                transport.description, next: "see whether it runs with `purser status`, start it with `purser up`",
                status: .unreachable)
        case .connectionLost, .timedOut:
            self.init(
                transport.description,
                next: "the call may have taken effect: look with `purser get` or `purser history` before repeating it",
                status: .unreachable)
        case .malformedResponse, .badSettings: self.init(transport.description)
        }
    }
}
