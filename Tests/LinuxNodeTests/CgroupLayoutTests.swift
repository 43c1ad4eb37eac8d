import Testing

@testable import LinuxNode

@Suite struct CgroupLayoutTests {
    @Test("version 1 with its memory controller wins over a cgroup2 mount beside it")
    func hybrid() throws {
        let text = """
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
            """
        #expect(
            try CgroupLayout.detect(mountinfo: text)
                == .hierarchies([
                    "cpu": "/sys/fs/cgroup/cpu,cpuacct", "cpuacct": "/sys/fs/cgroup/cpu,cpuacct",
                    "memory": "/sys/fs/cgroup/memory", "name=systemd": "/sys/fs/cgroup/systemd",
                ]))
    }

    @Test("a cgroup2 mount alone is version 2, and no mount at all is an error")
    func unified() throws {
        let text = "30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
        #expect(try CgroupLayout.detect(mountinfo: text) == .unified("/sys/fs/cgroup"))
        #expect(throws: NodeError.self) { try CgroupLayout.detect(mountinfo: "22 27 0:21 / /proc rw - proc proc rw") }
    }

    @Test("a prefix that is the root, or climbs, is refused", arguments: ["", "/", "purser", "/a/../b", "/a/"])
    func prefix(_ prefix: String) {
        #expect(throws: NodeError.self) { try CgroupLayout.unified("/sys/fs/cgroup").pods(prefix: prefix) }
    }
}
