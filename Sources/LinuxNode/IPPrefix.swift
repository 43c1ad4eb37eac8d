import CLinux
import Glibc

/// A range of addresses in CIDR notation, or one address: `10.244.1.0/24`, `fd00::/64`, `10.244.1.7`.
public struct IPPrefix: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes in network order.
    public let address: [UInt8]
    public let length: UInt8

    public init(_ text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let host = parts.first.map(String.init) ?? ""
        let version6 = host.contains(":")
        var bytes = [UInt8](repeating: 0, count: version6 ? 16 : 4)
        let length = parts.count == 2 ? UInt8(parts[1]) : UInt8(bytes.count * 8)
        guard parts.count <= 2, inet_pton(version6 ? AF_INET6 : AF_INET, host, &bytes) == 1,
            let length, Int(length) <= bytes.count * 8
        else { throw NodeError(.invalid, "\(text) is no address or range of addresses like 10.244.1.0/24") }
        address = bytes
        self.length = length
    }

    private init(address: [UInt8], length: UInt8) {
        self.address = address
        self.length = length
    }

    /// The first address of the range behind its own: the gateway, with the range's length.
    var gateway: IPPrefix {
        var bytes = address
        bytes[bytes.count - 1] |= 1
        return IPPrefix(address: bytes, length: length)
    }

    var host: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(address.count == 16 ? AF_INET6 : AF_INET, address, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    public var description: String { "\(host)/\(length)" }

    /// As the kernel's side wants it.
    var kernel: purser_prefix {
        var prefix = purser_prefix()
        prefix.family = address.count == 16 ? AF_INET6 : AF_INET
        prefix.length = length
        withUnsafeMutableBytes(of: &prefix.address) { $0.copyBytes(from: address) }
        return prefix
    }
}
