/// RFC 4648 base64 with padding, as Go's `encoding/base64.StdEncoding` reads and writes it.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
        return table
    }()

    static func encode(_ bytes: some Collection<UInt8>) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var group: UInt32 = 0
        var count = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            count += 1
            guard count == 3 else { continue }
            for shift in [18, 12, 6, 0] { out.append(alphabet[Int(group >> UInt32(shift) & 63)]) }
            (group, count) = (0, 0)
        }
        if count > 0 {
            group <<= UInt32(8 * (3 - count))
            for index in 0..<4 {
                out.append(index <= count ? alphabet[Int(group >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Nil where the text is well formed; otherwise the offset of the first byte that is not.
    static func fault(_ text: String) -> Int? {
        var text = text
        return text.withUTF8 { utf8 in
            var (digits, padding) = (0, 0)
            for (offset, byte) in utf8.enumerated() where byte != 0x0A && byte != 0x0D {
                if byte == UInt8(ascii: "=") {
                    padding += 1
                    guard digits % 4 >= 2, digits % 4 + padding <= 4 else { return offset }
                } else {
                    guard padding == 0, values[Int(byte)] != 255 else { return offset }
                    digits += 1
                }
            }
            return (digits + padding) % 4 == 0 ? nil : utf8.count
        }
    }

    /// How many bytes a well-formed text stands for.
    static func decodedCount(_ text: String) -> Int {
        let digits = text.utf8.lazy.filter { values[Int($0)] != 255 }.count
        return digits * 3 / 4
    }
}
