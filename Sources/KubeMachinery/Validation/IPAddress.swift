/// The textual forms of IP addresses.
enum IPAddress {
    enum Family { case v4, v6 }

    /// Nil where the text is no address.
    static func family(_ text: String) -> Family? {
        if isV4(text) { return .v4 }
        return isV6(text) ? .v6 : nil
    }

    private static func isV4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                    return false
                }
                return part == "0" || (part.utf8.first != 0x30 && UInt8(part) != nil)
            }
    }

    /// RFC 4291: eight groups, one run of zeroes may be `::`, the last two groups may be an IPv4 address.
    private static func isV6(_ text: String) -> Bool {
        var groups = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard groups.count >= 3 else { return false }
        var width = 8
        if let last = groups.last, last.contains(".") {
            guard isV4(last) else { return false }
            groups.removeLast()
            width = 6
            if groups.last?.isEmpty == true, groups.count == 2, groups[0].isEmpty { groups.append("") }
        }
        let inner = groups.dropFirst().dropLast().filter(\.isEmpty).count
        let opens = groups.first?.isEmpty == true
        let closes = groups.last?.isEmpty == true
        if opens, groups.count < 2 || !groups[1].isEmpty { return false }
        if closes, width == 8, groups.count < 2 || !groups[groups.count - 2].isEmpty { return false }
        guard inner <= 1 || (inner == 1 && opens) || groups == ["", "", ""] else { return false }
        let filled = groups.filter { !$0.isEmpty }
        guard filled.allSatisfy({ $0.utf8.count <= 4 && UInt16($0, radix: 16) != nil && $0.first != "+" }) else {
            return false
        }
        let isShortened = inner == 1
        return isShortened ? filled.count < width : filled.count == width && !opens && !closes
    }

    /// Whether the text is `address/length`.
    static func isCIDR(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = UInt8(parts[1]), let family = family(String(parts[0])) else {
            return false
        }
        return length <= (family == .v4 ? 32 : 128)
    }
}
