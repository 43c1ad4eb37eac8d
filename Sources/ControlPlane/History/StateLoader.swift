import Domain
import EventLog
import KubeModel
import Logging
import Synchronization

/// The state at the end of the log, as a server starts with it.
public struct LoadedState: Sendable {
    public var state: ClusterState
    public var head: LogHead
    public var lastRecordedAt: Timestamp
    /// How many events were replayed behind the snapshot.
    public var replayed: Int

    public init(state: ClusterState, head: LogHead, lastRecordedAt: Timestamp, replayed: Int) {
        (self.state, self.head) = (state, head)
        (self.lastRecordedAt, self.replayed) = (lastRecordedAt, replayed)
    }
}

/// Rebuilds the state from the log.
public enum StateLoader {
    /// From the latest snapshot plus the tail.
    public static func load(_ log: any EventLog, logger: Logger) async throws -> LoadedState {
        let head = try await log.head()
        var state = ClusterState()
        if let snapshot = try await log.latestSnapshot(through: head.position) {
            if let restored = ClusterState(snapshot: snapshot.bytes) {
                state = restored
            } else {
                logger.notice(
                    "a state snapshot has another form and is not used", metadata: ["position": "\(snapshot.position)"])
            }
        }
        return try await extend(state, with: log, to: head)
    }

    /// From position 1, without any snapshot, through a position.
    public static func replay(_ log: any EventLog, through position: Position) async throws -> ClusterState {
        let head = LogHead(position: position, term: 0)
        return try await extend(ClusterState(), with: log, to: head).state
    }

    /// The state at any position, from the latest snapshot before it.
    public static func state(_ log: any EventLog, at position: Position) async throws -> ClusterState {
        let snapshot = try await log.latestSnapshot(through: position)
        let start = snapshot.flatMap { ClusterState(snapshot: $0.bytes) } ?? ClusterState()
        return try await extend(start, with: log, to: LogHead(position: position, term: 0)).state
    }

    static func extend(_ state: ClusterState, with log: any EventLog, to head: LogHead) async throws
        -> LoadedState
    {
        let fold = Fold(state)
        try await log.replay(after: state.position, through: head.position) { try fold.apply($0) }
        let last = try await log.read(after: max(head.position - 1, 0), limit: 1, filter: .all).first
        return fold.finish(head: head, lastRecordedAt: last?.recordedAt)
    }

    /// The state while batches come in one after the other.
    private final class Fold: Sendable {
        private let content: Mutex<(state: ClusterState, count: Int)>
        init(_ state: ClusterState) { content = Mutex((state, 0)) }

        func apply(_ rows: [ReplayRow]) throws {
            try content.withLock { content in
                for row in rows {
                    try content.state.apply(
                        stream: row.stream, revision: row.revision, type: row.type, isKeyframe: row.isKeyframe,
                        payload: row.payload, position: row.position)
                }
                content.count += rows.count
            }
        }

        func finish(head: LogHead, lastRecordedAt: Timestamp?) -> LoadedState {
            content.withLock { content in
                content.state.skip(to: head.position)
                return LoadedState(
                    state: content.state, head: head, lastRecordedAt: lastRecordedAt ?? Timestamp(microseconds: 0),
                    replayed: content.count)
            }
        }
    }
}
