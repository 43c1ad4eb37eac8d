import KubeModel

extension Mutability {
    /// Addresses and node ports that were allocated stay with a Service whose new form does not name them, and go when
    /// its new type has no use for them.
    static let keepAllocations: UpdateRule = { new, old in
        guard case .object(var spec) = new["spec"], let before = old["spec"] else { return }
        let type = spec.string("type")
        keepAddress(&spec, before, type)
        let exposed = ["NodePort", "LoadBalancer"]
        let ports = before.array("ports")
        var changed = spec["ports"]?.arrayValue ?? []
        for index in changed.indices {
            let same = ports.first {
                $0["port"] == changed[index]["port"] && $0["protocol"] == changed[index]["protocol"]
            }
            guard let allocated = same?["nodePort"] else { continue }
            if exposed.contains(type) {
                if changed[index]["nodePort"] == nil { changed[index]["nodePort"] = allocated }
            } else if changed[index]["nodePort"] == allocated {
                changed[index]["nodePort"] = nil
            }
        }
        if !changed.isEmpty { spec["ports"] = .array(changed) }
        new["spec"] = .object(spec)
    }

    private static func keepAddress(_ spec: inout JSONObject, _ before: JSON, _ type: String) {
        let address = before.string("clusterIP") ?? ""
        guard !address.isEmpty else { return }
        if type == "ExternalName" {
            guard spec.string("clusterIP") == address else { return }
            for name in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] {
                spec[name] = nil
            }
        } else if spec.string("clusterIP").isEmpty {
            for name in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] { spec[name] = before[name] }
        } else if spec["clusterIP"] != before["clusterIP"], spec["clusterIPs"] == before["clusterIPs"] {
            spec["clusterIPs"] = spec["clusterIP"].map { .array([$0]) }
        }
    }
}
