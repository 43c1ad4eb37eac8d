import APIServer
import AsyncHTTPClient
import Foundation
import KubeModel
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@Suite("Calls passed on to node agents", .timeLimit(.minutes(2)))
struct NodeProxyTests {
    /// Runs a proxy that knows the agent's authority and shows itself as `system:apiserver`.
    static func withProxy<Result>(
        to agent: TestServer, _ body: (NodeProxy, NodeEndpoint) async throws -> Result
    ) async throws -> Result {
        let (certificate, key) = try agent.certificates.clientFiles(
            user: "system:apiserver", groups: ["system:masters"])
        let proxy = try NodeProxy(
            .init(
                ca: agent.certificates.folder.appending(path: "ca.pem").path, certificateChain: certificate,
                privateKey: key))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await proxy.run() }
            let result = try await body(proxy, NodeEndpoint(node: "n1", host: "127.0.0.1", port: agent.port))
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }

    @Test("a log is passed through as it comes, and asked for with the server's certificate")
    func forwards() async throws {
        let agent = ClosureHandler(then: { request, response in
            let stream = response.stream(contentType: "text/plain")
            stream.write(Array("\(request.connection.peer?.commonName ?? "?") asks \(request.target)\n".utf8))
            for line in 0..<1000 { stream.write(Array("line \(line)\n".utf8)) }
            stream.finish()
        })
        try await TestServer.with(agent) { agent in
            try await Self.withProxy(to: agent) { proxy, endpoint in
                let handler = ClosureHandler(then: { _, response in
                    await proxy.forward(target: "/logs/shop/web?follow=true", to: endpoint, response)
                })
                try await TestServer.with(handler) { server in
                    try await server.client(http2: true) { client in
                        let lines = try await client.get(server.url).text().split(separator: "\n")
                        #expect(lines.count == 1001)
                        #expect(lines.first == "system:apiserver asks /logs/shop/web?follow=true")
                        #expect(lines.last == "line 999")
                    }
                }
            }
        }
    }

    @Test("an agent that is not there makes a 503 that names the node")
    func unreachable() async throws {
        try await TestServer.with(ClosureHandler()) { agent in
            try await Self.withProxy(to: agent) { proxy, endpoint in
                let nowhere = NodeEndpoint(node: "n1", host: "127.0.0.1", port: 1)
                let handler = ClosureHandler(then: { _, response in
                    await proxy.forward(target: "/logs", to: nowhere, response)
                })
                try await TestServer.with(handler) { server in
                    try await server.client(http2: false) { client in
                        let response = try await client.get(server.url)
                        #expect(response.status.code == 503)
                        let status = KubeStatus(json: try JSON(parsing: try await response.text()))
                        #expect(status?.message.contains("node \"n1\" at 127.0.0.1:1") == true)
                    }
                }
            }
        }
    }

    @Test("a WebSocket is joined with one to the agent, both ways, until it closes")
    func joins() async throws {
        try await TestServer.with(WebSocketTests.echo) { agent in
            try await Self.withProxy(to: agent) { proxy, endpoint in
                let handler = ClosureHandler(then: { request, response in
                    let subprotocol = request.subprotocol(of: ["v5.channel.k8s.io"])
                    await proxy.join(target: "/exec", subprotocol: subprotocol, to: endpoint, response)
                })
                try await TestServer.with(handler, isPlain: true) { server in
                    try await ByteWire.with(server) { wire in
                        try await wire.send(
                            WebSocketTests.handshake + "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n")
                        _ = await wire.receive { $0.suffix(4) == [13, 10, 13, 10] }
                        try await wire.send(WebSocketTests.frame("hi"))
                        let echo: [UInt8] = [0x82, 19] + Array("v5.channel.k8s.iohi".utf8)
                        #expect(await wire.receive { $0.count >= echo.count } == echo)
                        try await wire.send(WebSocketTests.frame("bye"))
                        let rest = await wire.receive { _ in false }
                        #expect(rest == [0x82, 20] + Array("v5.channel.k8s.iobye".utf8) + [0x88, 2, 0x03, 0xE8])
                    }
                }
            }
        }
    }
}
