import KubeModel
import LinuxNode

/// A counter that only grows, over readings that may start again at zero.
struct GrowingCounter: Sendable, Hashable {
    /// What earlier runs of the source counted.
    var base: UInt64 = 0
    var last: UInt64 = 0

    var total: UInt64 { base + last }

    mutating func read(_ raw: UInt64) {
        if raw < last { base += last }
        last = raw
    }

    /// The source is another one from here on.
    mutating func restart() {
        base += last
        last = 0
    }

    var json: JSON { [.int(Int64(clamping: base)), .int(Int64(clamping: last))] }

    init() {}
    init(json: JSON?) {
        let numbers = json?.arrayValue ?? []
        guard numbers.count == 2 else { return }
        base = UInt64(clamping: numbers[0].intValue ?? 0)
        last = UInt64(clamping: numbers[1].intValue ?? 0)
    }
}

/// What one pod has used on this node so far.
struct UsageRecord: Sendable, Hashable {
    struct Container: Sendable, Hashable {
        var id: String
        var name: String
        var restart: Int
        var cpu = GrowingCounter()
        var read = GrowingCounter()
        var write = GrowingCounter()
        var memoryBytes: UInt64 = 0
    }

    var uid: String
    var namespace: String
    var name: String
    var ownerKind: String
    var ownerName: String
    var cpu = GrowingCounter()
    var read = GrowingCounter()
    var write = GrowingCounter()
    var sent = GrowingCounter()
    var received = GrowingCounter()
    /// Memory over time so far, in byte-microseconds.
    var memoryIntegral: Int128 = 0
    var memoryBytes: UInt64 = 0
    var memoryPeak: UInt64 = 0
    var sampledAt: Timestamp?
    var containers: [Container] = []
    /// The node's side of the pod's network; nil before there is one.
    var interface: String?
    /// The last reading was taken; nothing is sampled any more.
    var isFinal = false
    /// The server has the final reading durably.
    var isAcknowledged = false

    init(_ pod: KubeObject) {
        (uid, namespace, name) = (pod.uid, pod.namespace, pod.name)
        (ownerKind, ownerName) = (pod.controller?.kind ?? "", pod.controller?.name ?? "")
    }

    /// Takes a reading of the pod's group. The memory between two readings counts as their mean.
    mutating func sample(_ sample: CgroupSample, at now: Timestamp) {
        cpu.read(sample.cpuNanoseconds)
        read.read(sample.ioReadBytes)
        write.read(sample.ioWriteBytes)
        let memory = sample.memoryWorkingSetBytes
        if let sampledAt, now > sampledAt {
            memoryIntegral += Int128(memoryBytes + memory) * Int128(now.microseconds - sampledAt.microseconds) / 2
        }
        memoryBytes = memory
        memoryPeak = max(memoryPeak, sample.memoryPeakBytes, memory)
        sampledAt = now
    }

    mutating func sample(container index: Int, _ sample: CgroupSample) {
        containers[index].cpu.read(sample.cpuNanoseconds)
        containers[index].read.read(sample.ioReadBytes)
        containers[index].write.read(sample.ioWriteBytes)
        containers[index].memoryBytes = sample.memoryWorkingSetBytes
    }

    mutating func sample(_ counters: NetworkCounters) {
        sent.read(counters.sentBytes)
        received.read(counters.receivedBytes)
    }

    /// The sources of all counters start anew: the machine was booted.
    mutating func restart() {
        for counter in [\UsageRecord.cpu, \.read, \.write, \.sent, \.received] { self[keyPath: counter].restart() }
        for index in containers.indices {
            for counter in [\Container.cpu, \.read, \.write] { containers[index][keyPath: counter].restart() }
            containers[index].memoryBytes = 0
        }
        (interface, memoryBytes, sampledAt) = (nil, 0, nil)
    }

    /// Another interface counts from here on.
    mutating func connect(to interface: String) {
        guard self.interface != interface else { return }
        sent.restart()
        received.restart()
        self.interface = interface
    }

    /// The newest attempts stand for all: older ones are in the pod's own counters.
    mutating func add(container id: String, name: String, restart: Int) {
        guard !containers.contains(where: { $0.id == id }) else { return }
        containers.append(Container(id: id, name: name, restart: restart))
        let mine = containers.filter { $0.name == name }
        if mine.count > 2, let oldest = mine.first { containers.removeAll { $0.id == oldest.id } }
    }
}
