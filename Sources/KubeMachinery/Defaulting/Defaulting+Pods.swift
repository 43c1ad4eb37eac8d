import KubeModel

extension Defaulting {
    static let podRules: [String: Rule] = [
        "core/v1.Pod": { pod in
            pod.fill("spec", [:])
            _ = pod.modify("spec") { spec in
                if spec["enableServiceLinks"] == nil { spec["enableServiceLinks"] = true }
                for list in ["containers", "initContainers"] { changeElements(of: list, in: &spec, requestsFromLimits) }
                if spec.bool("hostNetwork") == true {
                    for list in ["containers", "initContainers"] { changeElements(of: list, in: &spec, hostPorts) }
                }
            }
        },
        "core/v1.PodSpec": { spec in
            // The old name of the field is served beside the new one.
            if let name = spec["serviceAccountName"] ?? spec["serviceAccount"] {
                spec["serviceAccountName"] = name
                spec["serviceAccount"] = name
            }
        },
        "core/v1.Container": { $0.fill("imagePullPolicy", pullPolicy($0.string("image"))) },
        "core/v1.EphemeralContainer": { $0.fill("imagePullPolicy", pullPolicy($0.string("image"))) },
        "core/v1.Volume": { volume in
            if volume.allSatisfy({ $0.key == "name" }) { volume["emptyDir"] = [:] }
        },
    ]

    /// `latest`, said or meant, is pulled each time; a tag or a digest once.
    private static func pullPolicy(_ image: String) -> JSON {
        if image.contains("@") { return "IfNotPresent" }
        let last = image.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let parts = last.split(separator: ":", maxSplits: 1)
        return parts.count < 2 || parts[1] == "latest" ? "Always" : "IfNotPresent"
    }

    static func changeElements(of list: String, in object: inout JSON, _ change: (inout JSON) -> Void) {
        guard case .array(var elements) = object[list] else { return }
        object[list] = .null
        for index in elements.indices { change(&elements[index]) }
        object[list] = .array(elements)
    }

    /// A limit without a request is its own request.
    private static func requestsFromLimits(_ container: inout JSON) {
        guard let limits = container["resources"]?["limits"]?.objectValue, !limits.isEmpty else { return }
        var requests = container["resources"]?["requests"]?.objectValue ?? [:]
        for (name, limit) in limits { requests.fill(name, limit) }
        container[["resources", "requests"]] = .object(requests)
    }

    /// On the host's network a port of the container is a port of the host.
    private static func hostPorts(_ container: inout JSON) {
        changeElements(of: "ports", in: &container) { port in
            if port["hostPort"] == nil { port["hostPort"] = port["containerPort"] }
        }
    }

    /// Seconds for which a pod stays on a node that is not ready or not reachable, unless it says otherwise.
    public static let notReadyTolerationSeconds: Int64 = 300

    /// What Kubernetes' DefaultTolerationSeconds admission adds to a pod that does not tolerate these taints itself.
    public static func addDefaultTolerations(to pod: inout JSON) {
        var tolerations = pod.array("spec", "tolerations")
        for taint in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let tolerated = tolerations.contains { toleration in
                let key = toleration.string("key") ?? ""
                let effect = toleration.string("effect") ?? ""
                return (key == taint || key.isEmpty) && (effect == "NoExecute" || effect.isEmpty)
            }
            if tolerated { continue }
            tolerations.append([
                "effect": "NoExecute", "key": .string(taint), "operator": "Exists",
                "tolerationSeconds": .int(notReadyTolerationSeconds),
            ])
        }
        pod[["spec", "tolerations"]] = .array(tolerations)
    }
}
