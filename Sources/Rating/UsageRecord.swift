import KubeModel

/// What a pod used: differences or sums of the kernel's counters.
public struct UsageCounters: Sendable, Hashable {
    public var cpuNanoseconds: Int128 = 0
    /// The integral of the working set over time.
    public var memoryByteSeconds: Int128 = 0
    public var ioReadBytes: Int128 = 0
    public var ioWriteBytes: Int128 = 0
    public var networkSentBytes: Int128 = 0
    public var networkReceivedBytes: Int128 = 0

    public init() {}

    /// Reads a pod's entry of a usage report; what is absent is zero.
    public init(json: JSON) {
        func value(_ name: String) -> Int128 { Int128(max(0, json.int(name) ?? 0)) }
        cpuNanoseconds = value("cpuNanoseconds")
        memoryByteSeconds = value("memoryByteSeconds")
        ioReadBytes = value("ioReadBytes")
        ioWriteBytes = value("ioWriteBytes")
        networkSentBytes = value("networkSentBytes")
        networkReceivedBytes = value("networkReceivedBytes")
    }

    static var all: [WritableKeyPath<UsageCounters, Int128>] {
        [
            \.cpuNanoseconds, \.memoryByteSeconds, \.ioReadBytes, \.ioWriteBytes, \.networkSentBytes,
            \.networkReceivedBytes,
        ]
    }

    public var isZero: Bool { self == UsageCounters() }

    public static func += (left: inout UsageCounters, right: UsageCounters) {
        for path in all { left[keyPath: path] += right[keyPath: path] }
    }

    /// What was used since an earlier reading of the same counters. A counter that fell was reset in between, so that
    /// all of the new reading was used since.
    public func since(_ earlier: UsageCounters) -> UsageCounters {
        if Self.all.contains(where: { self[keyPath: $0] < earlier[keyPath: $0] }) { return self }
        var difference = self
        for path in Self.all { difference[keyPath: path] -= earlier[keyPath: path] }
        return difference
    }
}

/// One pod's entry of one `UsageMeasured` event: counters since the pod started on that node.
public struct UsageRecord: Sendable, Hashable {
    public var node: String
    public var bootID: String
    public var observedAt: Timestamp
    public var uid: String
    public var namespace: String
    public var name: String
    /// The controller that made the pod, `ReplicaSet/web-abc`; empty for a bare pod.
    public var owner: String
    /// No further record of this pod follows.
    public var isFinal: Bool
    public var counters: UsageCounters

    /// The counters that one reading follows another of.
    ///
    /// Not by boot: the node agent carries a pod's counters over a reboot. If it lost them, they start again lower.
    public struct Series: Sendable, Hashable {
        public let uid: String
        public let node: String
        public init(uid: String, node: String) { (self.uid, self.node) = (uid, node) }
    }

    public var series: Series { Series(uid: uid, node: node) }

    /// The records of a report, in its order; what lacks a uid or the time of observation is left out.
    public static func all(inReport report: JSON) -> [UsageRecord] {
        guard let observedAt = report.string("observedAt").flatMap(Timestamp.init(rfc3339:)) else { return [] }
        return report.array("pods").compactMap { pod in
            guard let uid = pod.string("uid"), !uid.isEmpty else { return nil }
            // A bare pod's owner has an empty kind.
            let kind = pod.string("owner", "kind") ?? ""
            let owner = kind.isEmpty ? "" : "\(kind)/\(pod.string("owner", "name") ?? "")"
            return UsageRecord(
                node: report.string("node") ?? "", bootID: report.string("bootID") ?? "", observedAt: observedAt,
                uid: uid, namespace: pod.string("namespace") ?? "", name: pod.string("name") ?? "", owner: owner,
                isFinal: pod.bool("final") ?? false, counters: UsageCounters(json: pod))
        }
    }

    /// What a person calls the workload: a Deployment rather than its ReplicaSet of the moment, a bare pod by its name.
    public var workload: String {
        guard owner.hasPrefix("ReplicaSet/"), let dash = owner.lastIndex(of: "-") else {
            return owner.isEmpty ? "Pod/\(name)" : owner
        }
        let hash = owner[owner.index(after: dash)...]
        guard (5...10).contains(hash.count), hash.utf8.allSatisfy(GeneratedName.alphabet.contains) else { return owner }
        return "Deployment/" + owner[..<dash].dropFirst("ReplicaSet/".count)
    }
}
