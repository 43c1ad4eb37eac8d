import APIServer
import KubeModel
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle
import Testing

/// Answers every request with a stream, hands the streams to the test, and reports how each ended.
struct StreamingHandler: RequestHandler {
    let streams: AsyncStream<any ResponseStream>
    let ends: AsyncStream<StreamEnd>
    private let opened: AsyncStream<any ResponseStream>.Continuation
    private let ended: AsyncStream<StreamEnd>.Continuation
    var limit: Duration?

    init(limit: Duration? = nil) {
        (streams, opened) = AsyncStream.makeStream(of: (any ResponseStream).self)
        (ends, ended) = AsyncStream.makeStream(of: StreamEnd.self)
        self.limit = limit
    }

    func handleImmediately(_ request: HTTPRequest) -> HTTPResponse? {
        request.path == "/ping" ? .text("pong") : nil
    }

    func handle(_ request: HTTPRequest, _ response: any ResponseWriter) async {
        let stream = response.stream(contentType: "application/json")
        opened.yield(stream)
        ended.yield(await stream.ended(within: limit))
    }
}

@Suite("Streams over real sockets", .timeLimit(.minutes(2)))
struct StreamTests {
    @Test("what is written reaches the client while the stream is open", arguments: [true, false])
    func delivers(http2: Bool) async throws {
        let handler = StreamingHandler()
        try await TestServer.with(handler) { server in
            try await server.client(http2: http2) { client in
                let response = try await client.get("\(server.url)/watch")
                var streams = handler.streams.makeAsyncIterator()
                let stream = try #require(await streams.next())
                var body = response.body.makeAsyncIterator()
                for line in ["one\n", "two\n", "three\n"] {
                    #expect(stream.write(Array(line.utf8)))
                    #expect(try await body.next().map { String(buffer: $0) } == line)
                }
                stream.finish()
                #expect(try await body.next() == nil)
                #expect(stream.write([1]) == false)
            }
        }
    }

    @Test("a silent watch ends when its client leaves", arguments: [true, false])
    func clientLeaves(http2: Bool) async throws {
        let handler = StreamingHandler()
        try await TestServer.with(handler) { server in
            try await server.client(http2: http2) { client in
                _ = try await client.get("\(server.url)/watch")
                // The response is dropped here, and with it the request.
            }
            var ends = handler.ends.makeAsyncIterator()
            #expect(await ends.next() == .closed)
        }
    }

    @Test("a watch ends at its time limit", arguments: [true, false])
    func timeLimit(http2: Bool) async throws {
        let handler = StreamingHandler(limit: .milliseconds(1))
        try await TestServer.with(handler) { server in
            try await server.client(http2: http2) { client in
                let response = try await client.get("\(server.url)/watch")
                #expect(try await response.text() == "")
                var ends = handler.ends.makeAsyncIterator()
                #expect(await ends.next() == .timeLimit)
            }
        }
    }

    @Test("a producer that waits for its reader sends any amount within the queue's limit", arguments: [true, false])
    func backPressure(http2: Bool) async throws {
        let piece = [UInt8](repeating: 42, count: 100_000)
        let handler = ClosureHandler(then: { _, response in
            let stream = response.stream(contentType: "text/plain")
            for _ in 0..<50 {
                stream.write(piece)
                try? await stream.drained()
            }
            stream.finish()
        })
        var limits = HTTPLimits()
        limits.queuedBytes = 1_000_000
        try await TestServer.with(handler, limits: limits) { server in
            try await server.client(http2: http2) { client in
                let body = try await client.get(server.url).body.collect(upTo: 30_000_000)
                #expect(body.readableBytes == 5_000_000)
            }
        }
    }

    @Test("a watcher that does not read is cut off, and only it")
    func slowWatcher() async throws {
        var limits = HTTPLimits()
        limits.queuedBytes = 100_000
        let handler = StreamingHandler()
        try await TestServer.with(handler, limits: limits) { server in
            try await HTTP2Wire.with(server) { wire in
                // The wire never widens its windows, so the server can send no more than 64 KiB.
                try await wire.get("/watch", stream: 1)
                var streams = handler.streams.makeAsyncIterator()
                let stream = try #require(await streams.next())
                var written = 0
                while stream.write([UInt8](repeating: 1, count: 10_000)) { written += 1 }
                #expect(written > 10)
                for await frame in wire.frames where frame.streamID == 1 {
                    if case .rstStream = frame.payload { break }
                }
                var ends = handler.ends.makeAsyncIterator()
                #expect(await ends.next() == .closed)
                try await wire.get("/ping", stream: 3)
                #expect(await wire.frames.first { $0.streamID == 3 && $0.status == "200" } != nil)
            }
        }
    }

    @Test("a flood of resets on a connection does not end its watch")
    func resetFlood() async throws {
        let handler = StreamingHandler()
        try await TestServer.with(handler) { server in
            try await HTTP2Wire.with(server) { wire in
                try await wire.get("/watch", stream: 1)
                var streams = handler.streams.makeAsyncIterator()
                let watch = try #require(await streams.next())
                for id in stride(from: 3, to: 1003, by: 2) {
                    try await wire.get("/watch", stream: id)
                    try await wire.reset(stream: id)
                }
                #expect(watch.write(Array("still here".utf8)))
                #expect(await wire.frames.first { $0.streamID == 1 && $0.text != nil }?.text == "still here")
            }
        }
    }

    @Test("a thousand requests wait on one connection at once and are all answered")
    func thousandStreams() async throws {
        let handler = StreamingHandler()
        try await TestServer.with(handler) { server in
            try await HTTP2Wire.with(server) { wire in
                for id in stride(from: 1, to: 2001, by: 2) { try await wire.get("/watch", stream: id) }
                var streams = handler.streams.makeAsyncIterator()
                var open: [any ResponseStream] = []
                while open.count < 1000, let stream = await streams.next() { open.append(stream) }
                for stream in open {
                    stream.write([UInt8(ascii: "x")])
                    stream.finish()
                }
                var answered: Set<Int> = []
                for await frame in wire.frames where frame.text == "x" {
                    answered.insert(Int(frame.streamID))
                    if answered.count == 1000 { break }
                }
                #expect(answered == Set(stride(from: 1, to: 2001, by: 2)))
            }
        }
    }
}

@Suite("Graceful shutdown", .timeLimit(.minutes(2)))
struct ShutdownTests {
    @Test("shutdown ends watches, lets a request in progress finish, and then returns", arguments: [true, false])
    func graceful(http2: Bool) async throws {
        let watching = StreamingHandler()
        let (release, go) = AsyncStream.makeStream(of: Void.self)
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let handler = ClosureHandler(then: { request, response in
            if request.path == "/watch" { return await watching.handle(request, response) }
            arrived.yield()
            for await _ in release { break }
            response.send(.text("done"))
        })
        let certificates = try TestCertificates()
        let listener = HTTPListener(
            configuration: .init(host: "127.0.0.1", port: 0, tls: certificates.files), handler: handler,
            logger: Logger(label: "test"))
        let server = TestServer(port: try await listener.bind(), certificates: certificates, listener: listener)
        let group = ServiceGroup(services: [listener], logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await server.client(http2: http2) { client in
                let watch = try await client.get("\(server.url)/watch")
                async let slow = client.get("\(server.url)/slow").text()
                for await _ in arrivals { break }
                await group.triggerGracefulShutdown()
                #expect(try await watch.text() == "")
                var ends = watching.ends.makeAsyncIterator()
                #expect(await ends.next() == .serverShutdown)
                go.yield()
                #expect(try await slow == "done")
            }
            try await tasks.waitForAll()
        }
        await #expect(throws: (any Error).self) {
            try await server.client(http2: http2) { _ = try await $0.get(server.url) }
        }
    }
}
