import KubeModel

extension TableLayout {
    static let services = TableLayout(
        columns: [
            .objectName,
            TableColumn("Type", "How the service is reached."),
            TableColumn("Cluster-IP", "Its address within the cluster."),
            TableColumn("External-IP", "Its addresses outside of the cluster."),
            TableColumn("Port(s)", "Its ports, with the node's port behind a colon."),
            .age,
            TableColumn("Selector", "Which pods it sends to.", wide: true),
        ]
    ) { object, now in
        [
            .string(object.name), .string(object.json.string("spec", "type") ?? "ClusterIP"),
            .textOrNone(object.json.string("spec", "clusterIP")), .string(externalAddresses(object)),
            .textOrNone(object.json.array("spec", "ports").map(portText).joined(separator: ",")),
            object.ageCell(now), .string(labelText(object.json.stringMap("spec", "selector"))),
        ]
    }

    private static func portText(_ port: JSON) -> String {
        let nodePort = port.int("nodePort").flatMap { $0 > 0 ? ":\($0)" : nil } ?? ""
        return "\(port.int("port") ?? 0)\(nodePort)/\(port.string("protocol") ?? "TCP")"
    }

    private static func externalAddresses(_ service: KubeObject) -> String {
        let external = service.json.array("spec", "externalIPs").compactMap(\.stringValue)
        switch service.json.string("spec", "type") {
        case "ExternalName": return service.json.string("spec", "externalName") ?? "<none>"
        case "LoadBalancer":
            let ingress = service.json.array("status", "loadBalancer", "ingress").compactMap {
                $0.string("ip") ?? $0.string("hostname")
            }
            let all = ingress + external
            return all.isEmpty ? "<pending>" : all.joined(separator: ",")
        default: return external.isEmpty ? "<none>" : external.joined(separator: ",")
        }
    }

    static func labelText(_ labels: [String: String]) -> String {
        labels.isEmpty ? "<none>" : labels.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
    }

    static let endpointSlices = TableLayout(
        columns: [
            .objectName,
            TableColumn("AddressType", "Kind of the slice's addresses."),
            TableColumn("Ports", "Ports of its endpoints."),
            TableColumn("Endpoints", "Addresses of its endpoints."),
            .age,
        ]
    ) { object, now in
        let ports = object.json.array("ports").map { port in
            port.int("port").map(String.init) ?? port.string("name").flatMap { $0.isEmpty ? nil : $0 } ?? "*"
        }
        let addresses = object.json.array("endpoints").flatMap { $0.array("addresses").compactMap(\.stringValue) }
        return [
            .string(object.name), .string(object.json.string("addressType") ?? ""), .string(shortList(ports)),
            .string(shortList(addresses)), object.ageCell(now),
        ]
    }

    /// The first three and how many more there are.
    private static func shortList(_ elements: [String]) -> String {
        guard !elements.isEmpty else { return "<unset>" }
        let text = elements.prefix(3).joined(separator: ",")
        return elements.count > 3 ? "\(text) + \(elements.count - 3) more..." : text
    }
}
