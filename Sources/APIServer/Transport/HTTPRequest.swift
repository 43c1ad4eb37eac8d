import NIOHPACK
import NIOHTTP1

/// One request, its body read whole.
public struct HTTPRequest: Sendable {
    /// `GET`, `POST`, … as the client wrote it.
    public var method: String
    /// The request target as it was sent: path and query, percent-encoded.
    public var target: String
    /// The target up to the question mark, percent-encoded.
    public var path: String
    /// What follows the question mark, percent-encoded; empty without one.
    public var rawQuery: String
    public var headers: RequestHeaders
    public var body: [UInt8]
    /// What all requests of the connection share.
    public var connection: ConnectionContext

    public init(
        method: String, target: String, headers: RequestHeaders = RequestHeaders(), body: [UInt8] = [],
        connection: ConnectionContext = ConnectionContext()
    ) {
        (self.method, self.target, self.headers) = (method, target, headers)
        (self.body, self.connection) = (body, connection)
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            rawQuery = String(target[target.utf8.index(after: mark)...])
        } else {
            path = target
            rawQuery = ""
        }
    }

    /// The query's pairs, decoded; empty for most requests, so it costs nothing to ask.
    public var query: Query { Query(rawQuery) }
}

/// What is known of a connection: computed once, when it opens.
public final class ConnectionContext: Sendable {
    /// The client's address without its port.
    public let remoteAddress: String
    /// Whom the verified client certificate names; nil without one.
    public let peer: PeerCertificate?
    public let isHTTP2: Bool

    public init(remoteAddress: String = "", peer: PeerCertificate? = nil, isHTTP2: Bool = false) {
        (self.remoteAddress, self.peer, self.isHTTP2) = (remoteAddress, peer, isHTTP2)
    }
}

/// The subject of a verified client certificate.
public struct PeerCertificate: Sendable, Hashable {
    public let commonName: String
    public let organizations: [String]
    /// The user the certificate stands for: its common name, with its organizations as groups.
    public let identity: Identity

    public init(commonName: String, organizations: [String]) {
        (self.commonName, self.organizations) = (commonName, organizations)
        identity = Identity(name: commonName, groups: organizations + [Identity.authenticated])
    }
}

/// The headers of a request, whichever protocol brought them. Names are compared without regard to case.
public struct RequestHeaders: Sendable {
    private enum Storage: Sendable {
        case http1(HTTPHeaders)
        case http2(HPACKHeaders)
    }

    private let storage: Storage

    init(_ headers: HTTPHeaders) { storage = .http1(headers) }
    init(_ headers: HPACKHeaders) { storage = .http2(headers) }
    public init(_ headers: [(String, String)] = []) { storage = .http1(HTTPHeaders(headers)) }

    /// The first value of a header.
    public subscript(name: String) -> String? {
        switch storage {
        case .http1(let headers): headers.first(name: name)
        case .http2(let headers): headers.first(name: name)
        }
    }

    /// All values of a header, in their order.
    public func values(_ name: String) -> [String] {
        switch storage {
        case .http1(let headers): headers[name]
        case .http2(let headers): headers[name]
        }
    }

    /// All headers, HTTP/2's pseudo headers left out.
    public var all: [(name: String, value: String)] {
        switch storage {
        case .http1(let headers): headers.map { ($0.name, $0.value) }
        case .http2(let headers): headers.filter { !$0.name.hasPrefix(":") }.map { ($0.name, $0.value) }
        }
    }
}
