import Domain
import EventLog

extension StateLoader {
    /// Folds the log from position 1 and compares it with every stored snapshot that a start could begin with: a server
    /// believes them, and no signed tree head covers them.
    /// - Returns: the position of the first one that is not what the events up to there make.
    public static func wrongSnapshot(_ log: any EventLog) async throws -> Position? {
        var positions: [Position] = []
        var end = try await log.head().position
        while let snapshot = try await log.latestSnapshot(through: end) {
            positions.append(snapshot.position)
            end = snapshot.position - 1
        }
        var state = ClusterState()
        for position in positions.reversed() {
            state = try await extend(state, with: log, to: LogHead(position: position, term: 0)).state
            // One that a server took away meanwhile is no longer wrong, and one of another form is not used.
            guard let snapshot = try await log.latestSnapshot(through: position), snapshot.position == position,
                let stored = ClusterState(snapshot: snapshot.bytes)
            else { continue }
            if stored.position != position || stored.contentHash() != state.contentHash() { return position }
        }
        return nil
    }
}
