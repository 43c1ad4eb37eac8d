import Foundation
import Testing

@testable import LinuxNode

/// On the machine's own control groups, below a prefix of the test's own.
@Suite(.enabled(if: getuid() == 0))
struct PodCgroupsTests {
    private func withGroups(_ body: (any PodCgroups, String) async throws -> Void) async throws {
        let prefix = "/purser-test-\(UInt32.random(in: 0...UInt32.max))"
        let groups = try CgroupLayout.detect().pods(prefix: prefix)
        do {
            try await body(groups, prefix)
        } catch {
            try await groups.removeAll()
            throw error
        }
        try await groups.removeAll()
        #expect(try groups.pods().isEmpty)
    }

    /// Makes a shell join all groups of a pod.
    private func joining(_ prefix: String, _ uid: String) throws -> String {
        let directories: [String] =
            switch try CgroupLayout.detect() {
            case .hierarchies(let mounts):
                ["cpu", "cpuacct", "memory", "pids", "blkio"].compactMap { mounts[$0] }.map {
                    "\($0)\(prefix)/pod\(uid)"
                }
            case .unified(let root): ["\(root)\(prefix)/pod\(uid)/main"]
            }
        return directories.map { "mkdir -p \($0) && echo $$ > \($0)/cgroup.procs" }.joined(separator: " && ")
    }

    @Test("what a pod's processes used is counted when they are gone, and its groups go with it")
    func counting() async throws {
        try await withGroups { groups, prefix in
            try groups.prepare(pod: "u1", limits: PodLimits(cpuShares: 512, memoryBytes: 256 << 20, processes: 50))
            #expect(try groups.pods() == ["u1"])
            #expect(groups.cgroupParent(pod: "u1") == "\(prefix)/podu1")
            let file = "/var/tmp/purser-io-\(UInt32.random(in: 0...UInt32.max))"
            try shell(
                joining(prefix, "u1") + " && dd if=/dev/zero of=\(file) bs=1M count=8 oflag=direct 2>/dev/null"
                    + "; i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; rm -f \(file)")
            let sample = try #require(try groups.sample(pod: "u1"))
            #expect(sample.cpuNanoseconds > 20_000_000 && sample.cpuNanoseconds < 30_000_000_000)
            #expect(sample.memoryPeakBytes > 100_000 && sample.memoryPeakBytes <= 256 << 20)
            #expect(sample.ioWriteBytes >= 8 << 20)
            #expect(sample.processes == 0)
            try await groups.remove(pod: "u1")
            try await groups.remove(pod: "u1")
            #expect(try groups.sample(pod: "u1") == nil)
        }
    }

    @Test("removing a pod kills what still runs in its groups")
    func killing() async throws {
        try await withGroups { groups, prefix in
            try groups.prepare(pod: "u2", limits: PodLimits())
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", try joining(prefix, "u2") + " && exec sleep 1000"]
            try process.run()
            while try groups.sample(pod: "u2")?.processes != 1 { try await Task.sleep(for: .milliseconds(10)) }
            try await groups.remove(pod: "u2")
            process.waitUntilExit()
            #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
        }
    }
}
