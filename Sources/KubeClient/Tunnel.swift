import NIOCore

/// A connection whose bytes are passed on as they are.
public typealias RawConnection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

/// Joins two connections whose ends speak a protocol that nobody between them needs to know.
public enum Tunnel {
    /// Passes bytes both ways until either side ends, and closes both.
    /// - Parameter opening: what the right side is sent first.
    public static func join(_ left: RawConnection, _ right: RawConnection, opening: [UInt8] = []) async throws {
        try await left.executeThenClose { leftInbound, leftOutbound in
            try await right.executeThenClose { rightInbound, rightOutbound in
                if !opening.isEmpty { try await rightOutbound.write(ByteBuffer(bytes: opening)) }
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await pass(leftInbound, to: rightOutbound, of: right) }
                    group.addTask { await pass(rightInbound, to: leftOutbound, of: left) }
                    await group.next()
                    group.cancelAll()
                }
            }
        }
    }

    /// A connection that breaks ends the tunnel, as one that is closed does.
    private static func pass(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, to outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        of receiver: RawConnection
    ) async {
        do {
            for try await bytes in inbound { try await outbound.write(bytes) }
            // Closing drops what has not been written yet.
            try await receiver.channel.writeAndFlush(ByteBuffer()).get()
        } catch {}
    }
}

/// The head of an HTTP/1.1 request that asks for another protocol.
public struct UpgradeRequest: Sendable, Hashable {
    public var method: String
    /// Path and query, percent-encoded.
    public var target: String
    public var headers: [String: String]

    /// What the two ends of an upgrade tell each other (RFC 9110 section 7.8, RFC 6455, Kubernetes' remote commands).
    public static let headerNames = [
        "connection", "upgrade", "sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol",
        "x-stream-protocol-version",
    ]

    public init(method: String, target: String, headers: [String: String]) {
        (self.method, self.target, self.headers) = (method, target, headers)
    }

    /// Reads a head as it came, up to and with its empty line; nil for what is none.
    public init?(head: String) {
        let lines = head.split(separator: "\r\n")
        guard let parts = lines.first?.split(separator: " "), parts.count == 3, parts[2].hasPrefix("HTTP/1.1") else {
            return nil
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let name = line[..<colon].lowercased()
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            guard Self.headerNames.contains(name) else { continue }
            headers[name] = headers[name].map { "\($0), \(value)" } ?? String(value)
        }
        self.init(method: String(parts[0]), target: String(parts[1]), headers: headers)
    }

    /// The head as it is sent to a host.
    public func bytes(host: String) -> [UInt8] {
        var text = "\(method) \(target) HTTP/1.1\r\nhost: \(host)\r\n"
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { text += "\(name): \(value)\r\n" }
        return Array("\(text)content-length: 0\r\n\r\n".utf8)
    }
}
