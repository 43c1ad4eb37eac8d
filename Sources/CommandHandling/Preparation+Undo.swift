import Domain
import KubeModel

extension Preparation {
    /// The revision whose pod template a change of a Deployment puts back, if it changes nothing else that is asked
    /// for: that is what `kubectl rollout undo` does.
    func revisionPutBack(from old: JSON, to new: JSON) -> Int64? {
        guard type.groupResource == .deployments, request.subresource == nil, let uid = old.string("metadata", "uid"),
            let template = new["spec"]?["template"], template != old["spec"]?["template"],
            Self.withoutTemplate(old) == Self.withoutTemplate(new)
        else { return nil }
        for key in state.indexes?.byOwner[uid] ?? [] where key.resource == .replicaSets {
            guard let replicaSet = state[key]?.object() else { continue }
            var kept = replicaSet.spec["template"] ?? [:]
            kept[["metadata", "labels", "pod-template-hash"]] = nil
            if kept == template {
                return replicaSet.annotations["deployment.kubernetes.io/revision"].flatMap { Int64($0) }
            }
        }
        return nil
    }

    private static func withoutTemplate(_ deployment: JSON) -> JSON {
        var spec = deployment["spec"] ?? [:]
        spec["template"] = nil
        return spec
    }
}
