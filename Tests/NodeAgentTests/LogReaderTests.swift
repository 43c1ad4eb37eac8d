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
