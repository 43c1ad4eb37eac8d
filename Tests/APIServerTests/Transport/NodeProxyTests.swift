import APIServer
import AsyncHTTPClient
import Foundation
import KubeClient
import KubeModel
import NIOCore
import Testing

@Suite("Calls passed on to node agents", .timeLimit(.minutes(2)))
struct NodeProxyTests {
    /// Answers as an agent does, and tells who asked for what.
    static let agent = ClosureHandler(then: { request, response in
        let asked = "\(request.connection.peer?.commonName ?? "?") \(request.method) \(request.target)"
        switch request.path {
        case "/containerLogs/shop/web/nginx":
            let stream = response.stream(contentType: "text/plain")
            stream.write(Array("\(asked)\n".utf8))
            for line in 0..<1000 { stream.write(Array("line \(line)\n".utf8)) }
            stream.finish()
        case "/stream": await echo(asked, response)
        case "/exec": response.send(.text(asked + " " + String(decoding: request.body, as: UTF8.self)))
        case "/gone": response.send(.failure(.notFound(.pods, name: "web")))
        default: response.send(.text("no such container", status: 400))
        }
    })

    /// Speaks a protocol of its own: says who asked, and sends everything back.
    private static func echo(_ asked: String, _ response: any ResponseWriter) async {
        guard let raw = try? await response.takeOver() else { return }
        try? await raw.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "HTTP/1.1 101 Echo\r\n\r\n\(asked)\n"))
            for try await bytes in inbound {
                try await outbound.write(bytes)
                if String(buffer: bytes).hasSuffix("bye") { break }
            }
            try await raw.channel.writeAndFlush(ByteBuffer()).get()
        }
    }

    @Test("a connection is passed through byte by byte, both ways, until the agent ends it")
    func tunnels() async throws {
        try await Self.withProxy { proxy, endpoint in
            let handler = ClosureHandler(then: { request, response in
                let upgrade = UpgradeRequest(
                    method: request.method, target: "/stream?x=1",
                    headers: ["connection": "Upgrade", "upgrade": "echo"])
                do throws(KubeStatus) { try await proxy.tunnel(node: endpoint, upgrade, to: response) } catch {
                    response.send(.failure(error))
                }
            })
            try await TestServer.with(handler, isPlain: true) { server in
                try await ByteWire.with(server) { wire in
                    try await wire.send(
                        "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n"
                            + "Content-Length: 0\r\n\r\n")
                    let head = await wire.receive { $0.last == 10 && $0.count > 24 }
                    #expect(
                        String(decoding: head, as: UTF8.self)
                            == "HTTP/1.1 101 Echo\r\n\r\nsystem:apiserver POST /stream?x=1\n")
                    let long = String(repeating: "0123456789", count: 100_000)
                    try await wire.send(long + "bye")
                    #expect(await wire.receiveAll() == long + "bye")
                }
                try await ByteWire.with(server) { wire in
                    try await wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                    let refusal = await wire.receive { String(decoding: $0, as: UTF8.self).contains("Upgrade)") }
                    #expect(String(decoding: refusal, as: UTF8.self).hasPrefix("HTTP/1.1 400 "))
                }
            }
        }
    }

    /// Runs a proxy that knows the agent's authority and shows itself as `system:apiserver`.
    static func withProxy(_ body: @Sendable @escaping (NodeProxy, NodeEndpoint) async throws -> Void) async throws {
        try await TestServer.with(agent) { agent in
            let folder = agent.certificates.folder
            let (certificate, key) = try agent.certificates.clientFiles(user: "system:apiserver", groups: [])
            let proxy = try NodeProxy(
                .init(ca: folder.appending(path: "ca.pem").path, certificateChain: certificate, privateKey: key))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await proxy.run() }
                try await body(proxy, NodeEndpoint(name: "n1", address: "127.0.0.1", port: agent.port))
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test("a log is passed through as it comes, and asked for with the server's certificate")
    func streams() async throws {
        try await Self.withProxy { proxy, endpoint in
            let handler = ClosureHandler(then: { _, response in
                try? await proxy.stream(
                    node: endpoint, path: "/containerLogs/shop/web/nginx", query: "follow=true", to: response)
            })
            try await TestServer.with(handler) { server in
                try await server.client(http2: true) { client in
                    let lines = try await client.get(server.url).text().split(separator: "\n")
                    #expect(lines.count == 1001)
                    #expect(lines.first == "system:apiserver GET /containerLogs/shop/web/nginx?follow=true")
                    #expect(lines.last == "line 999")
                }
            }
        }
    }

    @Test("a post is answered whole")
    func posts() async throws {
        try await Self.withProxy { proxy, endpoint in
            let answer = try await proxy.post(
                node: endpoint, path: "/exec", query: "command=ls", body: Array("in".utf8))
            #expect(String(decoding: answer, as: UTF8.self) == "system:apiserver POST /exec?command=ls in")
        }
    }

    @Test("an agent's refusal is passed on, a Status as it is and a text inside one")
    func refusals() async throws {
        try await Self.withProxy { proxy, endpoint in
            let gone = await #expect(throws: KubeStatus.self) {
                try await proxy.post(node: endpoint, path: "/gone", query: "", body: [])
            }
            #expect(gone == .notFound(.pods, name: "web"))
            let bad = await #expect(throws: KubeStatus.self) {
                try await proxy.post(node: endpoint, path: "/else", query: "", body: [])
            }
            #expect(bad?.code == 400 && bad?.message == "the agent of node \"n1\" answered 400: no such container")
        }
    }

    @Test("an agent that is not there makes a 503 that names the node")
    func unreachable() async throws {
        try await Self.withProxy { proxy, _ in
            let nowhere = NodeEndpoint(name: "n1", address: "127.0.0.1", port: 1)
            let error = await #expect(throws: KubeStatus.self) {
                try await proxy.post(node: nowhere, path: "/exec", query: "", body: [])
            }
            #expect(error?.code == 503 && error?.message.contains("node \"n1\" at 127.0.0.1:1") == true)
        }
    }
}
