import APIServer
import AsyncHTTPClient
import Logging
import NIOCore
import NIOSSL

/// A handler made of closures.
struct ClosureHandler: RequestHandler {
    var immediately: @Sendable (HTTPRequest) -> HTTPResponse? = { _ in nil }
    var then: @Sendable (HTTPRequest, any ResponseWriter) async -> Void = { _, _ in }

    func handleImmediately(_ request: HTTPRequest) -> HTTPResponse? { immediately(request) }
    func handle(_ request: HTTPRequest, _ response: any ResponseWriter) async { await then(request, response) }
}

/// A listener on a free port of 127.0.0.1 for the time of a test.
struct TestServer {
    let port: Int
    let certificates: TestCertificates
    let listener: HTTPListener

    var url: String { "https://127.0.0.1:\(port)" }

    static func with<Result: Sendable>(
        _ handler: any RequestHandler, limits: HTTPLimits = HTTPLimits(), isPlain: Bool = false,
        _ body: @Sendable @escaping (TestServer) async throws -> Result
    ) async throws -> Result {
        let certificates = try TestCertificates()
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let listener = HTTPListener(
            configuration: HTTPListener.Configuration(
                host: "127.0.0.1", port: 0, tls: isPlain ? nil : certificates.files, limits: limits),
            handler: handler, logger: logger)
        let server = TestServer(port: try await listener.bind(), certificates: certificates, listener: listener)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listener.run() }
            let result = try await body(server)
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }

    /// Runs requests of a client of its own.
    func client<Result>(
        http2: Bool, user: String? = nil, groups: [String] = [],
        _ body: (HTTPClient) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try certificates.client(user: user, groups: groups))
        // The client tries again until then.
        configuration.timeout.connect = .seconds(2)
        configuration.httpVersion = http2 ? .automatic : .http1Only
        let client = HTTPClient(configuration: configuration)
        do {
            let result = try await body(client)
            try await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}

extension HTTPClient {
    func get(_ url: String, headers: [(String, String)] = []) async throws -> HTTPClientResponse {
        try await send(url, headers: headers)
    }

    func send(
        _ url: String, method: String = "GET", headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        request.method = .RAW(value: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(body, length: .known(Int64(body.count))) }
        return try await execute(request, timeout: .seconds(60))
    }
}

extension HTTPClientResponse {
    func text() async throws -> String {
        String(buffer: try await body.collect(upTo: 64 * 1024 * 1024))
    }
}
