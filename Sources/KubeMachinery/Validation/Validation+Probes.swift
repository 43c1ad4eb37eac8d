import KubeModel

extension Validation {
    static let probeRules: [String: Rule] = [
        "core/v1.Probe": { probe, path, faults in
            handler(probe, ["exec", "httpGet", "tcpSocket", "grpc"], path, &faults)
            faults.nonNegative(
                probe, "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold",
                at: path)
            faults.range(probe, "terminationGracePeriodSeconds", path, 1...Int64.max)
        },
        "core/v1.LifecycleHandler": { hook, path, faults in
            handler(hook, ["exec", "httpGet", "tcpSocket", "sleep"], path, &faults)
        },
        "core/v1.ExecAction": { action, path, faults in
            if action.array("command").isEmpty { faults.required(path.child("command")) }
        },
        "core/v1.HTTPGetAction": { action, path, faults in
            if (action.string("path") ?? "").isEmpty { faults.required(path.child("path")) }
            faults.portOrName(action["port"], path.child("port"))
        },
        "core/v1.TCPSocketAction": { action, path, faults in
            faults.portOrName(action["port"], path.child("port"))
        },
        "core/v1.GRPCAction": { action, path, faults in
            faults.portOrName(action["port"], path.child("port"))
        },
    ]

    /// Exactly one way to ask.
    private static func handler(_ value: JSON, _ kinds: [String], _ path: FieldPath, _ faults: inout Faults) {
        let given = kinds.filter { value[$0] != nil }
        if given.isEmpty { faults.required(path, "must specify a handler type") }
        for name in given.dropFirst() {
            faults.forbidden(path.child(name), "may not specify more than 1 handler type")
        }
    }
}
