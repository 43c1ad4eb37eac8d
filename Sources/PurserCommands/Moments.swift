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

    /// The last position that counts at the moment, which must have been.
    func position(in log: any EventLog, now: Timestamp = Clock.now()) async throws -> Position {
        guard let time = time(now: now) else { return try await stated(log) }
        guard time <= now else {
            throw CommandError(
                "\(time.rfc3339) lies in the future", next: "name an earlier moment", status: .notFound)
        }
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
