import KubeModel

/// Which protocols a client offers for its streams into a pod.
struct StreamOffer {
    /// Kubernetes' remote commands over WebSocket, as this server speaks them; the newest first.
    static let channels = ["v5.channel.k8s.io", "v4.channel.k8s.io"]
    /// Those that containerd speaks.
    private static let passed = [
        "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io",
    ]

    /// Whether the command reads input or has a terminal.
    let isInteractive: Bool
    /// Whether this server can answer a command by itself.
    let speaksChannels: Bool
    /// Whether the node's runtime can answer. A client that offers v5 is refused, and falls back to SPDY.
    let isPassedThrough: Bool

    init(_ request: HTTPRequest) {
        let query = request.query
        isInteractive = ["stdin", "tty"].contains { query[$0] == "true" || query[$0] == "1" }
        speaksChannels = request.asksForWebSocket && request.subprotocol(of: Self.channels) != nil
        let isSPDY = request.headers["upgrade"]?.lowercased() == "spdy/3.1"
        let isOldWebSocket =
            request.asksForWebSocket && request.subprotocol(of: Self.passed) != nil
            && request.subprotocol(of: ["v5.channel.k8s.io"]) == nil
        isPassedThrough = isSPDY || isOldWebSocket
    }
}
