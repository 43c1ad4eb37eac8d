import KubeModel

/// Where a pod goes, with the verdict on the nodes, which the event keeps.
public enum Placement: Sendable, Hashable {
    case node(String, verdict: JSON)
    case unschedulable(message: String, verdict: JSON)
}

/// Chooses a node for a pod: first those that can take it, then the best of them.
public struct Scheduler: Sendable {
    /// Above this many nodes a verdict counts reasons instead of naming every node.
    public static let namedNodes = 100

    public init() {}

    /// `rotation` decides between equals: the search starts at that slot, so a caller that counts up spreads ties.
    public func place(_ pod: KubeObject, in snapshot: ClusterSnapshot, rotation: Int = 0) -> Placement {
        place(PodDemand(pod), in: snapshot, rotation: rotation)
    }

    public func place(_ pod: PodDemand, in snapshot: ClusterSnapshot, rotation: Int = 0) -> Placement {
        var refusals = RefusalCounts()
        var candidates: [Candidate] = []
        candidates.reserveCapacity(snapshot.nodes.count)
        let owners = snapshot.ownerCounts(of: pod.owner)
        let start = snapshot.nodes.isEmpty ? 0 : Int(rotation.magnitude % UInt(snapshot.nodes.count))
        for offset in snapshot.nodes.indices {
            let slot = start + offset < snapshot.nodes.count ? start + offset : start + offset - snapshot.nodes.count
            guard snapshot.nodes[slot].isPresent else { continue }
            let refusal = snapshot.nodes[slot].refusal(of: pod)
            if refusal.isEmpty {
                let siblings = owners.isEmpty ? 0 : owners[slot] ?? 0
                candidates.append(Candidate(slot: slot, siblings: siblings, node: snapshot.nodes[slot], pod: pod))
            } else {
                refusals.add(refusal, node: snapshot.nodes[slot], pod: pod)
            }
        }
        let total = candidates.count + refusals.nodes
        let best = Candidate.best(of: &candidates)
        let verdict = refusals.verdict(candidates: candidates, best: best, in: snapshot, total: total)
        guard let best else { return .unschedulable(message: refusals.message(total: total), verdict: verdict) }
        return .node(snapshot.nodes[best.slot].name, verdict: verdict)
    }
}

/// A node that can take the pod, with its points.
struct Candidate {
    let slot: Int
    let siblings: Int
    /// Points for room left and for balance between CPU and memory, 0...2000.
    let resources: Int
    let preference: Int
    let avoidance: Int
    var score = 0

    init(slot: Int, siblings: Int, node: NodeState, pod: PodDemand) {
        (self.slot, self.siblings) = (slot, siblings)
        let cpu = Self.perMille(node.scored.milliCPU + pod.scored.milliCPU, of: node.allocatable.milliCPU)
        let memory = Self.perMille(node.scored.memory + pod.scored.memory, of: node.allocatable.memory)
        // Least allocated, and the standard deviation of the two fractions, which for two values is half their distance.
        resources = (2000 - cpu - memory) / 2 + 1000 - abs(cpu - memory) / 2
        preference =
            pod.preferredTerms.isEmpty
            ? 0 : pod.preferredTerms.reduce(0) { $0 + ($1.term.matches(node) ? $1.weight : 0) }
        avoidance =
            node.taints.isEmpty ? 0 : node.taints.count { $0.effect == .preferNoSchedule && !pod.tolerates($0) }
    }

    private static func perMille(_ used: Int64, of capacity: Int64) -> Int {
        capacity > 0 ? min(1000, Int(used * 1000 / capacity)) : 1000
    }

    /// Scores all and returns the first of the best. Spread, preference and avoidance are relative to the extremes
    /// among the candidates; the weights (1, 1, 2, 2, 3) are those of Kubernetes' default profile.
    static func best(of candidates: inout [Candidate]) -> Candidate? {
        var most = (siblings: 0, preference: 0, avoidance: 0)
        for candidate in candidates {
            most.siblings = max(most.siblings, candidate.siblings)
            most.preference = max(most.preference, candidate.preference)
            most.avoidance = max(most.avoidance, candidate.avoidance)
        }
        var best: Candidate?
        for index in candidates.indices {
            let one = candidates[index]
            var score = one.resources
            score += 2 * (most.siblings > 0 ? 1000 * (most.siblings - one.siblings) / most.siblings : 1000)
            if most.preference > 0 { score += 2 * (1000 * one.preference / most.preference) }
            score += 3 * (most.avoidance > 0 ? 1000 * (most.avoidance - one.avoidance) / most.avoidance : 1000)
            candidates[index].score = score
            if score > best?.score ?? -1 { best = candidates[index] }
        }
        return best
    }
}

/// The nodes that cannot take a pod, and why.
struct RefusalCounts {
    private(set) var nodes = 0
    private var counts: [String: Int] = [:]
    private var simple: [Refusal: Int] = [:]
    /// Kept only while the verdict names every node.
    private var byNode: [(name: String, reasons: [String])] = []

    mutating func add(_ refusal: Refusal, node: NodeState, pod: PodDemand) {
        nodes += 1
        let isNamed = nodes <= Scheduler.namedNodes
        guard isNamed || refusal.contains(.extended) else {
            simple[refusal, default: 0] += 1
            return
        }
        let reasons = refusal.reasons(
            extended: refusal.contains(.extended) ? node.missingExtended(of: pod) : [])
        if isNamed { byNode.append((node.name, reasons)) }
        for reason in reasons { counts[reason, default: 0] += 1 }
    }

    private var allCounts: [(reason: String, count: Int)] {
        var all = counts
        for (refusal, count) in simple {
            for reason in refusal.reasons(extended: []) { all[reason, default: 0] += count }
        }
        return all.map { ($0.key, $0.value) }.sorted { $0.reason < $1.reason }
    }

    /// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s).`
    func message(total: Int) -> String {
        guard total > 0 else { return "no nodes available to schedule pods" }
        let reasons = allCounts.map { "\($0.count) \($0.reason)" }.sorted()
        return "0/\(total) nodes are available: \(reasons.joined(separator: ", "))."
    }

    func verdict(candidates: [Candidate], best: Candidate?, in snapshot: ClusterSnapshot, total: Int) -> JSON {
        var verdict: JSONObject = ["evaluated": .int(Int64(total)), "feasible": .int(Int64(candidates.count))]
        if let best {
            verdict["chosen"] = .string(snapshot.nodes[best.slot].name)
            verdict["score"] = .int(Int64(best.score))
        }
        if total <= Scheduler.namedNodes {
            var members = candidates.map { (snapshot.nodes[$0.slot].name, JSON.int(Int64($0.score))) }
            members += byNode.map { ($0.name, .array($0.reasons.map { .string($0) })) }
            verdict["nodes"] = .object(JSONObject(members))
        } else if nodes > 0 {
            verdict["refused"] = .object(JSONObject(allCounts.map { ($0.reason, .int(Int64($0.count))) }))
        }
        return .object(verdict)
    }
}
