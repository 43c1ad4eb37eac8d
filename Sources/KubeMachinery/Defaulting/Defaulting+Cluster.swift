import KubeModel

extension Defaulting {
    static let clusterRules: [String: Rule] = [
        "core/v1.Namespace": { namespace in
            let name = namespace["metadata"]?.string("name") ?? ""
            guard !name.isEmpty else { return }
            _ = namespace.modify("metadata") { $0[["labels", "kubernetes.io/metadata.name"]] = .string(name) }
        },
        "core/v1.Secret": { secret in
            guard let texts = secret["stringData"]?.objectValue else { return }
            var values = secret["data"]?.objectValue ?? [:]
            for (key, text) in texts { values[key] = .string(Base64.encode(Array((text.stringValue ?? "").utf8))) }
            if !values.isEmpty { secret["data"] = .object(values) }
            secret["stringData"] = nil
        },
        "core/v1.Node": { node in
            if case .object(var status) = node["status"], let capacity = status["capacity"] {
                status.fill("allocatable", capacity)
                node["status"] = .object(status)
            }
        },
        "core/v1.NodeSpec": { spec in
            if let first = spec["podCIDRs"]?.arrayValue?.first {
                // An empty text is as good as none.
                if first != "" { spec.fill("podCIDR", first) }
            } else if let only = spec["podCIDR"] {
                spec["podCIDRs"] = .array([only])
            }
        },
        "core/v1.ServicePort": { port in
            if port["targetPort"] == nil || port["targetPort"] == 0 || port["targetPort"] == "" {
                port["targetPort"] = port["port"]
            }
        },
        "core/v1.ServiceSpec": service,
        "apiextensions/v1.CustomResourceDefinitionSpec": { spec in
            spec.fill("conversion", ["strategy": "None"])
            guard case .object(var names) = spec["names"], !names.string("kind").isEmpty else { return }
            names.fill("singular", .string(names.string("kind").lowercased()))
            names.fill("listKind", .string(names.string("kind") + "List"))
            spec["names"] = .object(names)
        },
    ]

    private static func service(_ spec: inout JSONObject) {
        if spec.string("sessionAffinity") == "ClientIP" {
            spec.fill("sessionAffinityConfig", ["clientIP": [:]])
        } else if spec.string("sessionAffinity") == "None" {
            spec["sessionAffinityConfig"] = nil
        }
        let type = spec.string("type")
        guard type != "ExternalName" else { return }
        spec.fill("internalTrafficPolicy", "Cluster")
        if type == "NodePort" || type == "LoadBalancer" { spec.fill("externalTrafficPolicy", "Cluster") }
        if type == "LoadBalancer" { spec.fill("allocateLoadBalancerNodePorts", true) }
        if let first = spec["clusterIPs"]?.arrayValue?.first {
            if first != "" { spec.fill("clusterIP", first) }
        } else if let only = spec["clusterIP"] {
            spec["clusterIPs"] = .array([only])
        }
        spec.fill("ipFamilyPolicy", "SingleStack")
        spec.fill("ipFamilies", .array([.string(spec.string("clusterIP").contains(":") ? "IPv6" : "IPv4")]))
    }
}
