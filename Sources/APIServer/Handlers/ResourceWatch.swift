import ControlPlane
import Domain
import KubeMachinery
import KubeModel
import Synchronization

/// One watch: what was, what came meanwhile, and what comes, in order and without gaps.
struct ResourceWatch: Sendable {
    let cluster: Cluster
    let rendering: ObjectRendering
    let options: ListOptions
    let filter: WatchFilter

    /// How long a watch lasts that states no time (Kubernetes: between 30 and 60 minutes).
    private static let defaultSeconds: ClosedRange<Int64> = 1800...3600
    private static let bookmarkInterval = Duration.seconds(60)

    /// Runs until the client leaves, the time is over or the server shuts down.
    func run(on stream: any ResponseStream) async {
        let feed = WatchFeed(stream: stream, encode: encode)
        let state = cluster.state
        let start: Position
        if let asked = options.resourceVersion, asked > 0, !options.sendsInitialEvents {
            start = asked
        } else {
            start = state.position
            if options.sendsInitialEvents || options.resourceVersion == nil || options.resourceVersion == 0 {
                sendInitial(state, to: stream)
            }
        }
        let subscription = cluster.hub.subscribe(filter, after: start) { feed.deliver($0, $1) }
        defer { cluster.hub.cancel(subscription) }
        if subscription.liveAfter > start {
            guard await sendPast(after: start, through: subscription.liveAfter, to: feed) else {
                return stream.finish()
            }
        }
        feed.goLive()
        let definition = endWithDefinition(stream)
        defer { if let definition { cluster.hub.cancel(definition) } }
        guard rendering.type.custom == nil || isServed else { return stream.finish() }
        await waitForEnd(of: stream)
        stream.finish()
    }

    /// Custom resources are watched until their definition is gone or does not serve their version any more.
    private func endWithDefinition(_ stream: any ResponseStream) -> WatchHub.Subscription? {
        guard rendering.type.custom != nil else { return nil }
        let definition = WatchFilter(resource: .customResourceDefinitions, name: "\(rendering.type.storage)")
        let kind = rendering.type.kind
        return cluster.hub.subscribe(definition, after: cluster.state.position) { change, _ in
            let served = change.transition.new.map { CustomResourceDefinition($0.object().json).types } ?? []
            if !served.contains(where: { $0.kind == kind }) { stream.finish() }
        }
    }

    private var isServed: Bool {
        let type = rendering.type
        return cluster.registry.type(group: type.group, version: type.version, plural: type.plural) != nil
    }

    private func waitForEnd(of stream: any ResponseStream) async {
        var left = Duration.seconds(options.timeoutSeconds ?? Int64.random(in: Self.defaultSeconds))
        while left > .zero {
            let step = options.allowsBookmarks ? min(left, Self.bookmarkInterval) : left
            guard await stream.ended(within: step) == .timeLimit else { return }
            left -= step
            guard options.allowsBookmarks else { continue }
            cluster.hub.atPosition { stream.write(bookmark(at: $0, endsInitial: false)) }
        }
    }

    private func sendInitial(_ state: ClusterState, to stream: any ResponseStream) {
        state.forEach(filter.resource, namespace: filter.namespace) { key, object in
            guard filter.name == nil || filter.name == key.name, filter.selects(object) else { return true }
            let transition = ObjectTransition(
                key: ObjectKey(filter.resource, namespace: key.namespace, name: key.name), old: nil, new: object,
                position: object.position, type: "")
            return stream.write(encode(WatchChange(transition), .added))
        }
        if options.sendsInitialEvents, options.allowsBookmarks {
            stream.write(bookmark(at: state.position, endsInitial: true))
        }
    }

    /// What lies between the position that was asked for and what memory holds is read from the log.
    private func sendPast(after: Position, through: Position, to feed: WatchFeed) async -> Bool {
        do {
            let transitions = try await cluster.history.transitions(
                filter.resource, namespace: filter.namespace, after: after, through: through)
            for transition in transitions {
                if let type = filter.type(of: transition) { feed.send(WatchChange(transition), type) }
            }
            return true
        } catch {
            let status = KubeStatus.unreadableLog(error)
            feed.sendError(status)
            return false
        }
    }

    private func encode(_ change: WatchChange, _ type: WatchEventType) -> [UInt8] {
        if rendering.isPlain { return change.line(type) }
        guard let object = change.lastForm, let tree = try? rendering.tree(object) else { return [] }
        let shaped: JSON =
            switch rendering.format.shape {
            case .table:
                Table.render(
                    objects: [tree], type: rendering.type, now: rendering.now, includeObject: rendering.includeObject,
                    listMetadata: ["resourceVersion": .string("\(object.position)")])
            case .partialMetadata, .partialMetadataList: PartialObjectMetadata.object(tree)
            case .object, .groupDiscovery: tree
            }
        return JSON.object(["type": .string(type.rawValue), "object": shaped]).canonicalBytes + [UInt8(ascii: "\n")]
    }

    private func bookmark(at position: Position, endsInitial: Bool) -> [UInt8] {
        var metadata: JSON = ["resourceVersion": .string("\(position)")]
        if endsInitial { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        let object: JSON = [
            "apiVersion": .string(rendering.type.apiVersion), "kind": .string(rendering.type.kind.kind),
            "metadata": metadata,
        ]
        return JSON.object(["type": "BOOKMARK", "object": object]).canonicalBytes + [UInt8(ascii: "\n")]
    }
}

/// Holds live changes back until the past has been sent.
private final class WatchFeed: Sendable {
    private let held: Mutex<[(WatchChange, WatchEventType)]?> = Mutex([])
    private let stream: any ResponseStream
    private let encode: @Sendable (WatchChange, WatchEventType) -> [UInt8]

    init(stream: any ResponseStream, encode: @escaping @Sendable (WatchChange, WatchEventType) -> [UInt8]) {
        (self.stream, self.encode) = (stream, encode)
    }

    /// Called on the sequencer's thread.
    func deliver(_ change: WatchChange, _ type: WatchEventType) {
        let isLive = held.withLock { held in
            held?.append((change, type))
            return held == nil
        }
        if isLive { send(change, type) }
    }

    func send(_ change: WatchChange, _ type: WatchEventType) {
        stream.write(encode(change, type))
    }

    /// Sends what was held back; from then on changes go straight to the client.
    func goLive() {
        held.withLock { held in
            for (change, type) in held ?? [] { send(change, type) }
            held = nil
        }
    }

    func sendError(_ status: KubeStatus) {
        stream.write(JSON.object(["type": "ERROR", "object": status.json]).canonicalBytes + [UInt8(ascii: "\n")])
    }
}
