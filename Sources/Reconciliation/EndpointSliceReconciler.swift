import Domain
import KubeModel

/// Lists the addresses behind each Service.
public struct EndpointSliceReconciler: Reconciler {
    /// The most endpoints of one slice.
    public static let capacity = 100
    static let serviceLabel = "kubernetes.io/service-name"
    static let managerLabel = "endpointslice.kubernetes.io/managed-by"
    static let managerName = "endpointslice-controller.k8s.io"

    public let name = "endpointslice"
    public init() {}

    public func keys(old: KubeObject?, new: KubeObject?, resource: GroupResource, in view: any ClusterView)
        -> [ObjectKey]
    {
        switch resource {
        case .services: return (new ?? old).map { [$0.key(.services)] } ?? []
        case .pods:
            if let old, let new, !Self.differs(old, new) { return [] }
            return Self.services(selecting: [old, new].compactMap(\.self), in: view)
        case .endpointSlices:
            guard let slice = new ?? old, slice.labels[Self.managerLabel] == Self.managerName,
                let service = slice.labels[Self.serviceLabel]
            else { return [] }
            return [ObjectKey(.services, namespace: slice.namespace, name: service)]
        case .deployments:
            guard let deployment = new ?? old, old.map(LiveSide.init(of:)) != new.map(LiveSide.init(of:)) else {
                return []
            }
            let labels = deployment.spec["template"]?.stringMap("metadata", "labels") ?? [:]
            return Self.services(in: deployment.namespace, matching: [labels], view)
        default: return []
        }
    }

    private static func differs(_ old: KubeObject, _ new: KubeObject) -> Bool {
        old.json["metadata"]?["labels"] != new.json["metadata"]?["labels"]
            || old.status["podIP"] != new.status["podIP"] || old.isReadyPod != new.isReadyPod
            || old.isBeingDeleted != new.isBeingDeleted || old.hasEnded != new.hasEnded
            || old.nodeName != new.nodeName
    }

    private static func services(selecting pods: [KubeObject], in view: any ClusterView) -> [ObjectKey] {
        guard let namespace = pods.first?.namespace else { return [] }
        return services(in: namespace, matching: pods.map(\.labels), view)
    }

    private static func services(in namespace: String, matching labels: [[String: String]], _ view: any ClusterView)
        -> [ObjectKey]
    {
        view.list(.services, namespace: namespace).filter { service in
            guard let selector = EndpointSliceReconciler.selector(of: service) else { return false }
            return labels.contains(where: selector.matches)
        }.map { $0.key(.services) }
    }

    /// Nil for a Service whose endpoints somebody else writes.
    static func selector(of service: KubeObject) -> LabelSelector? {
        let labels = service.spec.stringMap("selector")
        return labels.isEmpty || service.spec.string("type") == "ExternalName" ? nil : LabelSelector(matching: labels)
    }

    public func plan(_ view: any ClusterView, key: ObjectKey, now: Timestamp) -> Plan {
        let existing = view.list(.endpointSlices, namespace: key.namespace).filter {
            let labels = $0.labels
            return labels[Self.serviceLabel] == key.name && labels[Self.managerLabel] == Self.managerName
                && !$0.isBeingDeleted
        }
        guard let service = view.object(key), !service.isBeingDeleted, let selector = Self.selector(of: service) else {
            return Plan(existing.map { .delete($0.key(.endpointSlices), uid: $0.uid, graceSeconds: nil) })
        }
        guard !view.isTerminating(namespace: key.namespace) else { return Plan() }
        var sides = LiveSides(view: view)
        var groups: [[JSON]: [JSON]] = [:]
        for pod in view.list(.pods, namespace: key.namespace)
        where selector.matches(pod.labels) && !pod.hasEnded && sides.serves(pod) {
            guard let endpoint = Self.endpoint(of: pod, for: service) else { continue }
            groups[Self.ports(of: service, on: pod), default: []].append(endpoint)
        }
        var packing = SlicePacking(service: service, existing: existing, position: view.position)
        for (ports, endpoints) in groups.sorted(by: {
            JSON.array($0.key).canonicalText < JSON.array($1.key).canonicalText
        }) {
            packing.place(endpoints, ports: ports)
        }
        return Plan(packing.writes())
    }

    /// Nil while the pod has no address.
    private static func endpoint(of pod: KubeObject, for service: KubeObject) -> JSON? {
        guard let address = pod.status.string("podIP"), !address.isEmpty else { return nil }
        let serves = pod.isReadyPod || service.spec.bool("publishNotReadyAddresses") ?? false
        let isLeaving = pod.isBeingDeleted
        var endpoint: JSON = [
            "addresses": [.string(address)],
            "conditions": [
                "ready": .bool(serves && !isLeaving || (service.spec.bool("publishNotReadyAddresses") ?? false)),
                "serving": .bool(serves), "terminating": .bool(isLeaving),
            ],
            "targetRef": [
                "kind": "Pod", "namespace": .string(pod.namespace), "name": .string(pod.name), "uid": .string(pod.uid),
            ],
        ]
        if !pod.nodeName.isEmpty { endpoint["nodeName"] = .string(pod.nodeName) }
        if let hostname = pod.spec.string("hostname"), pod.spec.string("subdomain") == service.name {
            endpoint["hostname"] = .string(hostname)
        }
        return endpoint
    }

    /// The Service's ports as they are on a pod: a named target port is looked up in its containers, and left out
    /// where no container has it.
    private static func ports(of service: KubeObject, on pod: KubeObject) -> [JSON] {
        service.spec.array("ports").compactMap { port in
            let proto = port.string("protocol") ?? "TCP"
            guard let number = targetPort(of: port, protocol: proto, on: pod) else { return nil }
            var slicePort: JSON = [
                "name": .string(port.string("name") ?? ""), "port": .int(number), "protocol": .string(proto),
            ]
            if let appProtocol = port["appProtocol"] { slicePort["appProtocol"] = appProtocol }
            return slicePort
        }
    }

    private static func targetPort(of port: JSON, protocol proto: String, on pod: KubeObject) -> Int64? {
        guard let target = port["targetPort"] else { return port.int("port") }
        guard let name = target.stringValue else { return target.intValue == 0 ? port.int("port") : target.intValue }
        let sidecars = pod.spec.array("initContainers").filter { $0.string("restartPolicy") == "Always" }
        for container in pod.spec.array("containers") + sidecars {
            for candidate in container.array("ports")
            where candidate.string("name") == name && candidate.string("protocol") ?? "TCP" == proto {
                return candidate.int("containerPort")
            }
        }
        return nil
    }
}
