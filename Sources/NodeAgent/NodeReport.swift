import Containerd
import KubeModel

/// The Node object that stands for this machine, computed from what is known of it.
struct NodeReport: Sendable {
    /// The Kubernetes release whose pod semantics the agent implements.
    static let version = "v1.36.0+purser"

    let configuration: NodeAgentConfiguration
    let facts: MachineFacts
    let bootID: String
    let runtimeVersion: RuntimeVersion?
    /// Why the runtime cannot run pods; nil if it can.
    let runtimeTrouble: String?

    var capacity: [String: Quantity] {
        var capacity: [String: Quantity] = [
            "cpu": Quantity(facts.cores), "memory": Quantity(facts.memoryBytes), "pods": Quantity(110),
            "ephemeral-storage": Quantity(facts.diskBytes),
        ]
        for (name, value) in configuration.capacity { capacity[name] = Quantity(value) }
        return capacity
    }

    var allocatable: [String: Quantity] {
        capacity.reduce(into: [:]) { result, entry in
            let reserved = configuration.reserved[entry.key].flatMap { Quantity($0) } ?? .zero
            result[entry.key] = max(.zero, entry.value - reserved)
        }
    }

    /// The object as it is created when the cluster does not know the node yet.
    var object: JSON {
        var labels = configuration.labels
        labels["kubernetes.io/hostname"] = configuration.nodeName
        labels["kubernetes.io/os"] = "linux"
        labels["kubernetes.io/arch"] = facts.architecture
        return [
            "apiVersion": "v1", "kind": "Node",
            "metadata": ["name": .string(configuration.nodeName), "labels": JSON(labels)],
            "spec": ["podCIDR": .string(configuration.podCIDR), "podCIDRs": [.string(configuration.podCIDR)]],
        ]
    }

    /// The labels that the object lacks, as a merge patch; nil if it has all.
    func labelPatch(_ node: KubeObject) -> JSON? {
        let wanted = object.stringMap("metadata", "labels")
        let missing = wanted.filter { node.labels[$0.key] != $0.value }
        return missing.isEmpty ? nil : ["metadata": ["labels": JSON(missing)]]
    }

    /// The members of the status that differ from the object's; nil if none does. A condition's heartbeat alone
    /// is no difference: the usage report is the sign of life.
    /// - Parameter isFirst: whether this agent has not spoken yet; then its heartbeat goes out whatever the object says,
    ///   for that is the word of an agent before it.
    func statusPatch(_ node: KubeObject, isFirst: Bool = false, now: Timestamp) -> JSON? {
        var patch: JSONObject = [:]
        for (key, value) in fixedStatus.objectValue ?? [:] where node.status[key] != value { patch[key] = value }
        let old = node.status.array("conditions")
        let wanted = conditions
        let changed =
            isFirst
            || wanted.contains { new in
                guard let have = old.first(where: { $0.string("type") == new.type }) else { return true }
                return have.string("status") != new.status || have.string("reason") != new.reason
                    || have.string("message") != new.message
            }
        if changed {
            let foreign = old.filter { have in !wanted.contains { $0.type == have.string("type") } }
            patch["conditions"] = .array(wanted.map { json($0, old, now) } + foreign)
        }
        return patch.isEmpty ? nil : ["status": .object(patch)]
    }

    private var fixedStatus: JSON {
        var status: JSON = [
            "capacity": Self.text(capacity), "allocatable": Self.text(allocatable),
            "addresses": [
                ["type": "InternalIP", "address": .string(configuration.nodeAddress)],
                ["type": "Hostname", "address": .string(configuration.nodeName)],
            ],
            "nodeInfo": [
                "machineID": .string(facts.machineID), "systemUUID": .string(facts.machineID),
                "bootID": .string(bootID),
                "kernelVersion": .string(facts.kernel), "osImage": .string(facts.osImage),
                "containerRuntimeVersion": .string(
                    runtimeVersion.map { "\($0.name)://\($0.version)" } ?? "containerd://unknown"),
                "kubeletVersion": .string(Self.version), "kubeProxyVersion": "", "operatingSystem": "linux",
                "architecture": .string(facts.architecture),
            ],
        ]
        if let port = configuration.server?.port {
            status["daemonEndpoints"] = ["kubeletEndpoint": ["Port": .int(Int64(port))]]
        }
        return status
    }

    /// Whole numbers and bytes as Kubernetes prints them: `4`, `3500m`, `8388608Ki`.
    private static func text(_ list: [String: Quantity]) -> JSON {
        JSON(
            list.reduce(into: [String: String]()) { texts, entry in
                let value = entry.value
                if value.nano % 1_000_000_000 != 0 {
                    texts[entry.key] = "\(value.milliValue)m"
                } else if entry.key != "cpu", entry.key != "pods", value.value % 1024 == 0, value.value > 0 {
                    texts[entry.key] = "\(value.value / 1024)Ki"
                } else {
                    texts[entry.key] = "\(value.value)"
                }
            })
    }

    private struct Condition {
        var type: String
        var status: String
        var reason: String
        var message: String
    }

    private var conditions: [Condition] {
        let lowMemory = facts.memoryAvailableBytes < 100 << 20
        let lowDisk = facts.diskAvailableBytes < facts.diskBytes / 20
        return [
            Condition(
                type: "MemoryPressure", status: lowMemory ? "True" : "False",
                reason: lowMemory ? "NodeHasInsufficientMemory" : "NodeHasSufficientMemory",
                message: lowMemory ? "less than 100 MiB of memory are available" : "memory is available"),
            Condition(
                type: "DiskPressure", status: lowDisk ? "True" : "False",
                reason: lowDisk ? "NodeHasDiskPressure" : "NodeHasNoDiskPressure",
                message: lowDisk ? "less than 5% of the disk are free" : "the disk has space"),
            Condition(
                type: "PIDPressure", status: "False", reason: "NodeHasSufficientPID",
                message: "process ids are available"),
            Condition(
                type: "Ready", status: runtimeTrouble == nil ? "True" : "False",
                reason: runtimeTrouble == nil ? "NodeReady" : "ContainerRuntimeDown",
                message: runtimeTrouble ?? "the agent is running and containerd answers"),
        ]
    }

    private func json(_ condition: Condition, _ old: [JSON], _ now: Timestamp) -> JSON {
        let before = old.first { $0.string("type") == condition.type }
        let since = before?.string("status") == condition.status ? before?.string("lastTransitionTime") : nil
        return [
            "type": .string(condition.type), "status": .string(condition.status), "reason": .string(condition.reason),
            "message": .string(condition.message), "lastHeartbeatTime": .string(now.rfc3339),
            "lastTransitionTime": .string(since ?? now.rfc3339),
        ]
    }
}
