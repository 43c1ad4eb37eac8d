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

/// Reads a container's log from a line on, in pieces, through all files that are kept of it.
struct LogReader: ~Copyable {
    private let path: String
    private let options: LogOptions
    private var file: Int32
    /// Whether a file that follows was there when this one was last read to its end.
    private(set) var isSuperseded = false
    private var rest: [UInt8] = []
    private var budget: Int
    /// Whether the next entry begins a line, for its time stamp.
    private var beginsLine = true

    /// - Parameter path: the file that the runtime writes.
    /// Throws `FileError` where it cannot be opened.
    init(_ path: String, _ options: LogOptions) throws(FileError) {
        (self.path, self.options) = (path, options)
        budget = options.limitBytes ?? .max
        do {
            file = try Self.begin(path, options)
        } catch  where error.code == ENOENT {
            // It was moved aside between two looks.
            file = try Self.begin(path, options)
        }
    }

    deinit { close(file) }

    /// The limit of bytes is used up.
    var isExhausted: Bool { budget <= 0 }

    /// What was written since the last call, at most about 64 KB of file; nil at the present end.
    mutating func next() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var count = read(file, &buffer, buffer.count)
        while count <= 0 {
            guard turn() else { return nil }
            count = read(file, &buffer, buffer.count)
        }
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

    /// Turns to the file that follows once this one is complete; false at the present end. A follower lets some time
    /// pass first: the runtime may write a last line to a file that it is about to leave.
    private mutating func turn() -> Bool {
        guard let successor = LogFiles.successor(of: file, in: path) else { return false }
        guard isSuperseded else {
            isSuperseded = true
            return !options.follow
        }
        let next = open(successor, O_RDONLY | O_CLOEXEC)
        guard next >= 0 else { return false }
        close(file)
        (file, rest, isSuperseded) = (next, [], false)
        return true
    }

    private mutating func append(_ line: LogLine, to output: inout [UInt8]) {
        if let since = options.since, let time = Timestamp(rfc3339: line.time), time < since { return }
        if options.timestamps, beginsLine { output += Array("\(line.time) ".utf8) }
        output += line.content
        beginsLine = line.content.last == UInt8(ascii: "\n")
    }

    /// Opens the file in which the wanted lines begin, where they begin.
    private static func begin(_ path: String, _ options: LogOptions) throws(FileError) -> Int32 {
        let files = LogFiles.kept(path)
        guard let lines = options.tailLines else { return try opened(files.first ?? path) }
        // The line feed at the very end closes the last line, it does not begin another.
        var wanted = lines + 1
        for name in files.dropFirst().reversed() {
            let file = try opened(name)
            if seek(file, back: &wanted) { return file }
            close(file)
        }
        let file = try opened(files.first ?? path)
        _ = seek(file, back: &wanted)
        return file
    }

    private static func opened(_ path: String) throws(FileError) -> Int32 {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError(path: path, operation: "open") }
        return file
    }

    /// Goes from a file's end back over line feeds until behind the last one that is wanted, and counts them down.
    /// - Returns: false where the file has fewer; it then stands at its beginning.
    private static func seek(_ file: Int32, back wanted: inout Int) -> Bool {
        var position = lseek(file, 0, SEEK_END)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while position > 0 {
            let size = min(Int(position), buffer.count)
            position -= off_t(size)
            guard pread(file, &buffer, size, position) == size else { break }
            for index in stride(from: size - 1, through: 0, by: -1) where buffer[index] == UInt8(ascii: "\n") {
                wanted -= 1
                if wanted == 0 {
                    lseek(file, position + off_t(index) + 1, SEEK_SET)
                    return true
                }
            }
        }
        lseek(file, 0, SEEK_SET)
        return false
    }
}
