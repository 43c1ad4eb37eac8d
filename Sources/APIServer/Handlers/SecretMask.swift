import CommandHandling
import KubeMachinery
import KubeModel

/// Takes the values of Secrets out of what is shown of the past. The log has them sealed; this hides the sealed form,
/// too, which tells nobody anything.
enum SecretMask {
    static let text = "(hidden)"

    /// A Secret, or members of one, with its values and the annotation that repeats them hidden.
    static func hiding(_ secret: JSON) -> JSON {
        var secret = secret
        for name in ["data", "stringData"] {
            guard var values = secret[name]?.objectValue else { continue }
            values.mapValues { _, _ in .string(text) }
            secret[name] = .object(values)
        }
        let annotation = ["metadata", "annotations", SecretSealer.lastApplied]
        if secret[annotation] != nil { secret[annotation] = .string(text) }
        return secret
    }

    /// Differences of Secrets: that a value changed is told, the value is not.
    static func hiding(_ changes: [FieldDiff.Change]) -> [FieldDiff.Change] {
        changes.map { change in
            let top = change.path.prefix { $0 != "." && $0 != "[" }
            let isValue = ["data", "stringData"].contains(top) || change.path.contains(SecretSealer.lastApplied)
            func hidden(_ side: JSON?) -> JSON? {
                guard let side else { return nil }
                if change.path.isEmpty || top == "metadata", !isValue { return Self.hiding(side, at: change.path) }
                guard isValue else { return side }
                guard var values = side.objectValue else { return .string(text) }
                values.mapValues { _, _ in .string(text) }
                return .object(values)
            }
            return FieldDiff.Change(path: change.path, old: hidden(change.old), new: hidden(change.new))
        }
    }

    /// A whole Secret, or all of its metadata or annotations, as one side of a change.
    private static func hiding(_ side: JSON, at path: String) -> JSON {
        switch path {
        case "": return hiding(side)
        case "metadata": return hiding(["metadata": side])["metadata"] ?? side
        case "metadata.annotations":
            return hiding(["metadata": ["annotations": side]])[["metadata", "annotations"]] ?? side
        default: return side
        }
    }
}
