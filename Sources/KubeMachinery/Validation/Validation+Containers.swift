import KubeModel

extension Validation {
    static let containerRules: [String: Rule] = [
        "core/v1.Container": container,
        "core/v1.EphemeralContainer": container,
        "core/v1.ContainerPort": { port, path, faults in
            if let name = port.string("name"), !name.isEmpty {
                faults.invalid(path.child("name"), name, Syntax.portName(name))
            }
            if port.int("containerPort") ?? 0 == 0 {
                faults.required(path.child("containerPort"))
            } else {
                faults.range(port, "containerPort", path, Faults.ports)
            }
            if port.int("hostPort") ?? 0 != 0 { faults.range(port, "hostPort", path, Faults.ports) }
        },
        "core/v1.EnvVar": { variable, path, faults in
            if let name = variable.string("name"), !name.isEmpty {
                faults.invalid(path.child("name"), name, Syntax.environmentName(name))
            }
            guard let source = variable["valueFrom"]?.objectValue else { return }
            let path = path.child("valueFrom")
            if source.isEmpty {
                faults.invalid(
                    path, "",
                    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
                )
            } else if variable.string("value")?.isEmpty == false {
                faults.invalid(path, "", "may not be specified when `value` is not empty")
            } else if source.count > 1 {
                faults.invalid(path, "", "may not have more than one field specified at a time")
            }
        },
        "core/v1.EnvFromSource": { source, path, faults in
            if let prefix = source.string("prefix"), !prefix.isEmpty {
                faults.invalid(path.child("prefix"), prefix, Syntax.environmentName(prefix))
            }
            let sources = ["configMapRef", "secretRef"].filter { source[$0] != nil }
            if sources.isEmpty {
                faults.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
            } else if sources.count > 1 {
                faults.invalid(path, "", "may not have more than one field specified at a time")
            }
            for name in sources where (source.string(name, "name") ?? "").isEmpty {
                faults.required(path.child(name).child("name"))
            }
        },
        "core/v1.ConfigMapKeySelector": keySelector,
        "core/v1.SecretKeySelector": keySelector,
        "core/v1.VolumeMount": { mount, path, faults in
            for name in ["subPath", "subPathExpr"] {
                guard let text = mount.string(name), !text.isEmpty else { continue }
                localPath(text, path.child(name), &faults)
            }
            if mount.string("subPath")?.isEmpty == false, mount.string("subPathExpr")?.isEmpty == false {
                faults.invalid(
                    path.child("subPathExpr"), mount.string("subPathExpr") ?? "",
                    "subPathExpr and subPath are mutually exclusive")
            }
        },
        "core/v1.ResourceRequirements": resources,
        "core/v1.SecurityContext": { context, path, faults in
            for name in ["runAsUser", "runAsGroup"] { faults.range(context, name, path, 0...Int64(Int32.max)) }
            if context.bool("privileged") == true, context.bool("allowPrivilegeEscalation") == false {
                faults.invalid(
                    path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
            }
        },
    ]

    private static let container: Rule = { container, path, faults in
        if let name = container.string("name"), !name.isEmpty {
            faults.invalid(path.child("name"), name, Syntax.label(name))
        }
        let image = container.string("image") ?? ""
        if image.isEmpty {
            faults.required(path.child("image"))
        } else if image.first?.isWhitespace == true || image.last?.isWhitespace == true {
            faults.invalid(path.child("image"), image, "must not have leading or trailing whitespace")
        }
        var names: Set<String> = []
        for (index, port) in container.array("ports").enumerated() {
            guard let name = port.string("name"), !name.isEmpty, !names.insert(name).inserted else { continue }
            faults.duplicate(path.child("ports").index(index).child("name"), .string(name))
        }
        for probe in ["livenessProbe", "startupProbe"] {
            guard let value = container[probe], let threshold = value.int("successThreshold"), threshold != 1 else {
                continue
            }
            faults.invalid(path.child(probe).child("successThreshold"), .int(threshold), "must be 1")
        }
        if let readiness = container["readinessProbe"], readiness["terminationGracePeriodSeconds"] != nil {
            faults.invalid(
                path.child("readinessProbe").child("terminationGracePeriodSeconds"),
                readiness["terminationGracePeriodSeconds"] ?? .null, "must not be set for readinessProbes")
        }
    }

    private static let keySelector: Rule = { selector, path, faults in
        if (selector.string("name") ?? "").isEmpty { faults.required(path.child("name")) }
        if let key = selector.string("key"), !key.isEmpty {
            faults.invalid(path.child("key"), key, Syntax.configKey(key))
        }
    }

    /// A path that stays below where it starts.
    static func localPath(_ text: String, _ path: FieldPath, _ faults: inout Faults) {
        if text.hasPrefix("/") { faults.invalid(path, text, "must be a relative path") }
        if text.split(separator: "/").contains("..") { faults.invalid(path, text, "must not contain '..'") }
    }

    private static let resources: Rule = { resources, path, faults in
        let limits = resources["limits"]?.objectValue ?? [:]
        let requests = resources["requests"]?.objectValue ?? [:]
        for (list, amounts) in [("limits", limits), ("requests", requests)] {
            for (name, amount) in amounts { resource(name, amount, path.child(list), &faults) }
        }
        for (name, request) in requests {
            guard let limit = limits[name] else {
                if !canOvercommit(name) {
                    faults.required(path.child("limits"), "Limit must be set for non overcommitable resources")
                }
                continue
            }
            guard let wanted = Quantity(json: request), let most = Quantity(json: limit) else { continue }
            if !canOvercommit(name), wanted != most {
                faults.invalid(
                    path.child("requests"), request, "must be equal to \(name) limit of \(limit.stringValue ?? "")")
            } else if wanted > most {
                faults.invalid(
                    path.child("requests"), request,
                    "must be less than or equal to \(name) limit of \(limit.stringValue ?? "")")
            }
        }
    }

    /// Devices and huge pages cannot be promised twice.
    private static func canOvercommit(_ name: String) -> Bool { ["cpu", "memory", "ephemeral-storage"].contains(name) }

    private static func resource(_ name: String, _ amount: JSON, _ path: FieldPath, _ faults: inout Faults) {
        faults.invalid(path.key(name), name, Syntax.qualifiedName(name))
        if !name.contains("/"), !canOvercommit(name), !name.hasPrefix("hugepages-") {
            faults.invalid(path.key(name), name, "must be a standard resource for containers")
        }
        guard let quantity = Quantity(json: amount) else { return }
        if quantity < .zero { faults.invalid(path.key(name), amount, "must be greater than or equal to 0") }
        if !canOvercommit(name), quantity.nano % 1_000_000_000 != 0 {
            faults.invalid(path.key(name), amount, "must be an integer")
        }
    }
}
