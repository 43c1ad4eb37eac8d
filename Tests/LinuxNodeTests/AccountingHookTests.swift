import Foundation
import Testing

@testable import LinuxNode

/// Version 1 only: version 2 needs no hook.
@Suite(.enabled(if: getuid() == 0 && FileManager.default.fileExists(atPath: "/sys/fs/cgroup/cpuacct/cgroup.procs")))
struct AccountingHookTests {
    private static let source = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/purser-hook/main.c").path

    @Test("the hook moves a container's process into its accounting group, which outlives the container's own")
    func moves() async throws {
        try await withDirectory { directory in
            let hook = "\(directory)/hook"
            #expect(try shell("cc -O1 -o \(hook) \(Self.source)") == 0)
            let prefix = "/purser-test-\(UInt32.random(in: 0...UInt32.max))"
            let groups = try CgroupLayout.detect().pods(prefix: prefix)
            try groups.prepare(pod: "u3", limits: PodLimits())
            let own = ["cpuacct", "blkio"].map { "/sys/fs/cgroup/\($0)\(prefix)/podu3/c1" }
            let state = #"{"ociVersion":"1.0","id":"c1","annotations":{"x":"\"pid\": 1","pid":"2"},"pid": '"$$"'}"#
            let join = own.map { "mkdir -p \($0) && echo $$ > \($0)/cgroup.procs" }.joined(separator: " && ")
            let script = "\(join) && echo '\(state)' | \(hook) && i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"
            #expect(try shell(script) == 0)
            for path in own { #expect(rmdir(path) == 0) }
            let sample = try groups.sample(container: "c1", pod: "u3")
            #expect((sample?.cpuNanoseconds ?? 0) > 20_000_000)
            try await groups.removeAll()
        }
    }

    @Test(
        "the hook never fails a container, whatever it is given", arguments: ["", "{", #"{"pid":"x"}"#, #"{"pid":0}"#])
    func harmless(_ input: String) async throws {
        try await withDirectory { directory in
            try shell("cc -O1 -o \(directory)/hook \(Self.source)")
            let code = try shell("printf %s '\(input)' | \(directory)/hook")
            #expect(code == 0)
        }
    }
}
