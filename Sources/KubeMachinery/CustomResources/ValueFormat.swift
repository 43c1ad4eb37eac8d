import KubeModel

/// The formats of strings (`format` of a schema) that are checked. Every other one allows any text, as in Kubernetes.
enum ValueFormat {
    static func isRight(_ text: String, _ format: String) -> Bool {
        switch format {
        case "date-time", "datetime": Timestamp(rfc3339: text) != nil
        case "date": text.utf8.count == 10 && Timestamp(rfc3339: "\(text)T00:00:00Z") != nil
        case "duration": isDuration(text)
        case "ipv4": IPAddress.family(text) == .v4
        case "ipv6": IPAddress.family(text) == .v6
        case "cidr": IPAddress.isCIDR(text)
        case "mac": isMAC(text)
        case "hostname": Syntax.subdomain(text.lowercased()).isEmpty
        case "byte": Base64.fault(text) == nil
        case "uuid", "uuid3", "uuid4", "uuid5": isUUID(text, version: format.dropFirst(4).first)
        case "email": isEmail(text)
        case "uri": isURI(text)
        default: true
        }
    }

    /// Go's durations (`1h30m`, `-1.5s`, `10ms`), or a number with a word for the unit (`3 days`).
    private static func isDuration(_ text: String) -> Bool {
        Pattern.matches(
            #"^[+-]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)([0-9.]+(ns|us|µs|ms|s|m|h))*)$"#, text)
            || Pattern.matches(#"^[0-9]+ *(ns|us|ms|s|m|h|d|w|(nanosecond|second|minute|hour|day|week)s?)$"#, text)
    }

    private static func isMAC(_ text: String) -> Bool {
        Pattern.matches("^([0-9A-Fa-f]{2}[:-]){5}([0-9A-Fa-f]{2}[:-]){0,2}[0-9A-Fa-f]{2}$", text)
    }

    /// RFC 9562, with or without hyphens.
    private static func isUUID(_ text: String, version: Character?) -> Bool {
        let digit = version.map(String.init) ?? "[0-9A-Fa-f]"
        return Pattern.matches(
            "^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?\(digit)[0-9A-Fa-f]{3}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}$", text)
    }

    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty && !text.contains(where: \.isWhitespace)
    }

    /// RFC 3986 with a scheme, or a path.
    private static func isURI(_ text: String) -> Bool {
        text.hasPrefix("/") || Pattern.matches("^[A-Za-z][A-Za-z0-9+.-]*:[^ ]+$", text)
    }
}
