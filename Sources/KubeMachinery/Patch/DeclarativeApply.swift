import KubeModel

/// The pure part of `purser apply`: which request brings a live object to its manifest.
public enum DeclarativeApply {
    /// Keeps what was applied last, so that the next apply knows what it may remove.
    public static let annotation = "kubectl.kubernetes.io/last-applied-configuration"

    public enum Step: Sendable, Hashable {
        case unchanged
        case patch(JSON, PatchKind)
        case replace(JSON)
    }

    /// Secrets are never copied into an annotation, where they would stand in clear.
    static func isAnnotated(_ manifest: JSON) -> Bool {
        !(manifest.string("kind") == "Secret" && manifest.string("apiVersion") == "v1")
    }

    /// The manifest with itself as annotation, so that the next apply knows what it may remove.
    public static func annotated(_ manifest: JSON) -> JSON {
        var plain = manifest
        plain["status"] = nil
        plain[["metadata", "annotations", annotation]] = nil
        guard isAnnotated(manifest) else { return plain }
        var result = plain
        if plain[["metadata", "annotations"]] == nil { plain[["metadata", "annotations"]] = [:] }
        result[["metadata", "annotations", annotation]] = .string(plain.canonicalText + "\n")
        return result
    }

    /// What brings `live` to `manifest`; members that others own stay.
    public static func step(manifest: JSON, live: JSON) -> Step {
        let modified = annotated(manifest)
        guard isAnnotated(manifest) else { return replacement(modified, live) }
        let original = live.string("metadata", "annotations", annotation).flatMap { try? JSON(parsing: $0) } ?? [:]
        let kind = GroupVersionKind(
            apiVersion: manifest.string("apiVersion") ?? "", kind: manifest.string("kind") ?? "")
        let patch: JSON
        let patchKind: PatchKind
        if let type = Registry.builtIn.type(kind) {
            patch = StrategicMergePatch.threeWay(
                original: original, modified: modified, current: live, schema: MergeSchema(type))
            patchKind = .strategicMerge
        } else {
            patch = MergePatch.threeWay(original: original, modified: modified, current: live)
            patchKind = .merge
        }
        return patch.objectValue?.isEmpty ?? true ? .unchanged : .patch(patch, patchKind)
    }

    /// The live Secret with the manifest's members put over it; `data` counts as a whole.
    private static func replacement(_ manifest: JSON, _ live: JSON) -> Step {
        var result = live
        for member in manifest.objectValue ?? [:] where member.key != "metadata" { result[member.key] = member.value }
        for field in ["labels", "annotations"] {
            for member in manifest.object("metadata", field) { result[["metadata", field, member.key]] = member.value }
        }
        if manifest["data"] == nil, manifest["stringData"] != nil { result["data"] = nil }
        return result == live ? .unchanged : .replace(result)
    }
}
