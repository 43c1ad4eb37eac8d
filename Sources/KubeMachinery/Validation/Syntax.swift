/// The forms of names and words, with Kubernetes' messages (`apimachinery/pkg/util/validation`). An empty answer means
/// that the text is well formed.
enum Syntax {
    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || isDigit(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLower(byte | 0x20) && (byte >= 0x41 || isDigit(byte))
    }

    private static func tooLong(_ limit: Int) -> String { "must be no more than \(limit) bytes" }

    private static func isLabel(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, let last = text.last, isLower(first), isLower(last) else { return false }
        return text.allSatisfy { isLower($0) || $0 == UInt8(ascii: "-") }
    }

    /// RFC 1123 label.
    static func label(_ text: String) -> [String] {
        var faults: [String] = []
        if text.utf8.count > 63 { faults.append(tooLong(63)) }
        if !isLabel(text[...].utf8) {
            faults.append(
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
                    + "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
                    + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')")
        }
        return faults
    }

    /// RFC 1123 subdomain.
    static func subdomain(_ text: String) -> [String] {
        var faults: [String] = []
        if text.utf8.count > 253 { faults.append(tooLong(253)) }
        if !text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabel) {
            faults.append(
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
                    + "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
                    + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")
        }
        return faults
    }

    /// RFC 1035 label.
    static func label1035(_ text: String) -> [String] {
        var faults: [String] = []
        if text.utf8.count > 63 { faults.append(tooLong(63)) }
        if !isLabel(text[...].utf8) || text.utf8.first.map(isDigit) == true {
            faults.append(
                "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
                    + "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
                    + "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')")
        }
        return faults
    }

    /// What can stand between two slashes of a path.
    static func pathSegment(_ text: String) -> [String] {
        if text == "." || text == ".." { return ["may not be '\(text)'"] }
        return ["/", "%"].filter(text.contains).map { "may not contain '\($0)'" }
    }

    static func name(_ rule: NameRule, _ text: String) -> [String] {
        switch rule {
        case .subdomain: subdomain(text)
        case .label: label(text)
        case .label1035: label1035(text)
        case .pathSegment: pathSegment(text)
        }
    }

    private static func isQualifiedPart(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, let last = text.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return text.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
    }

    private static let qualifiedForm =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    private static let qualifiedExamples =
        "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

    /// The key of a label, an annotation, a taint: a name with an optional subdomain before a slash.
    static func qualifiedName(_ text: String) -> [String] {
        var faults: [String] = []
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= 2 else {
            return [
                "a qualified name " + qualifiedForm + qualifiedExamples.dropLast()
                    + ") with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ]
        }
        if parts.count == 2 {
            if parts[0].isEmpty {
                faults.append("prefix part must be non-empty")
            } else {
                faults += subdomain(String(Substring(parts[0]))).map { "prefix part " + $0 }
            }
        }
        let name = parts[parts.count - 1]
        if name.isEmpty {
            faults.append("name part must be non-empty")
        } else if name.count > 63 {
            faults.append("name part " + tooLong(63))
        }
        if !isQualifiedPart(name) { faults.append("name part " + qualifiedForm + qualifiedExamples) }
        return faults
    }

    static func labelValue(_ text: String) -> [String] {
        var faults: [String] = []
        if text.utf8.count > 63 { faults.append(tooLong(63)) }
        if !text.isEmpty, !isQualifiedPart(text[...].utf8) {
            faults.append(
                "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
                    + "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used "
                    + "for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")
        }
        return faults
    }

    /// A key of a ConfigMap or Secret.
    static func configKey(_ text: String) -> [String] {
        var faults: [String] = []
        if text.utf8.count > 253 { faults.append(tooLong(253)) }
        let isWellFormed =
            !text.isEmpty
            && text.utf8.allSatisfy {
                isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
            }
        if !isWellFormed {
            faults.append(
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
                    + "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')")
        }
        switch text {
        case ".", "..": faults.append("must not be '\(text)'")
        case _ where text.hasPrefix(".."): faults.append("must not start with '..'")
        default: break
        }
        return faults
    }

    /// An environment variable's name, in the wide form that Kubernetes 1.34 made general.
    static func environmentName(_ text: String) -> [String] {
        let isWellFormed = text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }
        return isWellFormed && !text.isEmpty
            ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
    }

    /// The name of a container's port (RFC 6335 service name).
    static func portName(_ text: String) -> [String] {
        var faults: [String] = []
        if text.utf8.count > 15 { faults.append(tooLong(15)) }
        if !text.utf8.allSatisfy({ isLower($0) || $0 == UInt8(ascii: "-") }) {
            faults.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
        }
        if !text.utf8.contains(where: { isLower($0) && !isDigit($0) }) {
            faults.append("must contain at least one letter (a-z)")
        }
        if text.contains("--") { faults.append("must not contain consecutive hyphens") }
        if text.hasPrefix("-") || text.hasSuffix("-") { faults.append("must not begin or end with a hyphen") }
        return faults
    }

    static let percentMessage =
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
        + "validation is '[0-9]+%')"

    /// The number of a percentage such as `25%`.
    static func percent(_ text: String) -> Int64? {
        guard text.hasSuffix("%"), text.utf8.dropLast().allSatisfy(isDigit) else { return nil }
        return Int64(text.dropLast())
    }

    static let addressMessage = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
}
