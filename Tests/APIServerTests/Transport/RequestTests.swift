import APIServer
import AsyncHTTPClient
import Foundation
import KubeModel
import Testing

@Suite("Requests over real sockets", .timeLimit(.minutes(2)))
struct RequestTests {
    /// Tells what it was asked.
    static let echo = ClosureHandler(
        immediately: { request in
            guard request.path != "/slow" else { return nil }
            return answer(request)
        }, then: { request, response in response.send(answer(request)) })

    static func answer(_ request: HTTPRequest) -> HTTPResponse {
        .json([
            "method": .string(request.method), "path": .string(request.path), "query": .string(request.rawQuery),
            "agent": .string(request.headers["User-Agent"] ?? ""), "body": .int(Int64(request.body.count)),
            "http2": .bool(request.connection.isHTTP2), "address": .string(request.connection.remoteAddress),
            "user": .string(request.connection.peer?.commonName ?? ""),
            "groups": .array((request.connection.peer?.identity.groups ?? []).map { .string($0) }),
        ])
    }

    @Test(
        "a request arrives whole and its answer goes back, on both protocols and both paths of a handler",
        arguments: [true, false], ["/at/once", "/slow"])
    func echo(http2: Bool, path: String) async throws {
        try await TestServer.with(Self.echo) { server in
            try await server.client(http2: http2) { client in
                let response = try await client.send(
                    "\(server.url)\(path)?a=b%20c", method: "POST", headers: [("User-Agent", "tester")],
                    body: [UInt8](repeating: 7, count: 100_000))
                #expect(response.status.code == 200)
                #expect(response.headers.first(name: "date")?.hasSuffix("GMT") == true)
                #expect(response.headers.first(name: "content-type") == "application/json")
                let answer = try JSON(parsing: try await response.text())
                #expect(
                    answer == [
                        "method": "POST", "path": .string(path), "query": "a=b%20c", "agent": "tester", "body": 100_000,
                        "http2": .bool(http2), "address": "127.0.0.1", "user": "", "groups": [],
                    ])
            }
        }
    }

    @Test("a client certificate names its user and groups", arguments: [true, false])
    func certificate(http2: Bool) async throws {
        try await TestServer.with(Self.echo) { server in
            try await server.client(http2: http2, user: "system:node:n1", groups: ["system:nodes", "staff"]) { client in
                let answer = try JSON(parsing: try await client.get(server.url).text())
                #expect(answer.string("user") == "system:node:n1")
                #expect(answer.array("groups") == ["system:nodes", "staff", "system:authenticated"])
            }
        }
    }

    @Test("a certificate of a foreign authority is refused")
    func foreignCertificate() async throws {
        try await TestServer.with(Self.echo) { server in
            let stranger = TestServer(
                port: server.port, certificates: try TestCertificates(), listener: server.listener)
            await #expect(throws: (any Error).self) {
                try await stranger.client(http2: true, user: "mallory") { _ = try await $0.get(stranger.url) }
            }
        }
    }

    @Test(
        "a body over the limit is refused with 413, whether its length is stated or not, and others are still served",
        arguments: [true, false], [true, false])
    func tooLarge(http2: Bool, hasLength: Bool) async throws {
        var limits = HTTPLimits()
        limits.bodySize = 200_000
        try await TestServer.with(Self.echo, limits: limits) { server in
            try await server.client(http2: http2) { client in
                var request = HTTPClientRequest(url: server.url)
                request.method = .POST
                let bytes = [UInt8](repeating: 7, count: 200_001)
                request.body = .bytes(bytes, length: hasLength ? .known(Int64(bytes.count)) : .unknown)
                let response = try await client.execute(request, timeout: .seconds(60))
                #expect(response.status.code == 413)
                let status = KubeStatus(json: try JSON(parsing: try await response.text()))
                #expect(status?.reason == "RequestEntityTooLarge")
                #expect(status?.message == "Request entity too large: limit is 200000")
                let next = try await client.send(server.url, method: "POST", body: Array(bytes.dropLast()))
                #expect(try JSON(parsing: try await next.text()).int("body") == 200_000)
            }
        }
    }

    @Test("a large body of shared pieces arrives byte for byte", arguments: [true, false])
    func largeResponse(http2: Bool) async throws {
        let pieces = (0..<600).map { piece in [UInt8](repeating: UInt8(truncatingIfNeeded: piece), count: 5000) }
        let whole = pieces.reduce(into: [UInt8]()) { $0 += $1 }
        let handler = ClosureHandler(
            immediately: { request in
                request.path == "/now" ? HTTPResponse(status: 200, body: pieces) : nil
            }, then: { _, response in response.send(HTTPResponse(status: 200, body: pieces)) })
        try await TestServer.with(handler) { server in
            try await server.client(http2: http2) { client in
                for path in ["/now", "/later"] {
                    let response = try await client.get(server.url + path)
                    #expect(response.headers.first(name: "content-length") == "3000000")
                    let body = try await response.body.collect(upTo: 20_000_000)
                    #expect(Array(body.readableBytesView) == whole)
                }
            }
        }
    }

    @Test("a handler that does not answer makes a 500", arguments: [true, false])
    func unanswered(http2: Bool) async throws {
        try await TestServer.with(ClosureHandler()) { server in
            try await server.client(http2: http2) { client in
                let response = try await client.get(server.url)
                #expect(response.status.code == 500)
                #expect(KubeStatus(json: try JSON(parsing: try await response.text()))?.reason == "InternalError")
            }
        }
    }

    @Test("pipelined requests are answered in their order, HEAD without a body")
    func pipelining() async throws {
        let handler = ClosureHandler(then: { request, response in response.send(.text("answer to \(request.path)")) })
        try await TestServer.with(handler, isPlain: true) { server in
            let text = try await ByteWire.with(server) { wire in
                try await wire.send(
                    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n"
                        + "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                return await wire.receiveAll()
            }
            let answers = text.components(separatedBy: "HTTP/1.1 200 OK\r\n").dropFirst()
            #expect(
                answers.map { $0.components(separatedBy: "\r\n\r\n").last } == ["answer to /1", "", "answer to /3"])
            #expect(answers.allSatisfy { $0.contains("content-length: 12\r\n") })
        }
    }

    @Test("a client that waits for 100 Continue is told to go on")
    func expectContinue() async throws {
        try await TestServer.with(Self.echo, isPlain: true) { server in
            try await ByteWire.with(server) { wire in
                try await wire.send("PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
                let interim = await wire.receive { $0.suffix(4) == [13, 10, 13, 10] }
                #expect(String(decoding: interim, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
            }
        }
    }

    @Test("headers over the limit are refused, and the connection is closed")
    func headersTooLarge() async throws {
        var limits = HTTPLimits()
        limits.headerSize = 4096
        try await TestServer.with(Self.echo, limits: limits, isPlain: true) { server in
            let answer = try await ByteWire.with(server) { wire in
                let padding = String(repeating: "x", count: 8192)
                try await wire.send("GET / HTTP/1.1\r\nHost: a\r\nX-Padding: \(padding)\r\n\r\n")
                return await wire.receiveAll()
            }
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
        }
    }
}
