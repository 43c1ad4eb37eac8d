import Testing

@testable import LinuxNode

/// On directories that look like version 2.
@Suite struct PodCgroupsV2Tests {
    @Test("limits become the files of version 2, with shares as weight")
    func limits() async throws {
        try await withDirectory { root in
            let pod = "\(root)/purser/podu1"
            for directory in [root, "\(root)/purser", pod] { try write("", to: "\(directory)/cgroup.subtree_control") }
            for file in ["cpu.weight", "cpu.max", "memory.max", "pids.max"] { try write("", to: "\(pod)/\(file)") }
            let groups = PodCgroupsV2(root: root, prefix: "/purser")
            let limits = PodLimits(
                cpuShares: 1024, cpuQuotaMicroseconds: 50_000, memoryBytes: 1 << 20, processes: 100)
            try groups.prepare(pod: "u1", limits: limits)
            #expect(try read("\(pod)/cpu.weight") == "39")
            #expect(try read("\(pod)/cpu.max") == "50000 100000")
            #expect(try read("\(pod)/memory.max") == "1048576")
            #expect(try read("\(pod)/pids.max") == "100")
            #expect(try read("\(root)/cgroup.subtree_control") == "+cpu +memory +io +pids")
            #expect(try groups.pods() == ["u1"])
        }
    }

    @Test("counters are read in the units of a sample")
    func sample() async throws {
        try await withDirectory { root in
            let pod = "\(root)/purser/podu1"
            try write("usage_usec 1500\nuser_usec 1000\n", to: "\(pod)/cpu.stat")
            try write("4096\n", to: "\(pod)/memory.current")
            try write("8192\n", to: "\(pod)/memory.peak")
            try write("anon 100\ninactive_file 1024\n", to: "\(pod)/memory.stat")
            try write("oom 2\noom_kill 1\n", to: "\(pod)/memory.events")
            try write("254:0 rbytes=10 wbytes=20 rios=1\n8:0 rbytes=1 wbytes=2\n", to: "\(pod)/io.stat")
            try write("3\n", to: "\(pod)/pids.current")
            let groups = PodCgroupsV2(root: root, prefix: "/purser")
            let expected = CgroupSample(
                cpuNanoseconds: 1_500_000, memoryUsageBytes: 4096, memoryInactiveFileBytes: 1024,
                memoryPeakBytes: 8192, outOfMemoryKills: 1, ioReadBytes: 11, ioWriteBytes: 22, processes: 3)
            #expect(try groups.sample(pod: "u1") == expected)
            #expect(expected.memoryWorkingSetBytes == 3072)
            #expect(try groups.sample(pod: "none") == nil)
            #expect(try groups.sample(container: "none", pod: "u1") == nil)
        }
    }
}
