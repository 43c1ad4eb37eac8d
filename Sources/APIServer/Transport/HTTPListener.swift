import Glibc
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// Serves HTTP/1.1 and HTTP/2 on one address.
///
/// On graceful shutdown it accepts nothing new, tells clients to go elsewhere, ends watches, lets requests in progress
/// finish within `HTTPLimits.shutdownTimeout`, and closes what is left.
public final class HTTPListener: Service {
    public struct Configuration: Sendable {
        public var host: String
        /// 0 picks a free one.
        public var port: Int
        /// Nil serves plain HTTP/1.1.
        public var tls: TLSFiles?
        public var limits: HTTPLimits

        public init(host: String, port: Int, tls: TLSFiles?, limits: HTTPLimits = HTTPLimits()) {
            (self.host, self.port, self.tls, self.limits) = (host, port, tls, limits)
        }
    }

    private let configuration: Configuration
    private let handler: any RequestHandler
    private let group: any EventLoopGroup
    private let logger: Logger
    private let ledger = TaskLedger()
    private let tls = NIOLockedValueBox<NIOSSLContext?>(nil)
    private let connections = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])
    private let server = NIOLockedValueBox<(any Channel)?>(nil)

    public init(
        configuration: Configuration, handler: any RequestHandler,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger
    ) {
        (self.configuration, self.handler, self.group, self.logger) = (configuration, handler, group, logger)
    }

    /// Opens the socket and begins to serve, so that a caller knows the port, and that it is open, before `run`.
    ///
    /// - Returns: the port.
    /// - Throws: what TLS files or the socket are not fit for.
    @discardableResult public func bind() async throws -> Int {
        try reloadCertificate()
        let environment = ConnectionEnvironment(handler: handler, limits: configuration.limits, ledger: ledger)
        let asksForClientCertificate = configuration.tls?.clientCA != nil
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(Self.tcpOption(TCP_KEEPIDLE), value: 30)
            .childChannelOption(Self.tcpOption(TCP_KEEPINTVL), value: 10)
            .childChannelOption(Self.tcpOption(TCP_KEEPCNT), value: 3)
            .childChannelOption(Self.tcpOption(TCP_USER_TIMEOUT), value: 60_000)
            .childChannelInitializer { channel in
                self.track(channel)
                let setup = ConnectionSetup(
                    environment: environment, tls: self.tls.withLockedValue { $0 },
                    asksForClientCertificate: asksForClientCertificate)
                return channel.eventLoop.makeCompletedFuture { try setup.install(on: channel) }
            }
            .bind(host: configuration.host, port: configuration.port).get()
        server.withLockedValue { $0 = channel }
        let port = channel.localAddress?.port ?? configuration.port
        logger.info("listening", metadata: ["address": "\(configuration.host)", "port": "\(port)"])
        return port
    }

    /// Reads the TLS files again; connections that are open keep what they have.
    ///
    /// - Throws: what the files are not fit for; the old ones stay in use then.
    public func reloadCertificate() throws {
        let context = try configuration.tls?.context()
        tls.withLockedValue { $0 = context }
    }

    private static func tcpOption(_ name: CInt) -> ChannelOptions.Types.SocketOption {
        ChannelOptions.Types.SocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: name))
    }

    /// Serves until graceful shutdown or cancellation; binds first where that has not been done.
    public func run() async throws {
        if server.withLockedValue({ $0 == nil }) { try await bind() }
        try? await gracefulShutdown()
        await shutDown()
    }

    private func track(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        connections.withLockedValue { $0[id] = channel }
        channel.closeFuture.whenComplete { _ in self.connections.withLockedValue { $0[id] = nil } }
    }

    private var openConnections: [any Channel] { connections.withLockedValue { Array($0.values) } }

    private func shutDown() async {
        try? await server.withLockedValue { $0.take() }?.close().get()
        let open = openConnections
        for channel in open {
            channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(DrainEvent()) }
        }
        // One timer rather than a sleeping task: this must also work when the task is already cancelled.
        let deadline = group.next().scheduleTask(in: TimeAmount(configuration.limits.shutdownTimeout)) {
            for channel in self.openConnections { channel.close(promise: nil) }
        }
        for channel in open { try? await channel.closeFuture.get() }
        deadline.cancel()
        for channel in openConnections { try? await channel.close().get() }
        await ledger.allEnded()
        logger.info("stopped listening")
    }
}
