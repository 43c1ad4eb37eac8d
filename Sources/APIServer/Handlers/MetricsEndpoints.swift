import ControlPlane
import Domain
import KubeMachinery
import KubeModel

/// `metrics.k8s.io/v1beta1`, which `kubectl top` and autoscalers read: a view of the nodes' last two usage reports.
struct MetricsEndpoints: Sendable {
    static let group = "metrics.k8s.io"
    private static let apiVersion = "metrics.k8s.io/v1beta1"

    let handler: APIHandler

    func serve(_ resource: ResourceRequest, _ call: APICall, _ response: any ResponseWriter) async throws(KubeStatus) {
        guard resource.version == "v1beta1", resource.subresource.isEmpty else { throw .noSuchPath() }
        if resource.resource.isEmpty {
            let document = try handler.documents.response(call.request.path, call.request)
            try await handler.recordServed(call, code: document.status)
            return response.send(document)
        }
        let answer = try answer(resource, call.request.query)
        let format = try ResponseFormat.negotiate(call.request.headers["accept"], offering: [])
        try await handler.recordServed(call, code: 200)
        response.send(ObjectRendering.encode(answer, format))
    }

    private func answer(_ resource: ResourceRequest, _ query: Query) throws(KubeStatus) -> JSON {
        let kind: String
        let found: [JSON]
        switch resource.resource {
        case "nodes": (kind, found) = ("NodeMetrics", nodes())
        case "pods": (kind, found) = ("PodMetrics", pods(resource.namespace))
        default: throw .noSuchPath()
        }
        switch resource.verb {
        case .get:
            guard let one = found.first(where: { $0.string("metadata", "name") == resource.name }) else {
                throw .notFound(
                    GroupResource(group: Self.group, resource: resource.resource), name: resource.name)
            }
            return one
        case .list:
            let options = try ListOptions(query)
            let selected = found.filter {
                options.labelSelector.matches($0.stringMap("metadata", "labels"))
                    && options.fieldSelector.matches($0)
            }
            return [
                "apiVersion": .string(Self.apiVersion), "kind": .string("\(kind)List"),
                "metadata": ["resourceVersion": .string("\(handler.cluster.state.position)")],
                "items": .array(selected),
            ]
        default: throw .methodNotAllowed()
        }
    }

    private func nodes() -> [JSON] {
        handler.usage.newest().sorted { $0.key < $1.key }.compactMap { name, reports in
            guard let node = handler.cluster.state[ObjectKey(.nodes, name: name)],
                let interval = UsageInterval(reports)
            else { return nil }
            var used = ResourceUse()
            for pod in interval.pods { used += pod.use }
            return Self.metrics("NodeMetrics", ["name": .string(name)], node, interval, ["usage": used.json])
        }
    }

    private func pods(_ namespace: String) -> [JSON] {
        handler.usage.newest().sorted { $0.key < $1.key }.flatMap { _, reports -> [JSON] in
            guard let interval = UsageInterval(reports) else { return [] }
            return interval.pods.compactMap { pod in
                guard namespace.isEmpty || pod.namespace == namespace,
                    let stored = handler.cluster.state[
                        ObjectKey(.pods, namespace: pod.namespace, name: pod.name)], stored.uid == pod.uid
                else { return nil }
                let containers = pod.containers.map { name, use -> JSON in
                    ["name": .string(name), "usage": use.json]
                }
                return Self.metrics(
                    "PodMetrics", ["name": .string(pod.name), "namespace": .string(pod.namespace)], stored, interval,
                    ["containers": .array(containers)])
            }
        }
    }

    private static func metrics(
        _ kind: String, _ name: JSONObject, _ object: StoredObject, _ interval: UsageInterval, _ members: JSONObject
    ) -> JSON {
        var metadata = name
        metadata["creationTimestamp"] = .string(interval.end.rfc3339)
        metadata["labels"] = object.member("metadata", "labels")
        var json: JSONObject = [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": .object(metadata),
            "timestamp": .string(interval.end.rfc3339), "window": .string(interval.window),
        ]
        for (name, value) in members { json[name] = value }
        return .object(json)
    }
}

/// What was used in an interval: CPU as a rate, memory as it is at its end.
struct ResourceUse: Sendable, Hashable {
    /// Billionths of a core.
    var nanoCores: Int64 = 0
    /// Bytes of the working set.
    var memory: Int64 = 0

    var json: JSON { ["cpu": .string("\(nanoCores)n"), "memory": .string("\(memory / 1024)Ki")] }

    static func += (left: inout ResourceUse, right: ResourceUse) {
        left.nanoCores += right.nanoCores
        left.memory += right.memory
    }
}

/// The time between a node's last two reports, with what its pods used in it.
struct UsageInterval: Sendable {
    struct Pod: Sendable {
        let uid: String
        let namespace: String
        let name: String
        let use: ResourceUse
        let containers: [(name: String, use: ResourceUse)]
    }

    let end: Timestamp
    let seconds: Double
    /// Those that are in both reports and have not ended.
    let pods: [Pod]

    /// As a Go duration, which is how `metrics.k8s.io` writes it.
    var window: String { "\(Int64((seconds * 1000).rounded()))ms" }

    /// Nil where there is but one report, or none after the other.
    init?(_ reports: (newest: UsageBook.Report, before: UsageBook.Report?)) {
        guard let before = reports.before?.report,
            let start = before.string("observedAt").flatMap(Timestamp.init(rfc3339:)),
            let end = reports.newest.report.string("observedAt").flatMap(Timestamp.init(rfc3339:)),
            end.seconds(since: start) > 0
        else { return nil }
        let seconds = end.seconds(since: start)
        (self.end, self.seconds) = (end, seconds)
        let earlier = Dictionary(
            before.array("pods").map { ($0.string("uid") ?? "", $0) }, uniquingKeysWith: { $1 })
        pods = reports.newest.report.array("pods").compactMap { pod in
            guard pod.bool("final") != true, let uid = pod.string("uid"), let old = earlier[uid] else { return nil }
            let containers = Self.newestRuns(pod.array("containers")).map { name, container in
                (name, Self.use(container, Self.earlier(container, old.array("containers")), seconds))
            }
            return Pod(
                uid: uid, namespace: pod.string("namespace") ?? "", name: pod.string("name") ?? "",
                use: Self.use(pod, old, seconds), containers: containers)
        }
    }

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
            nanoCores: Int64((Double(spent) / seconds).rounded()), memory: new.int("memoryBytes") ?? 0)
    }
}
