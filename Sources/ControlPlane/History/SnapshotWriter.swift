import Domain
import EventLog
import Logging
import ServiceLifecycle
import Synchronization

/// Keeps a snapshot of the state near the end of the log, so that a start replays little.
public struct SnapshotWriter: Service {
    let cluster: Cluster
    let logger: Logger
    /// Positions between two snapshots.
    let interval: Position
    private static let pause = Duration.seconds(30)

    public init(cluster: Cluster, interval: Position = 50_000, logger: Logger) {
        (self.cluster, self.interval, self.logger) = (cluster, interval, logger)
    }

    public func run() async throws {
        let writing = Writing(position: try await cluster.log.latestSnapshot(through: .max)?.position ?? 0)
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.pause)
                await write(writing, afterAtLeast: interval)
            }
        }
        // The next start then replays next to nothing.
        await write(writing, afterAtLeast: interval / 10)
    }

    private func write(_ writing: Writing, afterAtLeast distance: Position) async {
        let state = cluster.state
        guard state.position - writing.position.withLock({ $0 }) >= distance else { return }
        do {
            try await cluster.log.store(snapshot: state.snapshotBytes(), position: state.position)
            writing.position.withLock { $0 = state.position }
        } catch {
            logger.warning("a state snapshot could not be stored", metadata: ["error": "\(error)"])
        }
    }
}

/// The position of the newest snapshot.
private final class Writing: Sendable {
    let position: Mutex<Position>
    init(position: Position) { self.position = Mutex(position) }
}
