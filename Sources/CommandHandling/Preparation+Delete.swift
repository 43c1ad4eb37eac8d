import Domain
import KubeMachinery
import KubeModel

extension Preparation {
    func delete(_ options: DeleteOptions) throws(KubeStatus) -> PreparedWrite {
        guard let stored = state[request.key] else { throw .notFound(type.groupResource, name: request.name) }
        let old = try clear(stored.object().json)
        try checkPreconditions(options, stored, old)

        var finalizers = old.array("metadata", "finalizers").compactMap(\.stringValue)
        let isFirst = old["metadata"]?["deletionTimestamp"] == nil
        if isFirst {
            finalizers.removeAll { $0 == "orphan" || $0 == "foregroundDeletion" }
            if options.propagation == .orphan { finalizers.append("orphan") }
            if options.propagation == .foreground { finalizers.append("foregroundDeletion") }
        }
        let grace = gracePeriod(options, old)
        let isHeld =
            !finalizers.isEmpty || (type.groupResource == .namespaces && !old.array("spec", "finalizers").isEmpty)
        if grace == 0, !isHeld { return .change(ended(stored), warnings: []) }

        var new = old
        new[["metadata", "finalizers"]] = finalizers.isEmpty ? nil : .array(finalizers.map { .string($0) })
        let standing = old.int("metadata", "deletionGracePeriodSeconds")
        if isFirst || grace < (standing ?? 0) {
            new[["metadata", "deletionTimestamp"]] = .string(now.adding(seconds: Double(grace)).rfc3339)
            new[["metadata", "deletionGracePeriodSeconds"]] = .int(grace)
            if type.tracksGeneration {
                new[["metadata", "generation"]] = .int((old.int("metadata", "generation") ?? 0) + 1)
            }
        }
        if type.groupResource == .namespaces { new[["status", "phase"]] = "Terminating" }
        return try change(stored, from: old, to: new)
    }

    /// Only pods end gracefully; one that no node has yet, or that has ended, goes at once (Kubernetes: pod strategy).
    private func gracePeriod(_ options: DeleteOptions, _ object: JSON) -> Int64 {
        guard type.groupResource == .pods else { return 0 }
        let phase = object.string("status", "phase")
        let isOnNode = !(object.string("spec", "nodeName") ?? "").isEmpty
        guard isOnNode, phase != "Succeeded", phase != "Failed" else { return 0 }
        return max(options.gracePeriodSeconds ?? object.int("spec", "terminationGracePeriodSeconds") ?? 30, 0)
    }

    private func checkPreconditions(_ options: DeleteOptions, _ stored: StoredObject, _ old: JSON) throws(KubeStatus) {
        let uid = old.string("metadata", "uid") ?? ""
        if let asked = options.uid, !asked.isEmpty, asked != uid {
            throw .conflict(
                type.groupResource, name: request.name,
                "Precondition failed: UID in precondition: \(asked), UID in object meta: \(uid)")
        }
        if let asked = options.resourceVersion, !asked.isEmpty, asked != "\(stored.position)" {
            throw .conflict(
                type.groupResource, name: request.name,
                "Precondition failed: ResourceVersion in precondition: \(asked), ResourceVersion in object meta: \(stored.position)"
            )
        }
    }
}
