import Domain
import KubeModel

/// Spreads endpoints over slices with the fewest writes: what is listed stays where it is, what is new fills the slices
/// that have room, and only the rest needs new slices.
struct SlicePacking {
    let service: KubeObject
    let existing: [KubeObject]
    let position: Position
    private var kept: [(original: KubeObject?, slice: KubeObject)] = []

    init(service: KubeObject, existing: [KubeObject], position: Position) {
        (self.service, self.existing, self.position) = (service, existing, position)
    }

    mutating func place(_ endpoints: [JSON], ports: [JSON]) {
        var wanted: [String: JSON] = [:]
        for endpoint in endpoints { wanted[Self.target(endpoint)] = endpoint }
        var slices: [(original: KubeObject?, endpoints: [JSON])] = []
        for slice in existing where slice.json.array("ports") == ports {
            let stay = slice.json.array("endpoints").compactMap { wanted.removeValue(forKey: Self.target($0)) }
            if !stay.isEmpty || slices.isEmpty { slices.append((slice, stay)) }
        }
        var rest = endpoints.filter { wanted[Self.target($0)] != nil }[...]
        for index in slices.indices {
            let room = EndpointSliceReconciler.capacity - slices[index].endpoints.count
            slices[index].endpoints += rest.prefix(room)
            rest = rest.dropFirst(room)
        }
        while !rest.isEmpty {
            slices.append((nil, Array(rest.prefix(EndpointSliceReconciler.capacity))))
            rest = rest.dropFirst(EndpointSliceReconciler.capacity)
        }
        for (original, endpoints) in slices where !endpoints.isEmpty {
            add(original: original, endpoints: endpoints, ports: ports)
        }
    }

    private static func target(_ endpoint: JSON) -> String { endpoint.string("targetRef", "uid") ?? "" }

    private mutating func add(original: KubeObject?, endpoints: [JSON], ports: [JSON]) {
        var slice = original ?? fresh(ordinal: kept.count)
        slice.json["endpoints"] = .array(endpoints)
        slice.json["ports"] = .array(ports)
        for (name, value) in labels { slice.setLabel(name, value) }
        kept.append((original, slice))
    }

    private var labels: [String: String] {
        var labels = service.labels
        labels[EndpointSliceReconciler.serviceLabel] = service.name
        labels[EndpointSliceReconciler.managerLabel] = EndpointSliceReconciler.managerName
        if service.spec.string("clusterIP") == "None" { labels["service.kubernetes.io/headless"] = "" }
        return labels
    }

    private func fresh(ordinal: Int) -> KubeObject {
        let prefix = String(service.name.prefix(57)) + "-"
        let suffix = GeneratedName.suffix("\(service.uid)/\(position)/\(ordinal)")
        return KubeObject([
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": [
                "name": .string(prefix + suffix), "generateName": .string(prefix),
                "namespace": .string(service.namespace), "ownerReferences": [service.controllerReference.json],
            ],
        ])
    }

    /// One slice always stays, so that a Service without endpoints can be told from one that nobody has looked at.
    private mutating func keepOne() {
        guard kept.isEmpty else { return }
        add(original: existing.first, endpoints: [], ports: existing.first?.json.array("ports") ?? [])
    }

    mutating func writes() -> [PlannedWrite] {
        keepOne()
        let names = Set(kept.compactMap(\.original?.name))
        var writes: [PlannedWrite] = []
        for (original, slice) in kept {
            if original == nil {
                writes.append(.create(.endpointSlices, slice))
            } else if slice != original {
                writes.append(.update(.endpointSlices, slice))
            }
        }
        for slice in existing where !names.contains(slice.name) {
            writes.append(.delete(slice.key(.endpointSlices), uid: slice.uid, graceSeconds: nil))
        }
        return writes
    }
}
