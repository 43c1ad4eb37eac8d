import EventLog
import KubeModel

extension KubeStatus {
    /// What a call is told whose events could not be read: to come again, unless somebody has to mend the log first.
    public static func unreadableLog(_ error: any Error) -> KubeStatus {
        let message = "the event log cannot be read: \(error)"
        switch error as? EventLogError {
        case .archiveMissing, .corrupt, .tooNew: return .internalError(message)
        case .unavailable, .outcomeUnknown, .refused, .busy, nil: return .serviceUnavailable(message)
        }
    }
}
