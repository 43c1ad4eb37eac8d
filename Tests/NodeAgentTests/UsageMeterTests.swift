import KubeModel
import LinuxNode
import Logging
import Testing

@testable import NodeAgent

struct UsageMeterTests {
    private func meter(_ node: FakeNode, boot: String = "boot-1") throws -> UsageMeter {
        try UsageMeter(node.configuration, machine: node.machine, bootID: boot, logger: Logger(label: "test"))
    }

    private func last(_ node: FakeNode) async -> JSON? { await node.api.reports.last?.array("pods").first }

    @Test("a restarted agent goes on counting where the groups are, without loss or doubling")
    func restart() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        let first = try meter(node)
        try await first.begin(KubeObject(testPod()))
        node.cgroups.set("uid-web", CgroupSample(cpuNanoseconds: 100, ioReadBytes: 10))
        try await first.report()
        node.cgroups.set("uid-web", CgroupSample(cpuNanoseconds: 250, ioReadBytes: 30))
        let second = try meter(node)
        try await second.report()
        #expect(await last(node)?.int("cpuNanoseconds") == 250)
        #expect(await last(node)?.int("ioReadBytes") == 30)
    }

    @Test("after a reboot new counters are added to the old")
    func reboot() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        let first = try meter(node)
        try await first.begin(KubeObject(testPod()))
        node.cgroups.set("uid-web", CgroupSample(cpuNanoseconds: 100))
        try await first.report()
        // The new group has counted further than the old one when it is first read.
        node.cgroups.set("uid-web", CgroupSample(cpuNanoseconds: 180))
        try await meter(node, boot: "boot-2").report()
        #expect(await last(node)?.int("cpuNanoseconds") == 280)
    }

    @Test("network counts go on over a new interface")
    func newInterface() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        let meter = try meter(node)
        try await meter.begin(KubeObject(testPod()))
        try await meter.connect(pod: "uid-web", interfaces: ["purser0", "veth1"])
        node.network.set("veth1", NetworkCounters(sentBytes: 5, receivedBytes: 7))
        try await meter.readNetwork(pod: "uid-web")
        try await meter.connect(pod: "uid-web", interfaces: ["veth2"])
        node.network.set("veth2", NetworkCounters(sentBytes: 50, receivedBytes: 70))
        try await meter.report()
        #expect(await last(node)?.int("networkSentBytes") == 55)
        #expect(await last(node)?.int("networkReceivedBytes") == 77)
    }

    @Test("memory is integrated as the mean of two readings over the time between them")
    func memoryIntegral() {
        var record = UsageRecord(KubeObject(testPod()))
        record.sample(CgroupSample(memoryUsageBytes: 1000), at: Timestamp(seconds: 100))
        record.sample(CgroupSample(memoryUsageBytes: 4000, memoryInactiveFileBytes: 1000), at: Timestamp(seconds: 110))
        #expect(record.report.int("memoryByteSeconds") == 20_000)
        #expect(record.report.int("memoryPeakBytes") == 3000)
    }

    @Test("what the journal holds is what was written to it")
    func journalRoundTrip() {
        var record = UsageRecord(KubeObject(testPod()))
        record.sample(CgroupSample(cpuNanoseconds: 9, memoryUsageBytes: 1 << 40), at: Timestamp(seconds: 100))
        record.sample(CgroupSample(cpuNanoseconds: 12, memoryUsageBytes: 1 << 40), at: Timestamp(seconds: 1_000_100))
        record.add(container: "c", name: "app", restart: 2)
        record.connect(to: "veth1")
        #expect(UsageRecord(journal: record.journal) == record)
    }

    @Test("a final reading is sent once, even when finishing is asked for again")
    func finalOnce() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        let meter = try meter(node)
        try await meter.begin(KubeObject(testPod()))
        node.cgroups.set("uid-web", CgroupSample(cpuNanoseconds: 5))
        try await meter.finish(pod: "uid-web")
        try await meter.finish(pod: "uid-web")
        try await meter.report()
        let finals = await node.api.reports.flatMap { $0.array("pods") }
        #expect(finals.count == 1)
        #expect(finals.first?.bool("final") == true)
    }

    @Test("a report that was refused is made good by the next")
    func refused() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        let meter = try meter(node)
        try await meter.begin(KubeObject(testPod()))
        node.cgroups.set("uid-web", CgroupSample(cpuNanoseconds: 5))
        await node.api.refuseReports(true)
        await #expect(throws: KubeStatus.self) { try await meter.report() }
        await node.api.refuseReports(false)
        node.cgroups.set("uid-web", CgroupSample(cpuNanoseconds: 9))
        try await meter.report()
        #expect(await last(node)?.int("cpuNanoseconds") == 9)
    }
}
