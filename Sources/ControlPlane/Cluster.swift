import Domain
import EventLog
import HashTreeCollections
import KubeModel
import Logging
import Synchronization

/// The durable state and everybody who follows it: what the API, the controllers and the projectors share.
public final class Cluster: Sendable {
    private struct Published {
        var state: ClusterState
        var reports: TreeDictionary<String, Timestamp> = [:]
        var followers: [@Sendable (PublishedBatch) -> Void] = []
    }

    private let published: Mutex<Published>
    private let cache = TreeCache(capacity: 4096)
    public let log: any EventLog
    public let hub: WatchHub
    public let history: ObjectHistory
    public let sequencer: Sequencer
    public let clock: any WallClock

    public init(
        log: any EventLog, loaded: LoadedState, configuration: Sequencer.Configuration,
        clock: any WallClock = SystemWallClock(), logger: Logger
    ) {
        var state = loaded.state
        state.buildIndexes()
        let box = PublicationBox()
        (self.log, self.clock) = (log, clock)
        published = Mutex(Published(state: state))
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

    /// What planners see now.
    public var view: StateView {
        let (state, reports) = published.withLock { ($0.state, $0.reports) }
        return StateView(state: state, reports: reports, cache: cache)
    }

    /// Adds somebody who is told of everything durable from now on, in order, on the sequencer's thread.
    public func follow(_ follower: @escaping @Sendable (PublishedBatch) -> Void) {
        published.withLock { $0.followers.append(follower) }
    }

    /// Notes that nodes were heard of, as reports in the log say it.
    fileprivate func publish(_ batch: PublishedBatch) {
        let followers = published.withLock { published in
            published.state = batch.state
            for event in batch.events where event.event.type == EventCatalogue.usageMeasured {
                if let node = ObjectKey(stream: event.event.stream)?.name { published.reports[node] = event.recordedAt }
            }
            return published.followers
        }
        hub.publish(batch.transitions, position: batch.state.position)
        for follower in followers { follower(batch) }
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

/// Trees of objects that planners read often; bounded, because a tree takes five times its bytes.
private final class TreeCache: ObjectCache {
    private struct Entry {
        let position: Position
        let object: KubeObject
    }

    private let entries = Mutex<[ObjectKey: Entry]>([:])
    private let capacity: Int
    init(capacity: Int) { self.capacity = capacity }

    func object(_ key: ObjectKey, _ stored: StoredObject) -> KubeObject {
        if let entry = entries.withLock({ $0[key] }), entry.position == stored.position { return entry.object }
        let object = stored.object()
        entries.withLock { entries in
            if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
            entries[key] = Entry(position: stored.position, object: object)
        }
        return object
    }
}
