import APIServer
import KubeModel
import Testing

@Suite("WebSockets", .timeLimit(.minutes(2)))
struct WebSocketTests {
    /// Sends every message back with the subprotocol before it.
    static let echo = ClosureHandler(then: { request, response in
        let subprotocol = request.subprotocol(of: ["v5.channel.k8s.io", "v4.channel.k8s.io"])
        do {
            let socket = try await response.acceptWebSocket(subprotocol: subprotocol)
            while let message = await socket.receive() {
                try await socket.send(Array((subprotocol ?? "-").utf8) + message)
                if message == Array("bye".utf8) { await socket.close(code: 1000) }
            }
        } catch let status as KubeStatus {
            response.send(.failure(status))
        } catch {}
    })

    static let handshake =
        "GET /exec HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

    /// A masked frame of a client (RFC 6455 section 5.2).
    static func frame(_ text: String, opcode: UInt8 = 2, isLast: Bool = true) -> [UInt8] {
        let mask: [UInt8] = [1, 2, 3, 4]
        let payload = text.utf8.enumerated().map { $1 ^ mask[$0 % 4] }
        return [(isLast ? 0x80 : 0) | opcode, 0x80 | UInt8(payload.count)] + mask + payload
    }

    @Test("the handshake is answered as RFC 6455 says, with a subprotocol that both speak")
    func accepts() async throws {
        try await TestServer.with(Self.echo, isPlain: true) { server in
            try await ByteWire.with(server) { wire in
                try await wire.send(Self.handshake + "Sec-WebSocket-Protocol: v9.x, v4.channel.k8s.io\r\n\r\n")
                let bytes = await wire.receive { $0.suffix(4) == [13, 10, 13, 10] }
                let head = String(decoding: bytes, as: UTF8.self)
                #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
                #expect(head.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
                #expect(head.contains("sec-websocket-protocol: v4.channel.k8s.io\r\n"))
                try await wire.send(Self.frame("hello"))
                let expected: [UInt8] = [0x82, 22] + Array("v4.channel.k8s.iohello".utf8)
                #expect(await wire.receive { $0.count >= expected.count } == expected)
            }
        }
    }

    @Test("fragments are joined, pings answered, and a close is followed by the end")
    func framing() async throws {
        try await TestServer.with(Self.echo, isPlain: true) { server in
            try await ByteWire.with(server) { wire in
                try await wire.send(Self.handshake + "\r\n")
                _ = await wire.receive { $0.suffix(4) == [13, 10, 13, 10] }
                try await wire.send(Self.frame("p", opcode: 9))
                #expect(await wire.receive { $0.count >= 3 } == [0x8A, 1] + Array("p".utf8))
                try await wire.send(Self.frame("b", isLast: false) + Self.frame("ye", opcode: 0))
                let rest = await wire.receive { _ in false }
                #expect(rest == [0x82, 4] + Array("-bye".utf8) + [0x88, 2, 0x03, 0xE8])
            }
        }
    }

    @Test("a request that is no handshake is refused with 400 and stays an HTTP request", arguments: [true, false])
    func refuses(http2: Bool) async throws {
        try await TestServer.with(Self.echo) { server in
            try await server.client(http2: http2) { client in
                let response = try await client.get(server.url)
                #expect(response.status.code == 400)
                #expect(KubeStatus(json: try JSON(parsing: try await response.text()))?.reason == "BadRequest")
            }
        }
    }

    @Test("a session ends when its client leaves")
    func clientLeaves() async throws {
        let (ends, ended) = AsyncStream.makeStream(of: Bool.self)
        let handler = ClosureHandler(then: { _, response in
            guard let socket = try? await response.acceptWebSocket(subprotocol: nil) else { return }
            ended.yield(await socket.receive() == nil)
        })
        try await TestServer.with(handler, isPlain: true) { server in
            try await ByteWire.with(server) { wire in
                try await wire.send(Self.handshake + "\r\n")
                _ = await wire.receive { $0.suffix(4) == [13, 10, 13, 10] }
            }
            var iterator = ends.makeAsyncIterator()
            #expect(await iterator.next() == true)
        }
    }
}
