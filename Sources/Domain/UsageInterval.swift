import KubeModel

/// What was used in an interval: CPU as a rate, memory as it is at its end.
public struct ResourceUse: Sendable, Hashable {
    /// Billionths of a core.
    public var nanoCores: Int64
    /// Bytes of the working set.
    public var memory: Int64

    public init(nanoCores: Int64 = 0, memory: Int64 = 0) { (self.nanoCores, self.memory) = (nanoCores, memory) }

    public static func += (left: inout ResourceUse, right: ResourceUse) {
        left.nanoCores += right.nanoCores
        left.memory += right.memory
    }
}

/// The time between a node's last two usage reports, with what its pods used in it.
public struct UsageInterval: Sendable, Hashable {
    public struct Pod: Sendable, Hashable {
        public let uid: String
        public let namespace: String
        public let name: String
        public let use: ResourceUse
        public let containers: [Container]

        public init(uid: String, namespace: String, name: String, use: ResourceUse, containers: [Container] = []) {
            (self.uid, self.namespace, self.name, self.use) = (uid, namespace, name, use)
            self.containers = containers
        }
    }

    public struct Container: Sendable, Hashable {
        public let name: String
        public let use: ResourceUse
        public init(name: String, use: ResourceUse) { (self.name, self.use) = (name, use) }
    }

    public let end: Timestamp
    public let seconds: Double
    /// The position of the later report.
    public let position: Position
    /// Those that are in both reports and have not ended.
    public let pods: [Pod]
    private let indexes: [String: Int]

    public init(end: Timestamp, seconds: Double, position: Position, pods: [Pod]) {
        (self.end, self.seconds, self.position, self.pods) = (end, seconds, position, pods)
        indexes = Dictionary(pods.enumerated().map { ($0.element.uid, $0.offset) }, uniquingKeysWith: { $1 })
    }

    /// Nil if the second report is not of a later time than the first.
    public init?(from before: JSON, to newest: JSON, position: Position) {
        guard let start = before.string("observedAt").flatMap(Timestamp.init(rfc3339:)),
            let end = newest.string("observedAt").flatMap(Timestamp.init(rfc3339:)), end > start
        else { return nil }
        let seconds = end.seconds(since: start)
        let earlier = Dictionary(
            before.array("pods").map { ($0.string("uid") ?? "", $0) }, uniquingKeysWith: { $1 })
        let pods = newest.array("pods").compactMap { pod -> Pod? in
            guard pod.bool("final") != true, let uid = pod.string("uid"), let old = earlier[uid] else { return nil }
            let containers = Self.newestRuns(pod.array("containers")).map { name, container in
                Container(
                    name: name,
                    use: Self.use(container, Self.earlier(container, old.array("containers")), seconds))
            }
            return Pod(
                uid: uid, namespace: pod.string("namespace") ?? "", name: pod.string("name") ?? "",
                use: Self.use(pod, old, seconds), containers: containers)
        }
        self.init(end: end, seconds: seconds, position: position, pods: pods)
    }

    /// False for the last word on pods that ended, which a node sends beside its reports and which says nothing of the
    /// others: no interval begins or ends with it.
    public static func isWhole(_ report: JSON) -> Bool {
        let pods = report.array("pods")
        return pods.isEmpty || pods.contains { $0.bool("final") != true }
    }

    public func pod(uid: String) -> Pod? { indexes[uid].map { pods[$0] } }

    /// A container that was started again is reported with its last two runs.
    private static func newestRuns(_ containers: [JSON]) -> [(name: String, container: JSON)] {
        let ordered = containers.sorted { ($0.int("restart") ?? 0) < ($1.int("restart") ?? 0) }
        return Dictionary(ordered.map { ($0.string("name") ?? "", $0) }, uniquingKeysWith: { $1 })
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The same run in the report before; a run that was not there counts from its start.
    private static func earlier(_ container: JSON, _ before: [JSON]) -> JSON {
        before.first {
            $0.string("name") == container.string("name") && $0.int("restart") == container.int("restart")
        } ?? [:]
    }

    private static func use(_ new: JSON, _ old: JSON, _ seconds: Double) -> ResourceUse {
        let spent = max((new.int("cpuNanoseconds") ?? 0) - (old.int("cpuNanoseconds") ?? 0), 0)
        return ResourceUse(
            // A billion cores, should a report claim as much, are no fault of arithmetic.
            nanoCores: Int64(min((Double(spent) / seconds).rounded(), 1e18)), memory: new.int("memoryBytes") ?? 0)
    }
}
