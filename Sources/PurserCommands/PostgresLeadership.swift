import ControlPlane
import Postgres
import Synchronization

/// Leadership by an advisory lock of PostgreSQL: held as long as its connection lives, free the moment it breaks.
///
/// The lock only spares replicas a contest; what a late leader still sends is refused by the term in the log.
final class PostgresLeadership: Leadership {
    private let conninfo: String
    private let connection = Mutex<PostgresConnection?>(nil)

    private static let tryLock = PostgresStatement("purser_lead", "SELECT pg_try_advisory_lock(7305796)")
    private static let check = PostgresStatement("purser_leads", "SELECT 1")
    private static let pause = Duration.milliseconds(500)

    init(_ conninfo: String) { self.conninfo = conninfo }

    func acquire() async throws {
        while true {
            try Task.checkCancellation()
            let candidate = PostgresConnection(conninfo)
            while !candidate.isClosed, let rows = try? await candidate.execute(Self.tryLock) {
                if try rows.first?.bool(0) == true {
                    connection.withLock { $0 = candidate }
                    return
                }
                try await Task.sleep(for: Self.pause)
            }
            candidate.close()
            try await Task.sleep(for: Self.pause)
        }
    }

    func lost() async {
        guard let held = connection.withLock({ $0 }) else { return }
        while !Task.isCancelled, (try? await held.execute(Self.check)) != nil {
            guard (try? await Task.sleep(for: Self.pause)) != nil else { break }
        }
        held.close()
    }
}
