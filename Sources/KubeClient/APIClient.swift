import AsyncHTTPClient
import Glibc
import KubeModel
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A client of one API server over HTTPS, HTTP/2 where the server speaks it. Connections are kept and shared.
///
/// Calls throw `KubeStatus` for what the server refuses and `TransportError` where no answer came.
public final class APIClient: Sendable {
    public let connection: ClusterConnection
    private let http: HTTPClient
    private let userAgent: String

    /// Throws `TransportError.badSettings` where a certificate or key cannot be used.
    public init(_ connection: ClusterConnection, userAgent: String = "purser") throws(TransportError) {
        self.connection = connection
        self.userAgent = userAgent
        var configuration = HTTPClient.Configuration(tlsConfiguration: try Self.tls(connection))
        // A refused connection is told at once; who wants to wait for a server retries himself.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(5)
        configuration.redirectConfiguration = .disallow
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit { http.shutdown { _ in } }

    private static func tls(_ connection: ClusterConnection) throws(TransportError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        do {
            if let authority = connection.certificateAuthority {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
            }
            if let certificate = connection.clientCertificate, let key = connection.clientKey {
                tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key.bytes, format: .pem))
            }
        } catch {
            throw .badSettings("the certificates of the connection cannot be used: \(error)")
        }
        if connection.skipsTLSVerification { tls.certificateVerification = .none }
        return tls
    }

    /// One call, whatever the answer's status. `timeout` is in seconds and covers the whole answer.
    /// A GET whose connection broke is sent once more.
    public func raw(
        _ method: String, _ path: String, query: [(String, String)] = [], body: [UInt8]? = nil,
        contentType: String = "application/json", accept: String = "application/json", timeout: Double = 60
    ) async throws -> APIResponse {
        let request = makeRequest(method, path, query, body, contentType, accept)
        do {
            return try await execute(request, timeout)
        } catch TransportError.connectionLost where method == "GET" {
            return try await execute(request, timeout)
        }
    }

    private func makeRequest(
        _ method: String, _ path: String, _ query: [(String, String)], _ body: [UInt8]?, _ contentType: String,
        _ accept: String
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: connection.server + path + PathText.query(query))
        request.method = HTTPMethod(rawValue: method)
        request.headers.add(name: "user-agent", value: userAgent)
        request.headers.add(name: "accept", value: accept)
        if let token = connection.token {
            request.headers.add(name: "authorization", value: "Bearer \(String(decoding: token.bytes, as: UTF8.self))")
        }
        if let body {
            request.headers.add(name: "content-type", value: contentType)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return request
    }

    private func execute(_ request: HTTPClientRequest, _ timeout: Double) async throws -> APIResponse {
        do {
            let deadline = NIODeadline.now() + .milliseconds(Int64(timeout * 1000))
            let response = try await http.execute(request, deadline: deadline)
            let body = try await response.body.collect(upTo: Self.longestBody)
            return APIResponse(
                status: Int(response.status.code), contentType: response.headers.first(name: "content-type") ?? "",
                body: Array(body.readableBytesView))
        } catch {
            throw Self.transportError(error, server: connection.server)
        }
    }

    /// Bytes; far above any list that a server should send at once.
    private static let longestBody = 2 << 30

    /// The answer's body as it arrives, without a limit of time. Throws the `KubeStatus` of an answer that failed.
    public func stream(
        _ method: String = "GET", _ path: String, query: [(String, String)] = [], accept: String = "*/*"
    ) async throws -> ByteStream {
        let request = makeRequest(method, path, query, nil, "", accept)
        do {
            let response = try await http.execute(request, deadline: .distantFuture)
            guard (200..<300).contains(response.status.code) else {
                let body = try await response.body.collect(upTo: 1 << 22)
                throw APIResponse(
                    status: Int(response.status.code), contentType: "", body: Array(body.readableBytesView)
                ).failure
            }
            return ByteStream(body: response.body, server: connection.server)
        } catch let status as KubeStatus {
            throw status
        } catch {
            throw Self.transportError(error, server: connection.server)
        }
    }

    /// Cancellation stays what it is; everything else becomes a `TransportError`.
    static func transportError(_ error: any Error, server: String) -> any Error {
        switch error {
        case is CancellationError, is TransportError: return error
        case let error as HTTPClientError where error == .cancelled: return CancellationError()
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            return TransportError.timedOut(server: server)
        case let error as HTTPClientError
        where error == .connectTimeout || error == .getConnectionFromPoolTimeout || error == .tlsHandshakeTimeout:
            return TransportError.unreachable(server: server, reason: "no answer to the connection attempt")
        case is NIOConnectionError: return TransportError.unreachable(server: server, reason: connectReason(error))
        case let error as NIOSSLError: return TransportError.unreachable(server: server, reason: "TLS: \(error)")
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            return TransportError.unreachable(server: server, reason: "connection refused")
        case is NIOTooManyBytesError: return TransportError.malformedResponse("the answer is too long")
        default: return TransportError.connectionLost(server: server, reason: "\(error)")
        }
    }

    private static func connectReason(_ error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        if let dns = error.dnsAError ?? error.dnsAAAAError, error.connectionErrors.isEmpty { return "\(dns)" }
        guard let first = error.connectionErrors.first else { return "no address for \(error.host)" }
        return (first.error as? IOError)?.errnoCode == ECONNREFUSED ? "connection refused" : "\(first.error)"
    }
}

/// An answer as it came.
public struct APIResponse: Sendable, Hashable {
    public var status: Int
    public var contentType: String
    public var body: [UInt8]

    public init(status: Int, contentType: String, body: [UInt8]) {
        (self.status, self.contentType, self.body) = (status, contentType, body)
    }

    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The Status of a failure, made up where the body holds none.
    public var failure: KubeStatus {
        if let json = try? JSON(parsing: body), let status = KubeStatus(json: json) { return status }
        let text = String(decoding: body.prefix(500), as: UTF8.self)
        return KubeStatus(code: status, reason: "Unknown", message: "the server answered \(status): \(text)")
    }

    /// The body as JSON; throws the `KubeStatus` of a failure.
    public func json() throws -> JSON {
        guard isSuccess else { throw failure }
        do {
            return try JSON(parsing: body)
        } catch {
            throw TransportError.malformedResponse("\(error)")
        }
    }
}
