import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf
import KubeModel
import Logging
import NIOCore
import SwiftProtobuf

/// A container runtime that is reached over its Unix socket.
///
/// `run()` must be running for calls to be answered. One connection carries all calls; when containerd restarts it
/// is opened again, calls wait for that within their time, and those that can be repeated safely are.
public final class CRIRuntime: ContainerRuntime {
    let client: GRPCClient<HTTP2ClientTransport.Posix>
    private let logger: Logger

    /// - Parameter socket: the path of containerd's socket; need not exist yet.
    public init(socket: String, logger: Logger = Logger(label: "containerd")) throws {
        let transport = try HTTP2ClientTransport.Posix(
            target: .unixDomainSocket(path: socket, authority: "localhost"),
            transportSecurity: .plaintext,
            config: .defaults { config in
                config.backoff.initial = .milliseconds(50)
                config.backoff.max = .seconds(1)
                config.connection.maxIdleTime = nil
                config.channelDebuggingCallbacks.onCreateTCPConnection = { channel in
                    channel.eventLoop.submit {
                        try channel.pipeline.syncOperations.addHandler(PingResponder(), position: .first)
                    }
                }
            })
        self.client = GRPCClient(transport: transport)
        self.logger = logger
    }

    /// Keeps the connection until the task is cancelled or `shutDown()` was called and calls have ended.
    public func run() async throws {
        try await client.runConnections()
    }

    /// Lets running calls end and takes no new ones.
    public func shutDown() {
        client.beginGracefulShutdown()
    }

    static let runtimeService = "runtime.v1.RuntimeService"
    static let imageService = "runtime.v1.ImageService"

    /// One call of the interface.
    /// - Parameter repeatable: whether doing it twice is the same as once, so that it may be tried again when the
    ///   connection ends while its outcome is unknown.
    func call<Request: SwiftProtobuf.Message, Response: SwiftProtobuf.Message>(
        _ method: String, _ request: Request, service: String = CRIRuntime.runtimeService,
        within time: Duration = .seconds(30), repeatable: Bool = true, metadata: Metadata = [:]
    ) async throws -> Response {
        var attemptsLeft = repeatable ? 4 : 1
        // A containerd that is just starting says so and has done nothing, so that every call may wait for it.
        var turnsOfStarting = 100
        while true {
            do {
                return try await attempt(method, request, service: service, within: time, metadata: metadata)
            } catch let error as RPCError where error.isOfStarting && turnsOfStarting > 0 {
                turnsOfStarting -= 1
                try await Task.sleep(for: .milliseconds(100))
            } catch let error as RPCError {
                attemptsLeft -= 1
                guard error.code == .unavailable, attemptsLeft > 0 else {
                    throw RuntimeError(error, call: method)
                }
                logger.debug("the connection to the runtime ended; trying again", metadata: ["call": "\(method)"])
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func attempt<Request: SwiftProtobuf.Message, Response: SwiftProtobuf.Message>(
        _ method: String, _ request: Request, service: String, within time: Duration, metadata: Metadata
    ) async throws -> Response {
        try await client.unary(
            request: ClientRequest(message: request, metadata: metadata),
            descriptor: MethodDescriptor(fullyQualifiedService: service, method: method, type: .unary),
            serializer: ProtobufSerializer<Request>(),
            deserializer: ProtobufDeserializer<Response>(),
            options: Self.options(timeout: time)
        ) { response in
            try response.message
        }
    }

    /// Calls wait for the connection instead of failing at once. An exec may return twice 16 MB.
    static func options(timeout: Duration?) -> CallOptions {
        var options = CallOptions.defaults
        options.timeout = timeout
        options.waitForReady = true
        options.maxResponseMessageBytes = 40 << 20
        return options
    }
}

extension RuntimeError {
    init(_ error: RPCError, call: String) {
        self.init(code: Code(error), call: call, message: error.message)
    }
}

extension RPCError {
    /// containerd listens before its CRI plugin is ready, and answers so until then.
    fileprivate var isOfStarting: Bool { message.contains("server is not initialized yet") }
}

extension RuntimeError.Code {
    init(_ error: RPCError) {
        switch error.code {
        case .notFound: self = .notFound
        case .alreadyExists: self = .alreadyExists
        case .invalidArgument: self = .invalidArgument
        case .deadlineExceeded: self = .deadlineExceeded
        case .unavailable: self = .unavailable
        case .failedPrecondition: self = .failedPrecondition
        case .permissionDenied: self = .permissionDenied
        case .resourceExhausted: self = .resourceExhausted
        case .unimplemented: self = .unimplemented
        case .cancelled: self = .cancelled
        // containerd hands many errors of the layers below on as "unknown" with Go's texts.
        case .unknown where error.message.contains("not found"): self = .notFound
        case .unknown where error.message.contains("deadline exceeded"): self = .deadlineExceeded
        case .unknown where error.isOfStarting: self = .unavailable
        default: self = .other
        }
    }
}
