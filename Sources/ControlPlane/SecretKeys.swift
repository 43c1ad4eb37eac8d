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
    let logger: Logger

    public init(cluster: Cluster, sealer: SecretSealer, keys: any KeyTable, logger: Logger) {
        (self.cluster, self.sealer, self.keys, self.logger) = (cluster, sealer, keys, logger)
    }

    public func run() async throws {
        let (uids, feed) = AsyncStream<String>.makeStream()
        let follower = cluster.follow { batch in
            for event in batch.events where event.event.type == EventCatalogue.keysDestroyed {
                sealer.shred(Shredder.ids(in: event.event))
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
        for await uid in uids.cancelOnGracefulShutdown() where !sealer.knows(uid: uid) { await load(uid) }
    }

    private func load(_ uid: String) async {
        let id = SecretSealer.keyID(uid: uid)
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                // A Secret without a key is one whose key was destroyed.
                if let wrapped = try await keys.key(id: id) { try sealer.load([id: wrapped]) }
                return
            } catch {
                logger.warning("a Secret's key cannot be read", metadata: ["uid": "\(uid)", "error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
