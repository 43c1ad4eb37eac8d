import ControlPlane
import Domain
import EventLog
import KubeModel

extension PurserEndpoints {
    private static let pageSize = 200

    /// One event a line, from behind a position on and for as long as the client listens. Whoever was cut off goes on
    /// with `after` and the last position he saw.
    func follow(_ options: HistoryOptions, after: Position, _ call: APICall, _ response: any ResponseWriter)
        async throws(KubeStatus)
    {
        try await handler.recordServed(call, code: 200)
        let stream = response.stream(contentType: HTTPResponse.json)
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        // Events name people by commitments here, by their names only where they are read: any caller wakes.
        var wanted = options.query
        wanted.caller = nil
        let query = wanted
        let follower = cluster.follow { batch in
            if batch.events.contains(where: { query.admits($0.event) }) { waker.yield() }
        }
        defer { cluster.unfollow(follower) }
        waker.yield()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = await stream.ended(within: nil)
                waker.finish()
            }
            var after = after
            for await _ in wakes {
                guard let reached = await send(options, after: after, to: stream) else { break }
                after = reached
            }
            group.cancelAll()
        }
        stream.finish()
    }

    /// Writes all that there is by now.
    /// - Returns: the position up to which everything was written; nil if the stream or the log failed.
    private func send(_ options: HistoryOptions, after: Position, to stream: any ResponseStream) async -> Position? {
        var page = EventPage([], after: after, through: cluster.state.position)
        do {
            while !page.isLast {
                page = try await cluster.log.find(
                    options.query, after: page.after, through: page.through, limit: Self.pageSize, newestFirst: false)
                for item in try await items(page.events, isAudit: options.isAudit) {
                    guard stream.write(item.canonicalBytes + [UInt8(ascii: "\n")]) else { return nil }
                }
                try await stream.drained()
            }
            return max(page.through, after)
        } catch { return nil }
    }
}
