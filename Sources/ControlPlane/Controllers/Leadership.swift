/// Who of several replicas runs the controllers. The lock only says who may try; the term in the log fences.
public protocol Leadership: Sendable {
    /// Returns once this replica may lead.
    func acquire() async throws
    /// Returns once it may no longer (the lock's connection broke).
    func lost() async
}

/// For a server that is alone on its log.
public struct SoleLeadership: Leadership {
    public init() {}
    public func acquire() async throws {}
    public func lost() async {
        // Held until the task is cancelled.
        let (stream, _) = AsyncStream<Void>.makeStream()
        for await _ in stream {}
    }
}
