import KubeModel
import Logging

/// Follows a collection for ever: lists it, watches from there, goes on where it was after any break, and lists
/// again only when the server no longer knows that position.
public struct ListWatch: Sendable {
    public enum Change: Sendable, Hashable {
        /// Everything that exists: what the receiver knows beside it is gone.
        case listed([KubeObject])
        case upserted(KubeObject)
        case removed(KubeObject)
    }

    public var client: APIClient
    public var resource: APIResource
    public var namespace: String?
    public var labelSelector: String?
    public var fieldSelector: String?
    public var logger: Logger

    public init(
        _ client: APIClient, _ resource: APIResource, namespace: String? = nil, labelSelector: String? = nil,
        fieldSelector: String? = nil, logger: Logger = Logger(label: "purser.list-watch")
    ) {
        (self.client, self.resource, self.namespace) = (client, resource, namespace)
        (self.labelSelector, self.fieldSelector, self.logger) = (labelSelector, fieldSelector, logger)
    }

    /// Hands every change to `handle`, in order, until the task is cancelled or `handle` throws. Refusals and lost
    /// connections are logged and tried again with growing pauses (50 ms to 5 s).
    public func run(
        isolation: isolated (any Actor)? = #isolation, _ handle: (Change) async throws -> Void
    ) async throws {
        var position: String?
        var backoff = Backoff()
        while true {
            try Task.checkCancellation()
            do {
                let from: String
                if let position {
                    from = position
                } else {
                    let list = try await client.list(
                        resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
                    try await deliver(.listed(list.items), to: handle)
                    from = list.resourceVersion
                    position = from
                }
                let stream = try await client.watch(
                    resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
                    resourceVersion: from, timeoutSeconds: Int.random(in: 300..<600))
                for try await event in stream {
                    if let change = Self.change(event) { try await deliver(change, to: handle) }
                    position = event.object.resourceVersion
                    backoff.reset()
                }
                try Task.checkCancellation()
            } catch let failure as HandlerFailure {
                throw failure.error
            } catch let status as KubeStatus where status.code == 410 {
                position = nil
                logger.info("the server no longer knows the position; listing again")
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                logger.debug("following the collection was interrupted", metadata: ["error": "\(error)"])
            }
            try await Task.sleep(for: backoff.next())
        }
    }

    private func deliver(
        isolation: isolated (any Actor)? = #isolation, _ change: Change, to handle: (Change) async throws -> Void
    ) async throws {
        do {
            try await handle(change)
        } catch {
            throw HandlerFailure(error: error)
        }
    }

    private static func change(_ event: WatchEvent) -> Change? {
        switch event.kind {
        case .added, .modified: .upserted(event.object)
        case .deleted: .removed(event.object)
        case .bookmark: nil
        }
    }

    /// The receiver's own error, which must not be mistaken for one of the connection.
    private struct HandlerFailure: Error { var error: any Error }
}

/// Pauses that double from 50 ms to 5 s, each shortened by up to a half at random so that clients spread out.
public struct Backoff: Sendable {
    public var first: Duration
    public var longest: Duration
    private var current: Duration

    public init(first: Duration = .milliseconds(50), longest: Duration = .seconds(5)) {
        (self.first, self.longest, current) = (first, longest, first)
    }

    public mutating func next() -> Duration {
        let pause = current
        current = min(current * 2, longest)
        return pause * Double.random(in: 0.5...1)
    }

    public mutating func reset() { current = first }
}
