import KubeModel
import PodLifecycle

/// The fields of a pod that its containers can ask for (the downward API).
struct PodFields: Sendable {
    var pod: KubeObject
    var addresses: [String]
    var hostAddress: String
    /// What stands for a limit that is not set.
    var allocatable: [String: Quantity]

    /// The value of a `fieldRef`; nil for a path that is not supported.
    func value(_ path: String) -> String? {
        if let key = Self.subscriptKey(path, "metadata.labels") { return pod.labels[key] ?? "" }
        if let key = Self.subscriptKey(path, "metadata.annotations") { return pod.annotations[key] ?? "" }
        switch path {
        case "metadata.name": return pod.name
        case "metadata.namespace": return pod.namespace
        case "metadata.uid": return pod.uid
        case "metadata.labels": return Self.lines(pod.labels)
        case "metadata.annotations": return Self.lines(pod.annotations)
        case "spec.nodeName": return pod.spec.string("nodeName") ?? ""
        case "spec.serviceAccountName": return pod.spec.string("serviceAccountName") ?? "default"
        case "status.hostIP", "status.hostIPs": return hostAddress
        case "status.podIP": return addresses.first ?? ""
        case "status.podIPs": return addresses.joined(separator: ",")
        default: return nil
        }
    }

    /// `metadata.labels['key']` gives `key`.
    private static func subscriptKey(_ path: String, _ field: String) -> String? {
        guard path.hasPrefix("\(field)['"), path.hasSuffix("']") else { return nil }
        return String(path.dropFirst(field.count + 2).dropLast(2))
    }

    /// One `key="value"` a line, as a file of the downward API holds a map.
    private static func lines(_ map: [String: String]) -> String {
        map.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSON.string($0.value).canonicalText)" }.joined(
            separator: "\n")
    }

    /// The value of a `resourceFieldRef`, in units of its divisor and rounded up.
    func resource(_ reference: JSON, container: ContainerDefinition) throws -> String {
        let name = reference.string("resource") ?? ""
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, ["limits", "requests"].contains(parts[0]) else {
            throw ContainerConfigFailure(message: "unsupported container resource: \(name)")
        }
        let set = Quantity(json: container.spec[["resources", parts[0], parts[1]]])
        let standard: Quantity = parts[0] == "limits" ? allocatable[parts[1]] ?? .zero : .zero
        let divisor = Quantity(json: reference["divisor"]) ?? Quantity(1)
        let unit = divisor.nano > 0 ? divisor.nano : 1_000_000_000
        let value = (set ?? standard).nano
        return "\((value + unit - 1) / unit)"
    }
}
