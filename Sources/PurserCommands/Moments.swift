import APIServer
import Domain
import EventLog
import KubeModel

extension AsOf {
    /// The time that is meant; nil for a position, whose time only the log knows.
    func time(now: Timestamp = Clock.now()) -> Timestamp? {
        switch self {
        case .position: nil
        case .time(let time): time
        case .ago(let microseconds): Timestamp(microseconds: now.microseconds - microseconds)
        }
    }

    /// The last position that counts at the moment; a time in the future is now.
    func position(in log: any EventLog) async throws -> Position {
        guard let time = time() else { return try await stated(log) }
        let position = try await log.position(at: time)
        guard position > 0 else {
            throw CommandError(
                "nothing was recorded by \(time.rfc3339) yet", next: "name a later moment", status: .notFound)
        }
        return position
    }

    private func stated(_ log: any EventLog) async throws -> Position {
        let end = try await log.head().position
        guard case .position(let position) = self, position > 0, position <= end else {
            throw CommandError(
                "there is no such position: the log has positions 1 to \(end)", next: "name one of these",
                status: .notFound)
        }
        return position
    }
}
