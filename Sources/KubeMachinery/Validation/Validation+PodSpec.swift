import KubeModel

extension Validation {
    static let podRules: [String: Rule] = [
        "core/v1.PodSpec": { spec, path, faults in
            containerNames(spec, path, &faults)
            volumeNames(spec, path, &faults)
            mounts(spec, path, &faults)
            names(spec, path, &faults)
            initContainers(spec, path, &faults)
            if spec.bool("hostNetwork") == true { hostPorts(spec, path, &faults) }
            faults.nonNegative(spec, "terminationGracePeriodSeconds", at: path)
            faults.range(spec, "activeDeadlineSeconds", path, 1...Int64(Int32.max))
            faultsOfLabels(spec["nodeSelector"], path.child("nodeSelector"), &faults)
            if spec.string("dnsPolicy") == "None", spec.array("dnsConfig", "nameservers").isEmpty {
                faults.required(
                    path.child("dnsConfig").child("nameservers"),
                    "must provide at least one DNS nameserver when `dnsPolicy` is None")
            }
            if spec.string("nodeName")?.isEmpty == false, !spec.array("schedulingGates").isEmpty {
                faults.forbidden(path.child("nodeName"), "cannot be set until all schedulingGates have been cleared")
            }
        },
        "core/v1.PodSecurityContext": { context, path, faults in
            for name in ["runAsUser", "runAsGroup", "fsGroup"] {
                faults.range(context, name, path, 0...Int64(Int32.max))
            }
        },
        "core/v1.PodDNSConfig": { config, path, faults in
            let servers = config.array("nameservers")
            if servers.count > 3 {
                faults.invalid(
                    path.child("nameservers"), .array(servers), "must not have more than 3 nameservers")
            }
            for (index, server) in servers.enumerated() where IPAddress.family(server.stringValue ?? "") == nil {
                faults.invalid(path.child("nameservers").index(index), server, Syntax.addressMessage)
            }
        },
        "core/v1.HostAlias": { alias, path, faults in
            if let ip = alias.string("ip"), IPAddress.family(ip) == nil {
                faults.invalid(path.child("ip"), ip, Syntax.addressMessage)
            }
            for (index, name) in alias.array("hostnames").enumerated() {
                let text = name.stringValue ?? ""
                faults.invalid(path.child("hostnames").index(index), text, Syntax.subdomain(text))
            }
        },
    ]

    static let containerLists = ["containers", "initContainers", "ephemeralContainers"]

    /// Names are unique over all containers of the pod.
    private static func containerNames(_ spec: JSON, _ path: FieldPath, _ faults: inout Faults) {
        var seen: Set<String> = []
        for list in containerLists {
            for (index, container) in spec.array(list).enumerated() {
                guard let name = container.string("name"), !name.isEmpty else { continue }
                if !seen.insert(name).inserted {
                    faults.duplicate(path.child(list).index(index).child("name"), .string(name))
                }
            }
        }
    }

    private static func volumeNames(_ spec: JSON, _ path: FieldPath, _ faults: inout Faults) {
        var seen: Set<String> = []
        for (index, volume) in spec.array("volumes").enumerated() {
            guard let name = volume.string("name"), !name.isEmpty else { continue }
            if !seen.insert(name).inserted {
                faults.duplicate(path.child("volumes").index(index).child("name"), .string(name))
            }
        }
    }

    /// A mount names a volume of the pod, and each path is taken once in a container.
    private static func mounts(_ spec: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let volumes = Set(spec.array("volumes").compactMap { $0.string("name") })
        for list in containerLists {
            for (index, container) in spec.array(list).enumerated() {
                var paths: Set<String> = []
                for (place, mount) in container.array("volumeMounts").enumerated() {
                    let path = path.child(list).index(index).child("volumeMounts").index(place)
                    if let name = mount.string("name"), !name.isEmpty, !volumes.contains(name) {
                        faults.notFound(path.child("name"), name)
                    }
                    if let target = mount.string("mountPath"), !target.isEmpty, !paths.insert(target).inserted {
                        faults.invalid(path.child("mountPath"), target, "must be unique")
                    }
                }
            }
        }
    }

    private static let nameFields: [(String, NameRule)] = [
        ("hostname", .label), ("subdomain", .label), ("serviceAccountName", .subdomain), ("nodeName", .subdomain),
        ("schedulerName", .subdomain), ("priorityClassName", .subdomain), ("runtimeClassName", .subdomain),
    ]

    private static func names(_ spec: JSON, _ path: FieldPath, _ faults: inout Faults) {
        for (field, rule) in nameFields {
            guard let text = spec.string(field), !text.isEmpty else { continue }
            faults.invalid(path.child(field), text, Syntax.name(rule, text))
        }
    }

    /// An init container that is no sidecar ends before probes or hooks could mean anything.
    private static func initContainers(_ spec: JSON, _ path: FieldPath, _ faults: inout Faults) {
        for (index, container) in spec.array("initContainers").enumerated()
        where container.string("restartPolicy") != "Always" {
            for name in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] where container[name] != nil {
                faults.forbidden(
                    path.child("initContainers").index(index).child(name),
                    "may not be set for init containers without restartPolicy=Always")
            }
        }
    }

    /// A template may leave the host's port out, since a pod is defaulted when it is made.
    private static func hostPorts(_ spec: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let isPod = path == .spec
        for list in ["containers", "initContainers"] {
            for (index, container) in spec.array(list).enumerated() {
                for (place, port) in container.array("ports").enumerated() {
                    let hostPort = port.int("hostPort") ?? 0
                    guard isPod || hostPort != 0, hostPort != port.int("containerPort") ?? 0 else { continue }
                    faults.invalid(
                        path.child(list).index(index).child("ports").index(place).child("hostPort"), .int(hostPort),
                        "must match `containerPort` when `hostNetwork` is true")
                }
            }
        }
    }
}
