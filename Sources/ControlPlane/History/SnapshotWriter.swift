import Domain
import EventLog
import Logging
import ServiceLifecycle

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
        let start = try await cluster.log.latestSnapshot(through: .max)?.position ?? 0
        try? await cancelWhenGracefulShutdown {
            var last = start
            while true {
                try await Task.sleep(for: Self.pause)
                let state = cluster.state
                guard state.position - last >= interval else { continue }
                do {
                    try await cluster.log.store(snapshot: state.snapshotBytes(), position: state.position)
                    last = state.position
                } catch {
                    logger.warning("a state snapshot could not be stored", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
