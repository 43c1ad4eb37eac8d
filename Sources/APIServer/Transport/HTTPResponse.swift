import KubeModel

/// A whole response. Header names are lower case, as HTTP/2 requires; `content-length` and `date` are added.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var contentType: String?
    public var headers: [(name: String, value: String)]
    /// The body in pieces that are written one after the other and never joined, so that they can be shared.
    public var body: [[UInt8]]

    public init(
        status: Int, contentType: String? = nil, headers: [(name: String, value: String)] = [], body: [[UInt8]] = []
    ) {
        (self.status, self.contentType, self.headers, self.body) = (status, contentType, headers, body)
    }

    public static let json = "application/json"

    public static func json(_ bytes: [UInt8], status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: json, body: [bytes])
    }

    public static func json(_ value: JSON, status: Int = 200) -> HTTPResponse {
        json(value.canonicalBytes, status: status)
    }

    public static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "text/plain; charset=utf-8", body: [Array(text.utf8)])
    }

    /// The API error, with `retry-after` where the status has one.
    public static func failure(_ status: KubeStatus) -> HTTPResponse {
        var response = json(status.json, status: status.code)
        if let seconds = status.retryAfterSeconds { response.headers.append(("retry-after", String(seconds))) }
        if status.code == 401 { response.headers.append(("www-authenticate", "Bearer realm=\"purser\"")) }
        return response
    }

    /// The body's length in bytes.
    public var contentLength: Int { body.reduce(0) { $0 + $1.count } }
}
