import NIOCore

/// Bounds that keep one client from taking more than its share.
public struct HTTPLimits: Sendable {
    /// Bytes of a request body; more is answered with 413. Kubernetes' own limit is 3 MiB.
    public var bodySize = 3 * 1024 * 1024
    /// Bytes of unfinished request bodies on one HTTP/2 connection; more is answered with 429.
    public var unfinishedBodies = 64 * 1024 * 1024
    /// Bytes of a request's headers.
    public var headerSize = 64 * 1024
    /// Requests at once on one HTTP/2 connection.
    public var concurrentStreams = 1000
    /// Stream resets, stream errors and control frames that one HTTP/2 connection may send in a second. Clients that
    /// give up many requests at once are honest ones; the connection's watches must survive them.
    public var resetsPerSecond = 1000
    /// Bytes queued on one stream before it is cut off.
    public var queuedBytes = 32 * 1024 * 1024
    /// How long a TLS handshake may take.
    public var handshakeTimeout = TimeAmount.seconds(10)
    /// How long a request may take to arrive, and a connection may be without one.
    public var requestTimeout = TimeAmount.seconds(60)
    public var idleTimeout = TimeAmount.seconds(90)
    /// How long a graceful shutdown waits for requests in progress.
    public var shutdownTimeout = Duration.seconds(10)

    public init() {}
}

/// What all connections of a listener share.
struct ConnectionEnvironment: Sendable {
    let handler: any RequestHandler
    let limits: HTTPLimits
    let ledger: TaskLedger
}
