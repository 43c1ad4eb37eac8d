import CommandHandling
import Domain
import KubeModel
import Scheduling

/// The workloads of a state that stand for themselves, with their pods.
struct WorkloadPicture {
    struct Workload {
        var object: KubeObject
        var count: WorkloadCount
        var requests: ResourceAmounts
        var nodes: [String: Int] = [:]
    }

    private(set) var workloads: [ObjectKey: Workload] = [:]
    /// The node of each pod by its uid, empty for none.
    private(set) var nodes: [String: String] = [:]
    /// Pods that found no node, with their workload.
    private(set) var waiting: [(pod: KubeObject, workload: ObjectKey)] = []
    private(set) var bound: [(pod: KubeObject, workload: ObjectKey)] = []

    init(_ view: StateView) {
        for resource in [GroupResource.deployments, .replicaSets] {
            for object in view.list(resource, namespace: nil) where object.controller == nil {
                workloads[object.key(resource)] = Self.workload(object, WorkloadCount(object))
            }
        }
        for pod in view.list(.pods, namespace: nil) { add(pod, view) }
    }

    private static func workload(_ object: KubeObject, _ count: WorkloadCount) -> Workload {
        Workload(object: object, count: count, requests: Restoration.requests(of: object.json))
    }

    private mutating func add(_ pod: KubeObject, _ view: StateView) {
        let phase = pod.status.string("phase")
        guard phase != "Failed", phase != "Succeeded" || pod.controller == nil else { return }
        let workload = Self.workload(of: pod, view)
        let node = pod.spec.string("nodeName") ?? ""
        nodes[pod.uid] = node
        if workload == pod.key(.pods) { workloads[workload] = Self.workload(pod, WorkloadCount(pod)) }
        guard !pod.isBeingDeleted else { return }
        if node.isEmpty {
            waiting.append((pod, workload))
        } else {
            bound.append((pod, workload))
            workloads[workload]?.nodes[node, default: 0] += 1
        }
        explain(workload, by: pod)
    }

    /// What a pod says of itself is why its workload does not run.
    private mutating func explain(_ workload: ObjectKey, by pod: KubeObject) {
        guard let standing = workloads[workload], !standing.count.runs, standing.count.message.isEmpty else { return }
        let unready = pod.condition("Ready").flatMap { $0.string("status") == "True" ? nil : $0.string("message") }
        let message = [pod.status.string("message"), unready].compactMap(\.self).first { !$0.isEmpty }
        if let message { workloads[workload]?.count.message = message }
    }

    /// The Deployment or whatever else stands above all of its controllers.
    static func workload(of pod: KubeObject, _ view: StateView) -> ObjectKey {
        var key = pod.key(.pods)
        var object = pod
        // People can write owners in a circle.
        var above: Set<ObjectKey> = [key]
        while let owner = object.controller, let next = view.state.indexes?.byUID[owner.uid],
            above.insert(next).inserted, let owning = view.object(next)
        {
            (key, object) = (next, owning)
        }
        return key
    }
}

extension WorkloadCount {
    /// A Deployment's, a ReplicaSet's or a pod's.
    init(_ object: KubeObject) {
        let status = object.status
        func count(_ name: String) -> Int64 { status.int(name) ?? 0 }
        desired = object.spec.int("replicas") ?? 1
        ready = count("readyReplicas")
        message = ""
        let isObserved = count("observedGeneration") >= object.generation
        switch object.kind {
        case "Pod":
            (desired, ready) = (1, object.condition("Ready")?.string("status") == "True" ? 1 : 0)
            runs = ready == 1 || status.string("phase") == "Succeeded"
            message = runs ? "" : status.string("message") ?? ""
        case "ReplicaSet": runs = isObserved && count("replicas") == desired && count("availableReplicas") == desired
        default:
            runs =
                isObserved && count("updatedReplicas") >= desired && count("availableReplicas") >= desired
                && count("unavailableReplicas") == 0
            message = Self.message(object, runs: runs)
        }
    }

    private static func message(_ deployment: KubeObject, runs: Bool) -> String {
        let side = deployment.status["blueGreen"] ?? [:]
        if ["Refused", "Aborted", "AwaitingPromotion"].contains(side.string("phase")) {
            return side.string("message") ?? ""
        }
        guard !runs, deployment.spec.bool("paused") == true else { return "" }
        return "it is paused"
    }
}
