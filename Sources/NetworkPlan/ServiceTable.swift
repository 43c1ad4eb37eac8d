import KubeModel

/// Where the packets of Services go, as seen from one node.
public struct ServiceTable: Sendable, Hashable {
    public var ports: [ServicePort]

    /// Reads Services and their EndpointSlices. What has no cluster address (headless, ExternalName) has no entries.
    public init(services: [KubeObject], slices: [KubeObject], node: String) {
        var slicesOfService: [String: [KubeObject]] = [:]
        for slice in slices where slice.json.string("addressType") ?? "IPv4" == "IPv4" && !slice.isBeingDeleted {
            let name = slice.labels["kubernetes.io/service-name"] ?? ""
            slicesOfService["\(slice.namespace)/\(name)", default: []].append(slice)
        }
        ports = services.filter { !$0.isBeingDeleted }.flatMap { service in
            ServicePort.all(
                of: service, slices: slicesOfService["\(service.namespace)/\(service.name)"] ?? [], node: node)
        }.sorted { ($0.address, $0.port, $0.proto) < ($1.address, $1.port, $1.proto) }
    }
}

/// One address behind a Service's port.
public struct ServiceEndpoint: Sendable, Hashable, Comparable {
    public var address: IPv4Address
    public var port: Int
    public init(address: IPv4Address, port: Int) { (self.address, self.port) = (address, port) }
    public static func < (left: ServiceEndpoint, right: ServiceEndpoint) -> Bool {
        (left.address, left.port) < (right.address, right.port)
    }
}

/// One port of a Service.
public struct ServicePort: Sendable, Hashable {
    /// `tcp`, `udp` or `sctp`.
    public var proto: String
    /// The cluster address.
    public var address: IPv4Address
    public var port: Int
    /// Further addresses that lead here from outside: `externalIPs` and a load balancer's.
    public var externalAddresses: [IPv4Address]
    public var nodePort: Int?
    /// What a connection from inside may be sent to, and what one from outside may be.
    public var internalEndpoints: [ServiceEndpoint]
    public var externalEndpoints: [ServiceEndpoint]
    /// Connections of one client go to one endpoint (`sessionAffinity: ClientIP`).
    public var isSticky: Bool
    /// The client's address must stay visible (`externalTrafficPolicy: Local`).
    public var keepsSource: Bool

    static func all(of service: KubeObject, slices: [KubeObject], node: String) -> [ServicePort] {
        let spec = service.spec
        guard spec.string("type") != "ExternalName", let address = spec.string("clusterIP").flatMap(IPv4Address.init)
        else { return [] }
        let isInternalLocal = spec.string("internalTrafficPolicy") == "Local"
        let isExternalLocal = spec.string("externalTrafficPolicy") == "Local"
        let balancer = service.status["loadBalancer"]?.array("ingress").compactMap { $0.string("ip") } ?? []
        let external = (spec.array("externalIPs").compactMap(\.stringValue) + balancer).compactMap { IPv4Address($0) }
        return spec.array("ports").compactMap { port in
            guard let number = port.int("port").flatMap({ Int(exactly: $0) }), (1...65_535).contains(number) else {
                return nil
            }
            let candidates = Candidate.all(
                in: slices, portName: port.string("name") ?? "", proto: port.string("protocol") ?? "TCP", node: node)
            return ServicePort(
                proto: (port.string("protocol") ?? "TCP").lowercased(), address: address, port: number,
                externalAddresses: external, nodePort: port.int("nodePort").flatMap { $0 > 0 ? Int($0) : nil },
                internalEndpoints: Candidate.serving(candidates.filter { !isInternalLocal || $0.isLocal }),
                externalEndpoints: Candidate.serving(candidates.filter { !isExternalLocal || $0.isLocal }),
                isSticky: spec.string("sessionAffinity") == "ClientIP", keepsSource: isExternalLocal)
        }
    }
}

/// An endpoint with what decides whether it is used.
private struct Candidate {
    let endpoint: ServiceEndpoint
    let isReady: Bool
    let isServing: Bool
    let isLocal: Bool

    static func all(in slices: [KubeObject], portName: String, proto: String, node: String) -> [Candidate] {
        slices.flatMap { slice -> [Candidate] in
            let port = slice.json.array("ports").first {
                $0.string("name") ?? "" == portName && $0.string("protocol") ?? "TCP" == proto
            }
            guard let number = port?.int("port"), (1...65_535).contains(number) else { return [] }
            return slice.json.array("endpoints").compactMap { endpoint in
                guard let address = endpoint.array("addresses").first?.stringValue.flatMap(IPv4Address.init) else {
                    return nil
                }
                let isReady = endpoint.bool("conditions", "ready") ?? true
                return Candidate(
                    endpoint: ServiceEndpoint(address: address, port: Int(number)), isReady: isReady,
                    isServing: endpoint.bool("conditions", "serving") ?? isReady,
                    isLocal: endpoint.string("nodeName") == node)
            }
        }
    }

    /// The ready ones; if there is none, those that still serve while they end (KEP-1669).
    static func serving(_ candidates: [Candidate]) -> [ServiceEndpoint] {
        let ready = candidates.filter(\.isReady)
        return Set((ready.isEmpty ? candidates.filter(\.isServing) : ready).map(\.endpoint)).sorted()
    }
}
