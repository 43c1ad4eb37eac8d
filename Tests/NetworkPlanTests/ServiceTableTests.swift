import KubeModel
import NetworkPlan
import Testing

struct ServiceTableTests {
    static func service(_ spec: JSON, name: String = "web") -> KubeObject {
        KubeObject(["metadata": ["name": .string(name), "namespace": "shop"], "spec": spec])
    }

    static func slice(
        _ endpoints: [JSON], ports: [JSON] = [["name": "http", "port": 80, "protocol": "TCP"]], service: String = "web"
    )
        -> KubeObject
    {
        KubeObject([
            "metadata": [
                "name": "web-1", "namespace": "shop", "labels": ["kubernetes.io/service-name": .string(service)],
            ],
            "addressType": "IPv4", "ports": .array(ports), "endpoints": .array(endpoints),
        ])
    }

    static func endpoint(_ address: String, node: String = "n1", ready: Bool = true, serving: Bool = true) -> JSON {
        [
            "addresses": [.string(address)], "nodeName": .string(node),
            "conditions": ["ready": .bool(ready), "serving": .bool(serving)],
        ]
    }

    static let port: JSON = ["name": "http", "port": 8080, "protocol": "TCP", "nodePort": 30080]

    @Test("a port leads to its ready endpoints, in order of address")
    func readyEndpointsAreListed() {
        let table = ServiceTable(
            services: [Self.service(["clusterIP": "10.96.0.100", "ports": [Self.port]])],
            slices: [
                Self.slice([
                    Self.endpoint("10.244.1.3"), Self.endpoint("10.244.0.9"), Self.endpoint("10.244.0.7", ready: false),
                ])
            ], node: "n1")
        #expect(table.ports.count == 1)
        #expect(table.ports.first?.internalEndpoints.map(\.address.description) == ["10.244.0.9", "10.244.1.3"])
        #expect(table.ports.first?.nodePort == 30080)
    }

    @Test("endpoints that end are used only while no other is ready")
    func endingEndpointsServeLast() {
        let ending = Self.endpoint("10.244.0.7", ready: false)
        let service = Self.service(["clusterIP": "10.96.0.100", "ports": [Self.port]])
        let alone = ServiceTable(services: [service], slices: [Self.slice([ending])], node: "n1")
        #expect(alone.ports.first?.internalEndpoints.map(\.address.description) == ["10.244.0.7"])
        let dead = Self.endpoint("10.244.0.8", ready: false, serving: false)
        #expect(
            ServiceTable(services: [service], slices: [Self.slice([dead])], node: "n1").ports.first?.internalEndpoints
                == [])
    }

    @Test("externalTrafficPolicy Local keeps connections from outside on the node")
    func localPolicyKeepsToTheNode() {
        let table = ServiceTable(
            services: [
                Self.service([
                    "clusterIP": "10.96.0.100", "ports": [Self.port], "externalTrafficPolicy": "Local",
                ])
            ],
            slices: [Self.slice([Self.endpoint("10.244.0.2"), Self.endpoint("10.244.1.2", node: "n2")])], node: "n2")
        #expect(table.ports.first?.internalEndpoints.count == 2)
        #expect(table.ports.first?.externalEndpoints.map(\.address.description) == ["10.244.1.2"])
    }

    @Test("headless and external-name Services have no entries", arguments: ["None", ""])
    func headlessHasNoEntries(address: String) {
        let service = Self.service(["clusterIP": .string(address), "ports": [Self.port]])
        #expect(ServiceTable(services: [service], slices: [], node: "n1").ports == [])
    }
}
