import KubeModel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

extension NodeProxy {
    /// Joins a client's WebSocket with one to the agent, message by message, until either ends (`pods/exec`).
    ///
    /// - Parameters:
    ///   - target: path and query on the agent.
    ///   - subprotocol: what both sides speak, of those that the client offered.
    public func join(
        target: String, subprotocol: String?, to endpoint: NodeEndpoint, _ response: any ResponseWriter
    ) async {
        do {
            let agent = try await connect(target: target, subprotocol: subprotocol, to: endpoint)
            do {
                let client = try await response.acceptWebSocket(subprotocol: subprotocol)
                await Self.relay(client, agent)
            } catch {
                await agent.close(code: 1001)
                throw error
            }
        } catch let status as KubeStatus {
            response.send(.failure(status))
        } catch {
            response.send(.failure(endpoint.unreachable(error)))
        }
    }

    private static func relay(_ client: any WebSocketConnection, _ agent: any WebSocketConnection) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while let message = await client.receive(), (try? await agent.send(message)) != nil {}
                await agent.close(code: 1000)
            }
            while let message = await agent.receive(), (try? await client.send(message)) != nil {}
            await client.close(code: 1000)
        }
    }

    /// Opens a WebSocket to the agent.
    ///
    /// - Throws: `KubeStatus` (502) if the agent refuses; what the connection failed of.
    func connect(target: String, subprotocol: String?, to endpoint: NodeEndpoint) async throws
        -> any WebSocketConnection
    {
        let context = try NIOSSLContext(configuration: tls)
        let upgrade = try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(5))
            .connect(host: endpoint.host, port: endpoint.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let name =
                        endpoint.host.contains(where: \.isLetter) && !endpoint.host.contains(":") ? endpoint.host : nil
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: name))
                    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: Self.upgrade(target, subprotocol, endpoint))
                }
            }
        return try await upgrade.get()
    }

    private static func upgrade(
        _ target: String, _ subprotocol: String?, _ endpoint: NodeEndpoint
    ) -> NIOUpgradableHTTPClientPipelineConfiguration<any WebSocketConnection> {
        var headers = HTTPHeaders([("host", endpoint.authority), ("content-length", "0")])
        if let subprotocol { headers.add(name: "sec-websocket-protocol", value: subprotocol) }
        let upgrader = NIOTypedWebSocketClientUpgrader<any WebSocketConnection>(
            maxFrameSize: WebSocketChannel.messageLimit,
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let socket = WebSocketChannel(channel, isClient: true)
                    try channel.pipeline.syncOperations.addHandler(WebSocketFrames(socket))
                    return socket
                }
            })
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<any WebSocketConnection>(
            upgradeRequestHead: HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: headers),
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.close(promise: nil)
                return channel.eventLoop.makeFailedFuture(
                    KubeStatus(
                        code: 502, reason: "InternalError",
                        message: "the agent of node \"\(endpoint.node)\" refused the WebSocket"))
            })
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // The agent may speak at once.
        pipeline.leftOverBytesStrategy = .forwardBytes
        return pipeline
    }
}
