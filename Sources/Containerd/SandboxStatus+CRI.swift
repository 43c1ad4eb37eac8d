import KubeModel

extension Timestamp {
    /// Of nanoseconds since 1970.
    init(nanoseconds: Int64) {
        self.init(microseconds: nanoseconds / 1000)
    }
}

extension SandboxSummary {
    init(_ item: CRIPodSandbox) {
        self.init(
            id: item.id, name: item.metadata.name, namespace: item.metadata.namespace, uid: item.metadata.uid,
            attempt: item.metadata.attempt, state: item.state == .sandboxReady ? .ready : .notReady,
            createdAt: Timestamp(nanoseconds: item.createdAt), labels: item.labels, annotations: item.annotations)
    }

    init(_ status: CRIPodSandboxStatus) {
        self.init(
            id: status.id, name: status.metadata.name, namespace: status.metadata.namespace,
            uid: status.metadata.uid, attempt: status.metadata.attempt,
            state: status.state == .sandboxReady ? .ready : .notReady,
            createdAt: Timestamp(nanoseconds: status.createdAt), labels: status.labels,
            annotations: status.annotations)
    }
}

extension SandboxStatus {
    init(_ response: CRIPodSandboxStatusResponse) {
        let network = response.status.network
        self.init(
            summary: SandboxSummary(response.status),
            addresses: network.ip.isEmpty ? [] : [network.ip] + network.additionalIps.map(\.ip))
        guard let text = response.info["info"], let info = try? JSON(parsing: text) else { return }
        processID = info.int("pid").flatMap { $0 > 0 ? Int32(truncatingIfNeeded: $0) : nil }
        networkNamespace = info.array("runtimeSpec", "linux", "namespaces")
            .first { $0.string("type") == "network" }?.string("path")
        nodeInterfaces = Self.nodeInterfaces(info.object("cniResult", "Interfaces"))
    }

    /// The interfaces of the CNI result that are not in the pod's own namespace.
    private static func nodeInterfaces(_ interfaces: JSONObject) -> [String] {
        interfaces.filter { ($0.value.string("Sandbox") ?? "").isEmpty }.map(\.key)
    }
}
