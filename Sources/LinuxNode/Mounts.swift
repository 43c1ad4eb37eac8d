/// The mount points that this process sees.
enum Mounts {
    static func isMountPoint(_ path: String) throws -> Bool { try all().contains(path) }

    /// The mount points at and below a path, outer ones first.
    static func below(_ path: String) throws -> [String] {
        try all().filter { $0 == path || $0.hasPrefix("\(path)/") }.sorted()
    }

    private static func all() throws -> [String] {
        guard let text = try Files.text("/proc/thread-self/mountinfo") else {
            throw NodeError(.notFound, "/proc/thread-self/mountinfo is missing: mount /proc")
        }
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 4 ? unescaped(fields[4]) : nil
        }
    }

    /// Spaces and the like are written as three octal digits, see proc(5).
    static func unescaped(_ field: Substring) -> String {
        guard field.contains("\\") else { return String(field) }
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
