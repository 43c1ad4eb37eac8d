import KubeModel

extension Validation {
    static let serviceRules: [String: Rule] = [
        "core/v1.ServiceSpec": { spec, path, faults in
            let type = spec.string("type") ?? ""
            let isHeadless = spec.string("clusterIP") == "None"
            let ports = spec.array("ports")
            if ports.isEmpty, !isHeadless, type != "ExternalName" { faults.required(path.child("ports")) }
            if type == "LoadBalancer" || type == "NodePort", isHeadless {
                faults.invalid(
                    path.child("clusterIPs").index(0), "None",
                    "may not be set to 'None' for \(type) services")
            }
            if type == "ExternalName" { externalName(spec, path, &faults) }
            faultsOfLabels(spec["selector"], path.child("selector"), &faults)
            servicePorts(ports, path.child("ports"), mayExpose: type == "NodePort" || type == "LoadBalancer", &faults)
            addresses(spec, path, &faults)
            if spec["externalTrafficPolicy"] != nil, type != "NodePort", type != "LoadBalancer",
                spec.array("externalIPs").isEmpty
            {
                faults.invalid(
                    path.child("externalTrafficPolicy"), spec["externalTrafficPolicy"] ?? .null,
                    "may only be set for externally-accessible services")
            }
        },
        "core/v1.ClientIPConfig": { config, path, faults in
            let seconds = config.int("timeoutSeconds") ?? 0
            if !(1...86_400).contains(seconds) {
                faults.invalid(
                    path.child("timeoutSeconds"), .int(seconds), "must be greater than 0 and less than 86400")
            }
        },
    ]

    private static func externalName(_ spec: JSON, _ path: FieldPath, _ faults: inout Faults) {
        if !spec.array("clusterIPs").isEmpty || spec.string("clusterIP")?.isEmpty == false {
            faults.forbidden(path.child("clusterIPs"), "may not be set for ExternalName services")
        }
        let name = spec.string("externalName") ?? ""
        if name.isEmpty {
            faults.required(path.child("externalName"))
        } else {
            let bare = name.hasSuffix(".") ? String(name.dropLast()) : name
            faults.invalid(path.child("externalName"), name, Syntax.subdomain(bare))
        }
    }

    private static func servicePorts(
        _ ports: [JSON], _ path: FieldPath, mayExpose: Bool, _ faults: inout Faults
    ) {
        var names: Set<String> = []
        var pairs: Set<String> = []
        var nodePorts: Set<String> = []
        for (index, port) in ports.enumerated() {
            let path = path.index(index)
            let name = port.string("name") ?? ""
            let transport = port.string("protocol") ?? "TCP"
            if name.isEmpty {
                if ports.count > 1 { faults.required(path.child("name")) }
            } else {
                faults.invalid(path.child("name"), name, Syntax.label(name))
                if !names.insert(name).inserted { faults.duplicate(path.child("name"), .string(name)) }
            }
            let number = port.int("port") ?? 0
            if !Faults.ports.contains(number) {
                faults.invalid(path.child("port"), .int(number), "must be between 1 and 65535, inclusive")
            }
            faults.portOrName(port["targetPort"], path.child("targetPort"))
            if !pairs.insert("\(transport)/\(number)").inserted {
                faults.duplicate(path, ["port": .int(number), "protocol": .string(transport)])
            }
            guard let nodePort = port.int("nodePort"), nodePort != 0 else { continue }
            if !mayExpose {
                faults.forbidden(path.child("nodePort"), "may not be used when `type` is 'ClusterIP'")
            }
            faults.range(port, "nodePort", path, Faults.ports)
            if !nodePorts.insert("\(transport)/\(nodePort)").inserted {
                faults.duplicate(path.child("nodePort"), .int(nodePort))
            }
        }
    }

    private static func addresses(_ spec: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let list = spec.array("clusterIPs").compactMap(\.stringValue)
        let first = spec.string("clusterIP") ?? ""
        if let head = list.first, head != first {
            faults.invalid(
                path.child("clusterIPs"), .array(list.map { .string($0) }), "first value must match `clusterIP`")
        }
        for (index, text) in list.enumerated() where !(index == 0 && (text == "None" || text.isEmpty)) {
            if IPAddress.family(text) == nil {
                faults.invalid(path.child("clusterIPs").index(index), text, Syntax.addressMessage)
            }
        }
        for (index, address) in spec.array("externalIPs").enumerated()
        where IPAddress.family(address.stringValue ?? "") == nil {
            faults.invalid(path.child("externalIPs").index(index), address, Syntax.addressMessage)
        }
        for (index, source) in spec.array("loadBalancerSourceRanges").enumerated()
        where !IPAddress.isCIDR(source.stringValue ?? "") {
            faults.invalid(
                path.child("loadBalancerSourceRanges").index(index), source,
                "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
        }
    }

    /// A Service keeps its address while it has one, whatever its type becomes.
    static let serviceChange: ChangeRule = { new, old, faults in
        let (after, before) = (new["spec"] ?? [:], old["spec"] ?? [:])
        guard after.string("type") != "ExternalName", before.string("type") != "ExternalName",
            let address = before.string("clusterIP"), !address.isEmpty, after.string("clusterIP") != address
        else { return }
        let value = JSON.array(after.array("clusterIPs"))
        if (after.string("clusterIP") ?? "").isEmpty {
            faults.invalid(
                FieldPath.spec.child("clusterIPs").index(0), value, "primary clusterIP can not be unset")
        } else {
            faults.invalid(FieldPath.spec.child("clusterIPs").index(0), value, "may not change once set")
        }
    }
}
