import KubeClient
import KubeModel

/// Answers requests; one value serves all connections.
public protocol RequestHandler: Sendable {
    /// Tried first, on the event loop: answers what memory alone can answer, and must neither block nor take longer
    /// than about a tenth of a millisecond. Nil sends the request to `handle`.
    func handleImmediately(_ request: HTTPRequest) -> HTTPResponse?

    /// Runs in a task of its own, which is cancelled when the client leaves. A handler that returns without having
    /// answered makes the request fail with 500.
    func handle(_ request: HTTPRequest, _ response: any ResponseWriter) async

    /// Told, on the event loop, of a request that was refused before it was complete; its body is left out.
    func recordRefusal(of request: HTTPRequest, _ status: KubeStatus)
}

extension RequestHandler {
    public func handleImmediately(_ request: HTTPRequest) -> HTTPResponse? { nil }
    public func recordRefusal(of request: HTTPRequest, _ status: KubeStatus) {}
}

/// Where a handler puts its answer: one of the three, once; later answers are dropped. Callable from anywhere.
public protocol ResponseWriter: Sendable {
    func send(_ response: HTTPResponse)

    /// Begins a response of unknown length; the head is sent at once.
    func stream(status: Int, contentType: String, headers: [(name: String, value: String)]) -> any ResponseStream

    /// Answers a WebSocket handshake (RFC 6455) with 101.
    ///
    /// - Parameter subprotocol: one of those that the client offered, or nil for none.
    /// - Throws: `KubeStatus` (400) if the request is no WebSocket handshake over HTTP/1.1; nothing is answered then.
    func acceptWebSocket(subprotocol: String?) async throws -> any WebSocketConnection

    /// Hands the connection over as bare bytes, without any answer: whoever stands behind it gives that.
    ///
    /// - Throws: `KubeStatus` (400) if the request asks for no other protocol over HTTP/1.1.
    func takeOver() async throws -> RawConnection
}

extension ResponseWriter {
    public func stream(contentType: String) -> any ResponseStream {
        stream(status: 200, contentType: contentType, headers: [])
    }
}

/// The body of a watch or a log as it is written.
public protocol ResponseStream: Sendable {
    /// Queues bytes without copying them and without waiting; whatever is queued when the event loop comes by goes
    /// out together. A client so slow that more than the listener's limit is queued is cut off.
    ///
    /// - Returns: false when the stream has ended, for whichever reason; the bytes are dropped then.
    @discardableResult func write(_ segments: [[UInt8]]) -> Bool

    /// Waits until the queue is short, for who produces faster than a client reads.
    ///
    /// - Throws: `CancellationError` when the stream has ended.
    func drained() async throws

    /// Waits until the stream has ended, the server shuts down, or the time is over.
    func ended(within limit: Duration?) async -> StreamEnd

    /// Ends the body properly once all that is queued is sent.
    func finish()
}

extension ResponseStream {
    @discardableResult public func write(_ bytes: [UInt8]) -> Bool { write([bytes]) }
}

/// Why waiting on a stream ended.
public enum StreamEnd: Sendable, Hashable {
    /// The client left, or was cut off because it read too slowly.
    case closed
    /// The server shuts down gracefully: finish the stream.
    case serverShutdown
    /// The stated time is over: finish the stream.
    case timeLimit
}

/// An upgraded connection that carries binary messages (`kubectl exec`, `attach`, `port-forward`).
public protocol WebSocketConnection: Sendable {
    /// The client's messages, binary and text alike, fragments joined; nil when the connection has ended.
    /// One reader at a time.
    func receive() async -> [UInt8]?

    /// Sends one binary message; waits while much is queued.
    ///
    /// - Throws: `CancellationError` when the connection has ended.
    func send(_ message: [UInt8]) async throws

    /// Sends a close frame with a code of RFC 6455 section 7.4.1 and closes the connection.
    func close(code: UInt16) async
}
