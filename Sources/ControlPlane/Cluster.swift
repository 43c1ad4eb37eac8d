import Domain
import EventLog
import HashTreeCollections
import KubeMachinery
import KubeModel
import Logging
import Synchronization

/// The durable state and everybody who follows it: what the API, the controllers and the projectors share.
public final class Cluster: Sendable {
    private struct Published {
        var state: ClusterState
        var reports: TreeDictionary<String, Timestamp> = [:]
        var nextFollower = 0
        var followers: [Int: @Sendable (PublishedBatch) -> Void] = [:]
        /// The first calls of the chains that recent state changes belong to, by position, rising.
        var correlations: [(position: Position, correlation: Position)] = []
        /// The position of the last change of a CustomResourceDefinition that is known of; 0 if there never was one.
        var definitionsChangedAt: Position = 0
    }

    /// How many correlations are remembered; a cause older than that starts a chain of its own.
    private static let correlationLimit = 32768

    private let published: Mutex<Published>
    private let cache = TreeCache(capacity: 1024)
    private let kinds = ServedKinds()
    public let log: any EventLog
    public let hub: WatchHub
    public let history: ObjectHistory
    public let sequencer: Sequencer
    public let clock: any WallClock
    public let usage = UsageBook()

    public init(
        log: any EventLog, loaded: LoadedState, configuration: Sequencer.Configuration,
        clock: any WallClock = SystemWallClock(), logger: Logger
    ) {
        var state = loaded.state
        state.buildIndexes()
        let box = PublicationBox()
        (self.log, self.clock) = (log, clock)
        let definitionsChangedAt = state.count(.customResourceDefinitions) > 0 ? state.position : 0
        published = Mutex(Published(state: state, definitionsChangedAt: definitionsChangedAt))
        hub = WatchHub(position: state.position)
        history = ObjectHistory(log: log)
        sequencer = Sequencer(
            log: log, state: state, head: loaded.head, lastRecordedAt: loaded.lastRecordedAt,
            configuration: configuration, clock: clock, logger: logger
        ) { box.publish($0) }
        box.cluster.withLock { $0 = WeakCluster(self) }
    }

    /// The durable state now; costs nothing.
    public var state: ClusterState { published.withLock { $0.state } }

    /// The kinds that are served now: Purser's own, and those of established CustomResourceDefinitions.
    public var registry: Registry {
        let (state, changedAt) = published.withLock { ($0.state, $0.definitionsChangedAt) }
        return changedAt == 0 ? .builtIn : kinds.registry(of: state, changedAt: changedAt)
    }

    /// What planners see now.
    public var view: StateView {
        let (state, reports) = published.withLock { ($0.state, $0.reports) }
        return StateView(state: state, reports: reports, usage: usage.intervals, cache: cache)
    }

    /// The forms of a change, parsed once for all who follow it.
    func trees(of transition: ObjectTransition) -> ObjectChangeTrees { cache.trees(of: transition) }

    /// Adds somebody who is told of everything durable from now on, in order, on the sequencer's thread.
    /// - Returns: what `unfollow` takes.
    @discardableResult
    public func follow(_ follower: @escaping @Sendable (PublishedBatch) -> Void) -> Int {
        published.withLock { published in
            published.nextFollower += 1
            published.followers[published.nextFollower] = follower
            return published.nextFollower
        }
    }

    public func unfollow(_ follower: Int) { published.withLock { $0.followers[follower] = nil } }

    /// Makes a durable batch visible to everybody. Usage reports are the nodes' signs of life.
    fileprivate func publish(_ batch: PublishedBatch) {
        usage.note(batch)
        let followers = published.withLock { published in
            published.state = batch.state
            if let change = batch.transitions.last(where: { $0.key.resource == .customResourceDefinitions }) {
                published.definitionsChangedAt = change.position
            }
            for event in batch.events where event.event.type == EventCatalogue.usageMeasured {
                if let node = ObjectKey(stream: event.event.stream)?.name { published.reports[node] = event.recordedAt }
            }
            for event in batch.events where event.event.changesState {
                let first = event.event.correlation > 0 ? event.event.correlation : event.position
                published.correlations.append((event.position, first))
            }
            if published.correlations.count > 2 * Self.correlationLimit {
                published.correlations.removeFirst(published.correlations.count - Self.correlationLimit)
            }
            return published.followers
        }
        hub.publish(batch.transitions, position: batch.state.position)
        for follower in followers.values { follower(batch) }
    }

    /// The first call of the chain that an event belongs to; the event itself where that is not remembered.
    func correlation(of cause: Position) -> Position {
        guard cause > 0 else { return 0 }
        return published.withLock { published in
            var low = 0
            var high = published.correlations.count
            while low < high {
                let middle = (low + high) / 2
                if published.correlations[middle].position < cause { low = middle + 1 } else { high = middle }
            }
            guard low < published.correlations.count, published.correlations[low].position == cause else {
                return cause
            }
            return published.correlations[low].correlation
        }
    }

    public func newCallID() -> CallID {
        CallID(at: clock.now, random: (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)))
    }
}

private struct WeakCluster: Sendable {
    weak var cluster: Cluster?
    init(_ cluster: Cluster?) { self.cluster = cluster }
}

/// Lets the sequencer publish to the cluster that owns it.
private final class PublicationBox: Sendable {
    let cluster = Mutex(WeakCluster(nil))
    func publish(_ batch: PublishedBatch) { cluster.withLock { $0.cluster }?.publish(batch) }
}
