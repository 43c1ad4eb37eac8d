import KubeModel

/// `autoscaling/v1 Scale`: the view of a workload's count that the `scale` subresource serves.
public enum Scale {
    public static let kind = GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale")

    /// The scale of a workload that has `spec.replicas`, `spec.selector` and `status.replicas`, or a custom resource's.
    public static func of(_ object: JSON, at paths: CustomResource.ScalePaths? = nil) -> JSON {
        var metadata: JSONObject = [:]
        for name in ["creationTimestamp", "name", "namespace", "resourceVersion", "uid"] {
            metadata[name] = object["metadata"]?[name]
        }
        let wanted = object[paths?.specReplicas ?? ["spec", "replicas"]]?.intValue ?? 0
        let counted = object[paths?.statusReplicas ?? ["status", "replicas"]]?.intValue ?? 0
        var status: JSONObject = ["replicas": .int(counted)]
        let selector =
            paths.map { paths in paths.selector.flatMap { object[$0]?.stringValue } ?? "" }
            ?? selectorText(object["spec"]?["selector"] ?? [:])
        if !selector.isEmpty { status["selector"] = .string(selector) }
        return [
            "apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind), "metadata": .object(metadata),
            "spec": ["replicas": .int(wanted)], "status": .object(status),
        ]
    }

    /// The workload with the count that a scale asks for, and the scale's resourceVersion if it names one.
    public static func apply(_ scale: JSON, to object: JSON, at paths: CustomResource.ScalePaths? = nil) -> JSON {
        var object = object
        object[paths?.specReplicas ?? ["spec", "replicas"]] = .int(scale.int("spec", "replicas") ?? 0)
        if let version = scale.string("metadata", "resourceVersion"), !version.isEmpty {
            object[["metadata", "resourceVersion"]] = .string(version)
        }
        return object
    }

    /// What is wrong with a scale; empty for one that may be applied.
    public static func validate(_ scale: JSON) -> [KubeStatus.Cause] {
        var faults = Faults()
        faults.nonNegative(scale["spec"] ?? [:], "replicas", at: .spec)
        return faults.causes
    }

    /// A selector as a query: `app=web,tier in (a,b),!old`, sorted by key.
    static func selectorText(_ selector: JSON) -> String {
        var parts = selector.stringMap("matchLabels").map { ($0.key, "\($0.key)=\($0.value)") }
        for expression in selector.array("matchExpressions") {
            let key = expression.string("key") ?? ""
            let values = expression.array("values").compactMap(\.stringValue).sorted().joined(separator: ",")
            switch expression.string("operator") {
            case "In": parts.append((key, "\(key) in (\(values))"))
            case "NotIn": parts.append((key, "\(key) notin (\(values))"))
            case "Exists": parts.append((key, key))
            case "DoesNotExist": parts.append((key, "!\(key)"))
            default: break
            }
        }
        return parts.sorted { $0 < $1 }.map(\.1).joined(separator: ",")
    }
}
