import NIOCore
import NIOHTTP2
import NIOSSL
import NIOTLS

/// Gives an accepted connection its handlers.
struct ConnectionSetup: Sendable {
    let environment: ConnectionEnvironment
    /// Nil for plain HTTP/1.1.
    let tls: NIOSSLContext?
    let asksForClientCertificate: Bool

    func install(on channel: any Channel) throws {
        guard let tls else { return try installHTTP1(on: channel, peer: nil) }
        try channel.pipeline.syncOperations.addHandlers(NIOSSLServerHandler(context: tls), ProtocolChoice(self))
    }

    func install(negotiated: String?, on channel: any Channel) throws {
        var peer: PeerCertificate?
        if asksForClientCertificate {
            peer = try channel.pipeline.syncOperations.nioSSL_peerCertificate().flatMap(PeerCertificate.init(verified:))
        }
        if negotiated == "h2" {
            try installHTTP2(on: channel, peer: peer)
        } else {
            try installHTTP1(on: channel, peer: peer)
        }
    }

    private func installHTTP1(on channel: any Channel, peer: PeerCertificate?) throws {
        let codec = HTTP1Codec(environment.limits)
        try codec.add(to: channel.pipeline)
        let connection = ConnectionContext(remoteAddress: channel.remoteHost, peer: peer, isHTTP2: false)
        try channel.pipeline.syncOperations.addHandler(
            HTTP1Connection(environment: environment, connection: connection, codec: codec))
    }

    private func installHTTP2(on channel: any Channel, peer: PeerCertificate?) throws {
        let configuration = HTTP2Connection.configuration(environment.limits)
        let frames = FrameObserver()
        let connection = ConnectionContext(remoteAddress: channel.remoteHost, peer: peer, isHTTP2: true)
        try channel.pipeline.syncOperations.addHandlers(
            NIOHTTP2Handler(
                mode: .server, frameDelegate: frames, connectionConfiguration: configuration.connection,
                streamConfiguration: configuration.stream),
            HTTP2Connection(environment: environment, connection: connection, frames: frames))
    }
}

/// Waits for the TLS handshake, then installs the protocol that was agreed on (ALPN, RFC 7301).
final class ProtocolChoice: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let setup: ConnectionSetup
    private var timeout: Scheduled<Void>?

    init(_ setup: ConnectionSetup) { self.setup = setup }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timeout = context.eventLoop.scheduleTask(in: setup.environment.limits.handshakeTimeout) {
            channel.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timeout?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted(let negotiated):
            do {
                try setup.install(negotiated: negotiated, on: context.channel)
                context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            } catch {
                context.close(promise: nil)
            }
        case is DrainEvent: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension Channel {
    /// The client's address without its port; empty for what has none.
    fileprivate var remoteHost: String { remoteAddress?.ipAddress ?? "" }
}
