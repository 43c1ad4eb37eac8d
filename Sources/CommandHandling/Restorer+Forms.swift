import Domain
import KubeMachinery
import KubeModel

extension Restorer {
    /// What the head event of the rollback says.
    var remark: JSON {
        var remark: JSON = ["to": .int(target)]
        if !plan.refusals.isEmpty {
            remark["refused"] = .array(plan.refusals.map { .string($0.key.description) })
        }
        if case .selection(_, _, let text) = extent { remark["selector"] = .string(text) }
        return remark
    }

    /// Puts an event in front that says what all the others are. That of a namespace belongs to the namespace itself,
    /// which may have to be made first.
    mutating func addMarker() {
        guard !plan.changes.isEmpty else { return }
        switch extent {
        case .object: return
        case .cluster:
            plan.marker = Command.Marker(
                stream: "clusters.purser.dev/cluster", type: EventCatalogue.clusterRolledBack, payload: remark)
        case .selection(let namespace, _, _):
            plan.marker = Command.Marker(
                stream: "namespaces/\(namespace)", type: EventCatalogue.selectionRolledBack, payload: remark)
        case .namespace(let name):
            let key = ObjectKey(.namespaces, name: name)
            if plan.changes.first?.key == key {
                plan.changes[0].remarks["rollback"] = remark
            } else if let live = plan.state[key] {
                var head = ObjectChange(
                    key, type: EventCatalogue.name("Namespace", .rolledBack), expected: live.revision,
                    content: .members(Array("{}".utf8)))
                head.remarks["rollback"] = remark
                plan.changes.insert(head, at: 0)
            }
        }
    }

    /// The earlier form as it can be had now: with the addresses, the owners and the place that are to be had.
    func form(of earlier: StoredObject, _ type: ResourceType, live: JSON?, _ notes: inout [String]) throws(KubeStatus)
        -> JSON
    {
        var form = try clear(earlier, type)
        switch type.groupResource {
        case .services: keepAddresses(&form, live: live, &notes)
        case .pods:
            // Where a pod runs is the scheduler's matter.
            form[["spec", "nodeName"]] = live?["spec"]?["nodeName"]
        default: fit(&form, earlier, type, &notes)
        }
        if live == nil { keepOwners(&form, &notes) }
        return form
    }

    /// A live Service keeps its address. One that is made anew gets its own back unless another Service holds it now.
    private func keepAddresses(_ form: inout JSON, live: JSON?, _ notes: inout [String]) {
        let key = ObjectKey(
            .services, namespace: form.string("metadata", "namespace") ?? "",
            name: form.string("metadata", "name") ?? ""
        )
        func isAddress(_ text: String) -> Bool { !text.isEmpty && text != "None" }
        func clearAddress() { for name in ["clusterIP", "clusterIPs"] { form[["spec", name]] = nil } }
        let had = form.string("spec", "clusterIP") ?? ""
        let has = live?.string("spec", "clusterIP") ?? ""
        if isAddress(had), isAddress(has), had != has {
            form[["spec", "clusterIP"]] = .string(has)
            form[["spec", "clusterIPs"]] = live?["spec"]?["clusterIPs"]
            notes.append("it keeps its address \(has), it had \(had)")
        } else if isAddress(had), let holder = plan.state.indexes?.clusterIPs[had], holder != key {
            clearAddress()
            notes.append("its address \(had) is now that of \(holder): it gets another")
        }
        var ports = form.array("spec", "ports")
        for index in ports.indices {
            guard let port = ports[index].int("nodePort"), let holder = plan.state.indexes?.nodePorts[port],
                holder != key
            else { continue }
            ports[index]["nodePort"] = nil
            notes.append("its node port \(port) is now that of \(holder): it gets another")
        }
        if !ports.isEmpty { form[["spec", "ports"]] = .array(ports) }
    }
}
