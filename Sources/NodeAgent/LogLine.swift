import KubeModel

/// One entry of a container's log file: `time stream F|P text`, as the Container Runtime Interface writes it.
struct LogLine: Sendable, Hashable {
    /// RFC 3339 with nanoseconds, as it stands in the file.
    var time: String
    var isStderr: Bool
    /// With its line feed, unless the entry is a part of a longer line.
    var content: [UInt8]

    /// Nil for what is no entry (an incomplete one at the start of a tail).
    init?(_ line: ArraySlice<UInt8>) {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        time = String(decoding: parts[0], as: UTF8.self)
        guard time.utf8.count >= 20, time.hasPrefix("2") else { return nil }
        isStderr = parts[1].elementsEqual("stderr".utf8)
        content = Array(parts[3])
        if parts[2].first == UInt8(ascii: "F") { content.append(UInt8(ascii: "\n")) }
    }

    /// The complete entries of a piece of a file.
    static func parse(_ bytes: [UInt8]) -> [LogLine] {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { LogLine($0) }
    }
}
