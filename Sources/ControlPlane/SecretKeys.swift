import CommandHandling
import Domain
import EventLog
import KubeModel
import Logging
import ServiceLifecycle

/// Brings the data keys of Secrets that other replicas made into this one's sealer, and takes those out that were
/// destroyed.
public struct SecretKeys: Service {
    let cluster: Cluster
    let sealer: SecretSealer
    let keys: any KeyTable
    let persons: PersonNames?
    let logger: Logger

    public init(
        cluster: Cluster, sealer: SecretSealer, keys: any KeyTable, persons: PersonNames? = nil, logger: Logger
    ) {
        (self.cluster, self.sealer, self.keys, self.persons, self.logger) = (cluster, sealer, keys, persons, logger)
    }

    public func run() async throws {
        let (uids, feed) = AsyncStream<String>.makeStream()
        let follower = cluster.follow { batch in
            for event in batch.events where event.event.type == EventCatalogue.keysDestroyed {
                let ids = Shredder.ids(in: event.event)
                sealer.shred(ids)
                persons?.forget(ids)
                for id in ids where id.hasPrefix(Person.prefix) { feed.yield(id) }
            }
            for transition in batch.transitions where transition.key.resource == .secrets {
                if let uid = transition.new?.uid, !sealer.knows(uid: uid) { feed.yield(uid) }
            }
        }
        defer { cluster.unfollow(follower) }
        // What came between the loading of the keys and the first batch followed.
        cluster.state.forEach(.secrets) { _, secret in
            if !sealer.knows(uid: secret.uid) { feed.yield(secret.uid) }
            return true
        }
        for await uid in uids.cancelOnGracefulShutdown() {
            if uid.hasPrefix(Person.prefix) {
                // Another replica destroyed it; here it makes the log forget the name.
                try? await keys.destroy(id: uid)
            } else if !sealer.knows(uid: uid) {
                await load(uid)
            }
        }
    }

    private func load(_ uid: String) async {
        let id = SecretSealer.keyID(uid: uid)
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                // A key is stored before its Secret: what is not there was destroyed, or never restored.
                if let wrapped = try await keys.key(id: id) {
                    try sealer.load([id: wrapped])
                } else {
                    sealer.shred([id])
                }
                return
            } catch {
                logger.warning("a Secret's key cannot be read", metadata: ["uid": "\(uid)", "error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
