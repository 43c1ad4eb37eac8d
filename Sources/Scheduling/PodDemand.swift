import KubeModel

/// What a pod asks of the node it is to run on, read from the object once.
public struct PodDemand: Sendable {
    public let uid: String
    public let requests: ResourceAmounts
    /// Requests with the floor that scoring assumes for containers that ask for nothing, so that those spread too.
    let scored: (milliCPU: Int64, memory: Int64)
    /// The uid of the controller that made the pod; empty for a bare pod. Pods of one owner are spread.
    public let owner: String
    let nodeName: String
    let nodeSelector: LabelSelector
    let requiredTerms: [NodeSelectorTerm]?
    let preferredTerms: [(weight: Int, term: NodeSelectorTerm)]
    let tolerations: [Toleration]
    let hostPorts: [HostPort]

    /// True if the pod takes any node that is open and has room.
    var isPlain: Bool { nodeSelector.isEmpty && requiredTerms == nil && hostPorts.isEmpty && nodeName.isEmpty }

    public init(_ pod: KubeObject) {
        let spec = pod.spec
        let requests = Self.requests(of: spec)
        self.requests = requests
        // The floor per container of Kubernetes' scoring: 100 millicores and 200 MiB.
        let containers = Int64(max(1, spec.array("containers").count))
        scored = (
            requests.milliCPU > 0 ? requests.milliCPU : containers * 100,
            requests.memory > 0 ? requests.memory : containers * 200 << 20
        )
        uid = pod.uid
        owner = pod.controller?.uid ?? ""
        nodeName = spec.string("nodeName") ?? ""
        nodeSelector = LabelSelector(matching: spec.stringMap("nodeSelector"))
        let affinity = spec["affinity"]?["nodeAffinity"]
        let required = affinity?["requiredDuringSchedulingIgnoredDuringExecution"]
        requiredTerms = required.map { $0.array("nodeSelectorTerms").compactMap(NodeSelectorTerm.init(json:)) }
        preferredTerms = (affinity?.array("preferredDuringSchedulingIgnoredDuringExecution") ?? []).compactMap {
            guard let weight = $0.int("weight"), let term = $0["preference"].flatMap(NodeSelectorTerm.init(json:))
            else { return nil }
            return (Int(weight), term)
        }
        tolerations = spec.array("tolerations").map(Toleration.init(json:))
        hostPorts = spec.array("containers").flatMap { $0.array("ports").compactMap(HostPort.init(json:)) }
    }

    /// The effective request of a pod: the larger of what its containers need together and what any of its init
    /// containers needs at its turn, plus the overhead. An init container that restarts always (a sidecar) runs beside
    /// all that follow it. Source: KEP-753.
    public static func requests(of spec: JSON) -> ResourceAmounts {
        var running = ResourceAmounts()
        for container in spec.array("containers") { running += requests(ofContainer: container) }
        var sidecars = ResourceAmounts()
        var starting = ResourceAmounts()
        for container in spec.array("initContainers") {
            let request = requests(ofContainer: container)
            if container.string("restartPolicy") == "Always" {
                sidecars += request
                starting = starting.union(sidecars)
            } else {
                starting = starting.union(sidecars + request)
            }
        }
        var total = (running + sidecars).union(starting)
        let podLevel = ResourceAmounts(quantities: spec.object("resources", "requests"))
        if podLevel.milliCPU > 0 { total.milliCPU = podLevel.milliCPU }
        if podLevel.memory > 0 { total.memory = podLevel.memory }
        total += ResourceAmounts(quantities: spec.object("overhead"))
        total.pods = 1
        return total
    }

    /// A limit without a request is the request.
    private static func requests(ofContainer container: JSON) -> ResourceAmounts {
        var quantities = container.object("resources", "limits")
        for (name, quantity) in container.object("resources", "requests") { quantities[name] = quantity }
        return ResourceAmounts(quantities: quantities)
    }
}

/// `v1.NodeSelectorTerm`: all of its expressions and fields must hold.
struct NodeSelectorTerm: Sendable {
    let labels: LabelSelector
    let fields: LabelSelector

    /// Nil for a term that is malformed or empty, which matches nothing.
    init?(json: JSON) {
        guard let labels = LabelSelector(json: ["matchExpressions": .array(json.array("matchExpressions"))]),
            let fields = LabelSelector(json: ["matchExpressions": .array(json.array("matchFields"))]),
            !labels.isEmpty || !fields.isEmpty
        else { return nil }
        (self.labels, self.fields) = (labels, fields)
    }

    func matches(_ node: NodeState) -> Bool {
        labels.matches(node.labels) && (fields.isEmpty || fields.matches(["metadata.name": node.name]))
    }
}

/// `v1.Taint`.
public struct Taint: Sendable, Hashable {
    public enum Effect: String, Sendable, Hashable {
        case noSchedule = "NoSchedule"
        case preferNoSchedule = "PreferNoSchedule"
        case noExecute = "NoExecute"
    }
    public var key: String
    public var value: String
    public var effect: Effect

    public init(key: String, value: String = "", effect: Effect) {
        (self.key, self.value, self.effect) = (key, value, effect)
    }

    public init?(json: JSON) {
        guard let effect = json.string("effect").flatMap(Effect.init(rawValue:)) else { return nil }
        self.init(key: json.string("key") ?? "", value: json.string("value") ?? "", effect: effect)
    }
}

/// `v1.Toleration`.
public struct Toleration: Sendable, Hashable {
    public var key: String
    public var value: String
    public var ignoresValue: Bool
    public var effect: Taint.Effect?
    /// For a NoExecute taint: how long the pod may stay; nil for ever.
    public var seconds: Int64?

    public init(json: JSON) {
        key = json.string("key") ?? ""
        value = json.string("value") ?? ""
        ignoresValue = json.string("operator") == "Exists"
        effect = json.string("effect").flatMap(Taint.Effect.init(rawValue:))
        seconds = json.int("tolerationSeconds")
    }

    /// An empty key with Exists tolerates every key; no effect means every effect.
    public func tolerates(_ taint: Taint) -> Bool {
        if let effect, effect != taint.effect { return false }
        if key.isEmpty { return ignoresValue }
        return key == taint.key && (ignoresValue || value == taint.value)
    }
}

/// A port of the node that a container claims.
struct HostPort: Sendable, Hashable {
    let address: String
    let proto: String
    let port: Int64

    /// Nil for a container port that claims none.
    init?(json: JSON) {
        guard let port = json.int("hostPort"), port > 0 else { return nil }
        self.port = port
        let address = json.string("hostIP") ?? ""
        self.address = address == "0.0.0.0" ? "" : address
        proto = json.string("protocol") ?? "TCP"
    }

    /// Equal ports collide unless both name different addresses.
    func collides(with other: HostPort) -> Bool {
        port == other.port && proto == other.proto
            && (address.isEmpty || other.address.isEmpty || address == other.address)
    }
}
