import KubeModel

/// Why a node cannot take a pod. Several resources may be short at once; any other reason stands alone.
struct Refusal: OptionSet, Hashable {
    let rawValue: UInt16
    static let unschedulable = Refusal(rawValue: 1 << 0)
    static let nodeName = Refusal(rawValue: 1 << 1)
    static let notReady = Refusal(rawValue: 1 << 2)
    static let taint = Refusal(rawValue: 1 << 3)
    static let affinity = Refusal(rawValue: 1 << 4)
    static let hostPort = Refusal(rawValue: 1 << 5)
    static let pods = Refusal(rawValue: 1 << 6)
    static let cpu = Refusal(rawValue: 1 << 7)
    static let memory = Refusal(rawValue: 1 << 8)
    static let ephemeralStorage = Refusal(rawValue: 1 << 9)
    static let extended = Refusal(rawValue: 1 << 10)
    static let resources: Refusal = [.pods, .cpu, .memory, .ephemeralStorage, .extended]

    /// The words that Kubernetes' scheduler uses, which people search for.
    private static let words: [(Refusal, String)] = [
        (.unschedulable, "node(s) were unschedulable"),
        (.nodeName, "node(s) didn't match the requested node name"),
        (.notReady, "node(s) were not ready"),
        (.taint, "node(s) had untolerated taint(s)"),
        (.affinity, "node(s) didn't match Pod's node affinity/selector"),
        (.hostPort, "node(s) didn't have free ports for the requested pod ports"),
        (.pods, "Too many pods"),
        (.cpu, "Insufficient cpu"),
        (.memory, "Insufficient memory"),
        (.ephemeralStorage, "Insufficient ephemeral-storage"),
    ]

    func reasons(extended names: [String]) -> [String] {
        var reasons = Self.words.filter { contains($0.0) }.map(\.1)
        if contains(.extended) { reasons += names.sorted().map { "Insufficient \($0)" } }
        return reasons
    }
}

extension NodeState {
    /// Stands for the taint that the node lifecycle reconciler sets a moment after a node stops being ready.
    private static let notReadyTaint = Taint(key: "node.kubernetes.io/not-ready", effect: .noSchedule)
    private static let unschedulableTaint = Taint(key: "node.kubernetes.io/unschedulable", effect: .noSchedule)

    /// Empty if the node can take the pod.
    func refusal(of pod: PodDemand) -> Refusal {
        if isUnschedulable, !pod.tolerates(Self.unschedulableTaint) { return .unschedulable }
        if !taints.isEmpty, taints.contains(where: { $0.effect != .preferNoSchedule && !pod.tolerates($0) }) {
            return .taint
        }
        if !isReady, !pod.tolerates(Self.notReadyTaint) { return .notReady }
        if !pod.isPlain {
            if !pod.nodeName.isEmpty, pod.nodeName != name { return .nodeName }
            if !pod.nodeSelector.isEmpty, !pod.nodeSelector.matches(labels) { return .affinity }
            if let terms = pod.requiredTerms, !terms.contains(where: { $0.matches(self) }) { return .affinity }
            if pod.hostPorts.contains(where: { port in hostPorts.contains { $0.collides(with: port) } }) {
                return .hostPort
            }
        }
        return shortage(of: pod)
    }

    private func shortage(of pod: PodDemand) -> Refusal {
        var refusal: Refusal = []
        if requested.pods + 1 > allocatable.pods { refusal.insert(.pods) }
        let wanted = pod.requests
        if wanted.milliCPU > 0, wanted.milliCPU > allocatable.milliCPU - requested.milliCPU { refusal.insert(.cpu) }
        if wanted.memory > 0, wanted.memory > allocatable.memory - requested.memory { refusal.insert(.memory) }
        if wanted.ephemeralStorage > 0,
            wanted.ephemeralStorage > allocatable.ephemeralStorage - requested.ephemeralStorage
        {
            refusal.insert(.ephemeralStorage)
        }
        if !wanted.extended.isEmpty, !missingExtended(of: pod).isEmpty { refusal.insert(.extended) }
        return refusal
    }

    func missingExtended(of pod: PodDemand) -> [String] {
        pod.requests.extended.filter { name, amount in
            amount > (allocatable.extended[name] ?? 0) - (requested.extended[name] ?? 0)
        }.map(\.key)
    }
}

extension PodDemand {
    func tolerates(_ taint: Taint) -> Bool { tolerations.contains { $0.tolerates(taint) } }
}
