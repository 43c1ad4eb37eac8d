import Glibc
import KubeClient
import KubeModel

/// What of a container's log is wanted (`v1.PodLogOptions`).
struct LogOptions: Sendable, Hashable {
    var follow = false
    var previous = false
    var timestamps = false
    var tailLines: Int?
    var since: Timestamp?
    var limitBytes: Int?
}

/// Reads one log file from a line on, in pieces.
struct LogReader: ~Copyable {
    private let file: Int32
    private let options: LogOptions
    private var rest: [UInt8] = []
    private var budget: Int
    /// Whether the next entry begins a line, for its time stamp.
    private var beginsLine = true

    /// Throws `FileError` where the file cannot be opened.
    init(_ path: String, _ options: LogOptions) throws(FileError) {
        file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError(path: path, operation: "open") }
        self.options = options
        budget = options.limitBytes ?? .max
        lseek(file, options.tailLines.map { Self.start(file, lines: $0) } ?? 0, SEEK_SET)
    }

    deinit { close(file) }

    /// The limit of bytes is used up.
    var isExhausted: Bool { budget <= 0 }

    /// What was written since the last call, at most about 64 KB of file; nil at the present end.
    mutating func next() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(file, &buffer, buffer.count)
        guard count > 0 else { return nil }
        rest += buffer[..<count]
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let complete = Array(rest[...end])
        rest.removeSubrange(...end)
        var output: [UInt8] = []
        for line in LogLine.parse(complete) { append(line, to: &output) }
        output = Array(output.prefix(max(0, budget)))
        budget -= output.count
        return output
    }

    private mutating func append(_ line: LogLine, to output: inout [UInt8]) {
        if let since = options.since, let time = Timestamp(rfc3339: line.time), time < since { return }
        if options.timestamps, beginsLine { output += Array("\(line.time) ".utf8) }
        output += line.content
        beginsLine = line.content.last == UInt8(ascii: "\n")
    }

    /// Where the last `lines` lines begin.
    private static func start(_ file: Int32, lines: Int) -> off_t {
        var position = lseek(file, 0, SEEK_END)
        // The line feed at the very end closes the last line, it does not begin another.
        var wanted = lines + 1
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while position > 0 {
            let size = min(Int(position), buffer.count)
            position -= off_t(size)
            guard pread(file, &buffer, size, position) == size else { return position }
            for index in stride(from: size - 1, through: 0, by: -1) where buffer[index] == UInt8(ascii: "\n") {
                wanted -= 1
                if wanted == 0 { return position + off_t(index) + 1 }
            }
        }
        return 0
    }
}

/// The log files of a container, one an attempt.
enum LogFiles {
    /// The attempts that have a file, in order.
    static func attempts(_ directory: String) -> [Int] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var attempts: [Int] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".log"), let attempt = Int(name.dropLast(4)) { attempts.append(attempt) }
        }
        return attempts.sorted()
    }
}
