import ControlPlane
import Domain
import EventLog
import KubeModel

/// One connection that follows the log: every event that the subscription's filter admits, in order, from behind the
/// acknowledged position on, read from the log itself.
///
/// Lines of JSON as a watch has them, or server-sent events (WHATWG HTML, section 9.2) where `Accept` asks for them:
/// their `id` is the position, so that `Last-Event-ID` goes on behind it.
struct SubscriptionFeed: Sendable {
    let cluster: Cluster
    let subscription: Subscription
    private let isServerSent: Bool
    private let start: Position

    private static let pageSize = 500
    /// Between two looks at the log at least, so that a busy log is read in pages rather than event by event.
    private static let pause = Duration.milliseconds(20)
    /// Between two bookmarks at most, while nothing that is admitted happens.
    private static let bookmarkInterval = Duration.seconds(5)

    init(cluster: Cluster, subscription: Subscription, request: HTTPRequest) {
        (self.cluster, self.subscription) = (cluster, subscription)
        isServerSent = (request.headers["accept"] ?? "").contains("text/event-stream")
        start = request.headers["last-event-id"].flatMap(Position.init) ?? subscription.position
    }

    /// Runs until the client leaves or the server shuts down.
    func run(_ response: any ResponseWriter) async throws(KubeStatus) {
        let end = cluster.state.position
        guard (0...end).contains(start) else {
            throw .badRequest("the log ends at position \(end); nothing can follow position \(start) yet")
        }
        let stream = response.stream(
            status: 200, contentType: isServerSent ? "text/event-stream" : HTTPResponse.json,
            headers: [("cache-control", "no-store")])
        let (hints, feed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let follower = cluster.follow { _ in feed.yield() }
        defer { cluster.unfollow(follower) }
        feed.yield()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await stream.ended(within: nil) }
            group.addTask { while (try? await Task.sleep(for: Self.bookmarkInterval)) != nil { feed.yield() } }
            group.addTask { await pump(hints, to: stream) }
            await group.next()
            group.cancelAll()
        }
        stream.finish()
    }

    private func pump(_ hints: AsyncStream<Void>, to stream: any ResponseStream) async {
        var after = start
        var bookmarked = ContinuousClock.now
        do {
            for await _ in hints {
                let through = cluster.state.position
                while after < through {
                    let page = try await cluster.log.find(
                        subscription.filter, after: after, through: through, limit: Self.pageSize, newestFirst: false)
                    for event in page.events {
                        stream.write(line(event))
                        // However slowly somebody reads: what waits for them is never more than what there is room for.
                        try await stream.drained()
                    }
                    after = max(page.after, page.events.last?.position ?? 0)
                    if !page.events.isEmpty { bookmarked = .now }
                }
                if ContinuousClock.now - bookmarked >= Self.bookmarkInterval {
                    stream.write(bookmark(at: after))
                    bookmarked = .now
                }
                try await Task.sleep(for: Self.pause)
            }
        } catch {
            if !(error is CancellationError) { stream.write(failure("the event log cannot be read: \(error)")) }
        }
    }

    private func line(_ recorded: RecordedEvent) -> [UInt8] {
        encode("EVENT", recorded.position, recorded.json)
    }

    /// Nothing that the filter admits is missing up to here.
    private func bookmark(at position: Position) -> [UInt8] { encode("BOOKMARK", position, nil) }

    /// The stream ends here; connect again.
    private func failure(_ reason: String) -> [UInt8] {
        let status = KubeStatus.serviceUnavailable(reason)
        if isServerSent { return Array("event: ERROR\ndata: \(status.json.canonicalText)\n\n".utf8) }
        return JSON.object(["type": "ERROR", "object": status.json]).canonicalBytes + [UInt8(ascii: "\n")]
    }

    private func encode(_ type: String, _ position: Position, _ object: JSON?) -> [UInt8] {
        if isServerSent {
            let head = "id: \(position)\nevent: \(type)\ndata: "
            return Array(head.utf8) + (object ?? ["position": .int(position)]).canonicalBytes + Array("\n\n".utf8)
        }
        var line: JSON = ["type": .string(type), "position": .int(position)]
        line["object"] = object
        return line.canonicalBytes + [UInt8(ascii: "\n")]
    }
}

extension RecordedEvent {
    /// The event as Purser's own endpoints show it.
    var json: JSON {
        let caller = event.caller
        let payload = (try? JSON(parsing: event.payload)) ?? .null
        let isSecret = event.stream.hasPrefix("\(GroupResource.secrets)/")
        return [
            "position": .int(position), "recordedAt": .string(recordedAt.rfc3339Micro), "stream": .string(event.stream),
            "revision": .int(event.revision), "type": .string(event.type), "keyframe": .bool(event.isKeyframe),
            "caller": [
                "subject": .string(caller.subject), "groups": .array(caller.groups.map { .string($0) }),
                "userAgent": .string(caller.userAgent), "address": .string(caller.address),
                "verb": .string(caller.verb),
            ],
            "callID": .string(event.callID.description), "ordinal": .int(Int64(event.ordinal)),
            "cause": .int(event.cause), "correlation": .int(event.correlation),
            "payload": isSecret ? SecretMask.hiding(payload) : payload,
        ]
    }
}
