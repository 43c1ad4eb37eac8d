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
        handler.usage.intervals.sorted { $0.key < $1.key }.compactMap { name, interval in
            guard let node = handler.cluster.state[ObjectKey(.nodes, name: name)] else { return nil }
            var used = ResourceUse()
            for pod in interval.pods { used += pod.use }
            return Self.metrics("NodeMetrics", ["name": .string(name)], node, interval, ["usage": used.json])
        }
    }

    private func pods(_ namespace: String) -> [JSON] {
        handler.usage.intervals.sorted { $0.key < $1.key }.flatMap { _, interval in
            interval.pods.compactMap { pod in
                guard namespace.isEmpty || pod.namespace == namespace,
                    let stored = handler.cluster.state[
                        ObjectKey(.pods, namespace: pod.namespace, name: pod.name)], stored.uid == pod.uid
                else { return nil }
                let containers = pod.containers.map { container -> JSON in
                    ["name": .string(container.name), "usage": container.use.json]
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

extension ResourceUse {
    fileprivate var json: JSON { ["cpu": .string("\(nanoCores)n"), "memory": .string("\(memory / 1024)Ki")] }
}

extension UsageInterval {
    /// As a Go duration, which is how `metrics.k8s.io` writes it.
    fileprivate var window: String { "\(Int64((seconds * 1000).rounded()))ms" }
}
