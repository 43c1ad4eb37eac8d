import Crypto

/// People in the log. An event holds a salted commitment in the place of a person's name, so that the name can be
/// forgotten: name and salt lie in the erasable key table. Machines (`system:…`) are named in clear.
public enum Person {
    /// What every commitment begins with.
    public static let prefix = "person:"
    public static let saltSize = 32

    /// True for the name of somebody who may want to be forgotten.
    public static func isPerson(_ name: String) -> Bool { !name.isEmpty && !name.hasPrefix("system:") }

    /// The commitment: SHA-256 over salt and name, base64url (RFC 4648, section 5) without padding.
    /// - Parameter entry: the salt with the name behind it, as the key table holds them.
    public static func commitment(_ entry: some Collection<UInt8>) -> String {
        var hash = SHA256()
        hash.update(data: Array(entry))
        return prefix + base64URL(Array(hash.finalize()))
    }

    /// The name in an entry of the key table.
    public static func name(in entry: [UInt8]) -> String { String(decoding: entry.dropFirst(saltSize), as: UTF8.self) }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        var (buffer, bits) = (0, 0)
        for byte in bytes {
            (buffer, bits) = (buffer << 8 | Int(byte), bits + 8)
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[buffer >> bits & 63])
            }
        }
        if bits > 0 { text.append(alphabet[buffer << (6 - bits) & 63]) }
        return String(decoding: text, as: UTF8.self)
    }
}
