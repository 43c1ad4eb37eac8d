import Domain
import KubeModel
import Scheduling

extension WhatIfReport {
    /// - Parameters:
    ///   - state: the fork before anything was done to it.
    ///   - simulation: at its end.
    init(
        _ request: WhatIfRequest, from state: ClusterState, at time: Timestamp, changes: [WhatIfChange],
        _ simulation: Simulation
    ) {
        self.init(position: state.position, time: time)
        self.changes = changes
        let before = WorkloadPicture(StateView(state: state))
        let after = WorkloadPicture(simulation.view)
        compare(before, after, about: request.nodes == nil ? Set(changes.map(\.key)) : nil)
        placements = after.bound.filter { pod, _ in before.nodes[pod.uid] != pod.spec.string("nodeName") }
            .map { Placement(pod: $0.key(.pods), node: $0.spec.string("nodeName") ?? "", workload: $1) }
            .sorted { ($0.workload, $0.pod) < ($1.workload, $1.pod) }
        let room = simulation.room
        waiting = Self.waiting(after.waiting, before, in: room)
        for node in room.nodes where node.isPresent { allocatable += node.allocatable }
        take(simulation)
    }

    private mutating func take(_ simulation: Simulation) {
        let trace = simulation.trace
        peak = trace.peak
        switches = trace.switches.map { ($0.deployment, $0.side, $0.seconds) }
        refusals = trace.refusals.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        settledAfter = trace.lastChange
        let limit = trace.stoppedEarly ? trace.lastChange : Simulation.limitSeconds
        let edge = max(limit - Simulation.movingSeconds, 0)
        let isLate = trace.stoppedEarly || trace.lastChange >= edge
        moving = Set(trace.unfinished + (isLate ? trace.moving(since: edge) : [])).sorted()
    }

    /// - Parameter about: what the change is about; nil for everything.
    private mutating func compare(_ before: WorkloadPicture, _ after: WorkloadPicture, about: Set<ObjectKey>?) {
        for key in Set(before.workloads.keys).union(after.workloads.keys).sorted() {
            let (old, new) = (before.workloads[key], after.workloads[key])
            requests.before += old?.requests ?? ResourceAmounts()
            requests.after += new?.requests ?? ResourceAmounts()
            var workload = Workload(key: key, before: old?.count, after: new?.count)
            workload.requests = (old?.requests ?? ResourceAmounts(), new?.requests ?? ResourceAmounts())
            workload.nodes = (old?.nodes ?? [:], new?.nodes ?? [:])
            let isAbout = about?.contains(key) ?? true
            workload.isInTrouble =
                if let old, new == nil {
                    isLost(old.object, key, before: old.count, isAbout: isAbout)
                } else {
                    isInTrouble(workload, isAbout: isAbout)
                }
            let isSame =
                old?.count == new?.count && old?.nodes == new?.nodes && old?.requests == new?.requests
                && old?.object.uid == new?.object.uid && old?.object.generation == new?.object.generation
            if isSame, !workload.isInTrouble, about == nil || !isAbout {
                unchangedWorkloads += 1
            } else {
                workloads.append(workload)
            }
        }
    }

    /// A pod that nobody keeps and nobody deleted: it went with its node, or was driven from it.
    private func isLost(_ pod: KubeObject, _ key: ObjectKey, before: WorkloadCount, isAbout: Bool) -> Bool {
        guard key.resource == .pods, isAbout || before.runs, pod.status.string("phase") != "Succeeded",
            pod.ownerReferences.isEmpty, !pod.isBeingDeleted
        else { return false }
        let holders = [key, ObjectKey(.namespaces, name: key.namespace)]
        return !changes.contains { $0.action == .deleted && holders.contains($0.key) }
    }

    private func isInTrouble(_ workload: Workload, isAbout: Bool) -> Bool {
        guard let after = workload.after, !after.runs else { return false }
        guard !isAbout, let before = workload.before, !before.runs else { return true }
        return after.ready < before.ready || after.desired != before.desired
    }

    private static func waiting(
        _ pods: [(pod: KubeObject, workload: ObjectKey)], _ before: WorkloadPicture, in room: ClusterSnapshot
    ) -> [Waiting] {
        let groups = Dictionary(grouping: pods) { [$0.workload.description, message(of: $0.pod)] }
        return groups.values.compactMap { group -> Waiting? in
            guard let first = group.first else { return nil }
            let pods = group.map(\.pod)
            return Waiting(
                workload: first.workload, pods: pods.map(\.name).sorted(),
                waitedBefore: pods.count { before.nodes[$0.uid] == "" }, message: message(of: first.pod),
                shortfall: TrialPlacement.fits(pods: pods, in: room).shortfall, nodes: lacks(first.pod, in: room))
        }.sorted { ($0.workload, $0.message) < ($1.workload, $1.message) }
    }

    private static func message(of pod: KubeObject) -> String {
        pod.condition("PodScheduled")?.string("message") ?? "no scheduler has looked at it"
    }

    /// Why each node cannot take a pod, and of what it has too little.
    private static func lacks(_ pod: KubeObject, in room: ClusterSnapshot) -> [(String, [String], ResourceAmounts)] {
        let demand = PodDemand(pod)
        guard case .unschedulable(_, let verdict) = Scheduler().place(demand, in: room) else { return [] }
        return verdict.object("nodes").map { node, reasons in
            let free = room[node]?.free ?? ResourceAmounts()
            let names = (reasons.arrayValue ?? []).compactMap(\.stringValue)
            let isShort = names.contains { $0.hasPrefix("Insufficient") || $0 == "Too many pods" }
            return (node, names, isShort ? (demand.requests - free).atLeastZero : ResourceAmounts())
        }
    }
}
