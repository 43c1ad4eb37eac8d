import Foundation
import KubeModel
import Testing

@testable import NodeAgent

struct LogReaderTests {
    private static let file = """
        2026-01-01T00:00:01.000000001Z stdout F one
        2026-01-01T00:00:02.000000001Z stderr P tw
        2026-01-01T00:00:02.000000001Z stderr F o
        2026-01-01T00:00:03.000000001Z stdout F three

        """

    private func read(_ options: LogOptions) throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/purser-log-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(Self.file.utf8).write(to: URL(fileURLWithPath: path))
        var reader = try LogReader(path, options)
        var output: [UInt8] = []
        while let piece = reader.next() { output += piece }
        return String(decoding: output, as: UTF8.self)
    }

    @Test("parts of a line are joined")
    func joins() throws {
        #expect(try read(LogOptions()) == "one\ntwo\nthree\n")
    }

    @Test("time stamps stand at the beginning of a line only")
    func timestamps() throws {
        #expect(
            try read(LogOptions(timestamps: true, since: Timestamp(rfc3339: "2026-01-01T00:00:02Z")))
                == "2026-01-01T00:00:02.000000001Z two\n2026-01-01T00:00:03.000000001Z three\n")
    }

    private static let cases: [(options: LogOptions, expected: String)] = [
        (LogOptions(tailLines: 1), "three\n"), (LogOptions(tailLines: 0), ""),
        (LogOptions(tailLines: 99), "one\ntwo\nthree\n"), (LogOptions(limitBytes: 5), "one\nt"),
    ]

    @Test("the last lines, none, and a limit of bytes", arguments: cases)
    func limits(options: LogOptions, expected: String) throws {
        #expect(try read(options) == expected)
    }

    /// A log of three files with the lines 1 to 6, and a directory for it.
    private func rotated(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.path + "/purser-log-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/0.log"
        for (name, lines) in [("\(path).20260101T1", 1...2), ("\(path).20260101T2", 3...4), (path, 5...6)] {
            try write(lines, to: name)
        }
        try body(path)
    }

    private func write(_ lines: ClosedRange<Int>, to path: String) throws {
        let text = lines.map { "2026-01-01T00:00:01.000000001Z stdout F \($0)\n" }.joined()
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func all(_ reader: inout LogReader) -> String {
        var output: [UInt8] = []
        while let piece = reader.next() { output += piece }
        return String(decoding: output, as: UTF8.self).split(separator: "\n").joined(separator: " ")
    }

    @Test("a log is read through all its files, and its last lines are counted over them")
    func severalFiles() throws {
        try rotated { path in
            for (lines, expected) in [
                (nil, "1 2 3 4 5 6"), (6, "1 2 3 4 5 6"), (9, "1 2 3 4 5 6"), (5, "2 3 4 5 6"), (3, "4 5 6"),
                (2, "5 6"), (0, ""),
            ] {
                var reader = try LogReader(path, LogOptions(tailLines: lines))
                #expect(all(&reader) == expected, "\(lines ?? -1)")
            }
        }
    }

    @Test("a follower stays with a file that was moved aside until its successor is there, and reads its last line")
    func followedRotation() throws {
        try rotated { path in
            var reader = try LogReader(path, LogOptions(follow: true, tailLines: 1))
            #expect(all(&reader) == "6")
            let moved = "\(path).20260101T3"
            try FileManager.default.moveItem(atPath: path, toPath: moved)
            #expect(all(&reader) == "" && !reader.isSuperseded)
            try write(8...8, to: path)
            #expect(all(&reader) == "" && reader.isSuperseded)
            let late = try #require(FileHandle(forWritingAtPath: moved))
            late.seekToEndOfFile()
            late.write(Data("2026-01-01T00:00:01.000000001Z stdout F 7\n".utf8))
            #expect(all(&reader) == "7 8" && !reader.isSuperseded)
        }
    }

    @Test("a request's options are read, and nonsense is refused")
    func target() throws {
        let target = RequestTarget(
            "/containerLogs/ns/pod/c%20x?tailLines=3&follow=true&sinceSeconds=10&command=a&command=b+c")
        let now = Timestamp(seconds: 100)
        #expect(target.segments == ["containerLogs", "ns", "pod", "c x"])
        #expect(target.values("command") == ["a", "b c"])
        #expect(
            try target.logOptions(now: now)
                == LogOptions(follow: true, tailLines: 3, since: Timestamp(seconds: 90)))
        #expect(throws: KubeStatus.self) { try RequestTarget("/x?tailLines=-1").logOptions(now: now) }
    }
}
