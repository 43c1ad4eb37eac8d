import KubeModel

extension Validation {
    static let clusterRules: [String: Rule] = [
        "core/v1.NodeSpec": { spec, path, faults in
            var seen: Set<String> = []
            for (index, taint) in spec.array("taints").enumerated() {
                let pair = "\(taint.string("key") ?? "")/\(taint.string("effect") ?? "")"
                if !seen.insert(pair).inserted { faults.duplicate(path.child("taints").index(index), taint) }
            }
            for (index, range) in spec.array("podCIDRs").enumerated() where !IPAddress.isCIDR(range.stringValue ?? "") {
                faults.invalid(
                    path.child("podCIDRs").index(index), range,
                    "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
            }
        },
        "core/v1.NamespaceSpec": { spec, path, faults in
            for (index, finalizer) in spec.array("finalizers").enumerated() {
                let text = finalizer.stringValue ?? ""
                let details = Syntax.qualifiedName(text)
                faults.invalid(path.child("finalizers"), text, details)
                if details.isEmpty, !text.contains("/"), text != "kubernetes" {
                    faults.invalid(
                        path.child("finalizers").index(index), text,
                        "name is neither a standard finalizer name nor is it fully qualified")
                }
            }
        },
        "coordination/v1.LeaseSpec": { spec, path, faults in
            if spec.string("holderIdentity") == "" {
                faults.invalid(path.child("holderIdentity"), "", "must not be empty")
            }
            faults.range(spec, "leaseDurationSeconds", path, 1...Int64.max)
            faults.nonNegative(spec, "leaseTransitions", at: path)
        },
        "core/v1.Event": { event, _, faults in
            let namespace = event.string("involvedObject", "namespace") ?? ""
            let own = event.string("metadata", "namespace") ?? ""
            // What belongs to the cluster is told about in the default namespace.
            if namespace.isEmpty ? own != "default" && own != "kube-system" : namespace != own {
                faults.invalid(
                    FieldPath.root.child("involvedObject").child("namespace"), namespace,
                    "does not match event.namespace")
            }
        },
        "discovery/v1.EndpointSlice": endpointSlice,
    ]

    private static let endpointSlice: Rule = { slice, _, faults in
        let type = slice.string("addressType") ?? ""
        let path = FieldPath.root.child("endpoints")
        let endpoints = slice.array("endpoints")
        if endpoints.count > 1000 { faults.tooMany(path, count: endpoints.count, limit: 1000) }
        for (index, endpoint) in endpoints.enumerated() {
            let path = path.index(index).child("addresses")
            let addresses = endpoint.array("addresses")
            if addresses.count > 100 { faults.tooMany(path, count: addresses.count, limit: 100) }
            for (place, address) in addresses.enumerated() {
                let text = address.stringValue ?? ""
                switch (type, IPAddress.family(text)) {
                case ("IPv4", .v4), ("IPv6", .v6): break
                case ("IPv4", _):
                    faults.invalid(path.index(place), text, "must be a valid IPv4 address")
                case ("IPv6", _):
                    faults.invalid(path.index(place), text, "must be a valid IPv6 address")
                case ("FQDN", _): faults.invalid(path.index(place), text, Syntax.subdomain(text))
                default: break
                }
            }
        }
        var names: Set<String> = []
        let ports = FieldPath.root.child("ports")
        for (index, port) in slice.array("ports").enumerated() {
            let name = port.string("name") ?? ""
            if !name.isEmpty { faults.invalid(ports.index(index).child("name"), name, Syntax.label(name)) }
            if !names.insert(name).inserted { faults.duplicate(ports.index(index).child("name"), .string(name)) }
        }
    }

    static let endpointSliceChange: ChangeRule = { new, old, faults in
        faults.immutable(new["addressType"], old["addressType"], FieldPath.root.child("addressType"))
    }

    static let nodeChange: ChangeRule = { new, old, faults in
        for (field, name) in [("podCIDRs", "podCIDR"), ("providerID", "providerID")] {
            guard let before = old["spec"]?[field], new["spec"]?[field] != before else { continue }
            faults.forbidden(
                FieldPath.spec.child(field), "node updates may not change \(name) except from \"\" to valid")
        }
    }
}
