import Crypto
import KubeModel
import NIOHTTP1

/// The server's half of RFC 6455's opening handshake.
struct WebSocketHandshake {
    /// The headers of the 101 response.
    let headers: HTTPHeaders

    init(_ request: HTTPRequestHead, subprotocol: String?) throws(KubeStatus) {
        guard Self.asksForWebSocket(request.headers), let key = request.headers.first(name: "sec-websocket-key") else {
            throw .badRequest("this request needs a WebSocket handshake (Connection: Upgrade, Upgrade: websocket)")
        }
        guard request.headers.first(name: "sec-websocket-version") == "13" else {
            throw .badRequest("only version 13 of the WebSocket protocol is supported")
        }
        var headers = HTTPHeaders([
            ("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-accept", Self.accept(key)),
        ])
        if let subprotocol { headers.add(name: "sec-websocket-protocol", value: subprotocol) }
        self.headers = headers
    }

    static func asksForWebSocket(_ headers: HTTPHeaders) -> Bool {
        headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
            && headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
    }

    /// Section 4.2.2: base64 of SHA-1 over the key and a fixed identifier.
    static func accept(_ key: String) -> String {
        var digest = Insecure.SHA1()
        digest.update(data: Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        return Base64.encode(Array(digest.finalize()))
    }
}

extension HTTPRequest {
    /// Whether the client wants a WebSocket.
    public var asksForWebSocket: Bool {
        guard let upgrade = headers["upgrade"], headers["connection"] != nil else { return false }
        return upgrade.lowercased() == "websocket"
    }

    /// The first of the subprotocols offered by the client that the server speaks too.
    public func subprotocol(of spoken: [String]) -> String? {
        headers.values("sec-websocket-protocol").flatMap { $0.split(separator: ",") }
            .map { String($0.drop { $0 == " " }.prefix { $0 != " " }) }
            .first(where: spoken.contains)
    }
}
