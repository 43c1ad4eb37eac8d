import Domain
import KubeMachinery
import KubeModel

extension Preparation {
    func delete(_ options: DeleteOptions) throws(KubeStatus) -> PreparedWrite {
        guard let stored = state[request.key] else { throw .notFound(type.groupResource, name: request.name) }
        if type.groupResource == .namespaces, Self.immortalNamespaces.contains(request.name) {
            throw .forbidden(type.groupResource, name: request.name, "this namespace may not be deleted")
        }
        let old = try clear(type.shown(stored.object().json))
        try checkPreconditions(options, stored, old)

        var finalizers = old.array("metadata", "finalizers").compactMap(\.stringValue)
        let isFirst = old["metadata"]?["deletionTimestamp"] == nil
        if isFirst {
            finalizers.removeAll { $0 == "orphan" || $0 == "foregroundDeletion" }
            if options.propagation == .orphan { finalizers.append("orphan") }
            if options.propagation == .foreground { finalizers.append("foregroundDeletion") }
        }
        let standing = old.int("metadata", "deletionGracePeriodSeconds")
        let grace: Int64
        // A deletion under way goes on as it is unless the caller states another grace.
        if !isFirst, options.gracePeriodSeconds == nil {
            grace = standing ?? 0
        } else {
            grace = gracePeriod(options, old)
        }
        let isHeld =
            !finalizers.isEmpty || (type.groupResource == .namespaces && !old.array("spec", "finalizers").isEmpty)
        if grace == 0, !isHeld { return .change(ended(stored), warnings: []) }

        var new = old
        new[["metadata", "finalizers"]] = finalizers.isEmpty ? nil : .array(finalizers.map { .string($0) })
        if isFirst || grace < (standing ?? 0) {
            new[["metadata", "deletionTimestamp"]] = .string(deadline(old, grace).rfc3339)
            new[["metadata", "deletionGracePeriodSeconds"]] = .int(grace)
            if type.tracksGeneration {
                new[["metadata", "generation"]] = .int((old.int("metadata", "generation") ?? 0) + 1)
            }
        }
        if type.groupResource == .namespaces { new[["status", "phase"]] = "Terminating" }
        if isFirst, options.isEviction { noteEviction(&new) }
        return try change(stored, from: old, to: new)
    }

    /// The condition by which others know an eviction from a deletion (Kubernetes: pod disruption conditions).
    private func noteEviction(_ pod: inout JSON) {
        let condition: JSON = [
            "type": "DisruptionTarget", "status": "True", "reason": .string(DeleteOptions.evictionReason),
            "message": "The pod was evicted through the API.", "lastTransitionTime": .string(now.rfc3339),
        ]
        let others = pod.array("status", "conditions").filter { $0["type"] != condition["type"] }
        pod[["status", "conditions"]] = .array(others + [condition])
    }

    /// Kubernetes' own admission refuses the same ones.
    private static let immortalNamespaces: Set<String> = ["default", "kube-public", "kube-system"]

    /// When the grace is over. A grace that is shortened counts from the first request on (Kubernetes: `BeforeDelete`).
    private func deadline(_ old: JSON, _ grace: Int64) -> Timestamp {
        guard let standing = old.string("metadata", "deletionTimestamp").flatMap(Timestamp.init(rfc3339:)) else {
            return now.adding(seconds: Double(grace))
        }
        return standing.adding(seconds: Double(grace - (old.int("metadata", "deletionGracePeriodSeconds") ?? 0)))
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
