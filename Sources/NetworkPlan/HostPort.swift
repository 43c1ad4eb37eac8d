import KubeModel

/// A port of the node that leads to a port of a pod on it (`hostPort`).
public struct HostPort: Sendable, Hashable {
    /// `tcp`, `udp` or `sctp`.
    public var proto: String
    /// Nil takes connections to every address of the node.
    public var hostAddress: IPv4Address?
    public var port: Int
    public var endpoint: ServiceEndpoint

    public init(proto: String, hostAddress: IPv4Address?, port: Int, endpoint: ServiceEndpoint) {
        (self.proto, self.hostAddress, self.port, self.endpoint) = (proto, hostAddress, port, endpoint)
    }

    /// Those of a node's pods, the youngest pod's last. A pod without an address yet, in the node's own network, or at
    /// its end has none.
    public static func all(of pods: some Sequence<KubeObject>) -> [HostPort] {
        pods.sorted {
            ($0.creationTimestamp?.microseconds ?? 0, $0.uid) < ($1.creationTimestamp?.microseconds ?? 0, $1.uid)
        }
        .flatMap(all)
    }

    private static func all(of pod: KubeObject) -> [HostPort] {
        guard pod.spec.bool("hostNetwork") != true,
            !["Succeeded", "Failed"].contains(pod.status.string("phase") ?? ""),
            let address = pod.status.string("podIP").flatMap(IPv4Address.init)
        else { return [] }
        let sidecars = pod.spec.array("initContainers").filter { $0.string("restartPolicy") == "Always" }
        return (sidecars + pod.spec.array("containers")).flatMap { $0.array("ports") }.compactMap { port in
            guard let outside = number(port, "hostPort"), let inside = number(port, "containerPort") else { return nil }
            let host = port.string("hostIP").flatMap(IPv4Address.init)
            return HostPort(
                proto: (port.string("protocol") ?? "TCP").lowercased(), hostAddress: host?.value == 0 ? nil : host,
                port: outside, endpoint: ServiceEndpoint(address: address, port: inside))
        }
    }

    private static func number(_ port: JSON, _ name: String) -> Int? {
        port.int(name).flatMap { (1...65_535).contains($0) ? Int($0) : nil }
    }
}
