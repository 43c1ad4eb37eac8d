import CommandHandling
import Domain
import KubeMachinery
import KubeModel
import Scheduling

extension Fork {
    /// Puts other nodes in the place of the cluster's. Pods stay on a node of the same name, the oldest first, for as
    /// long as it has room for them; all others are lost with their node, as if it were gone for good.
    ///
    /// - Throws: 400 that names the document at fault.
    mutating func replaceNodes(by documents: [WhatIfRequest.Document], _ request: WhatIfRequest) throws(KubeStatus) {
        guard let type = registry.type(.nodes) else { throw .internalError("nodes are not served") }
        let nodes = try Self.nodes(documents)
        func write(_ operation: WriteRequest.Operation, name: String) -> WriteRequest {
            WriteRequest(type, name: name, operation: operation, origin: request.origin("update"))
        }
        for node in StateView(state: state).list(.nodes, namespace: nil) {
            let options = DeleteOptions(gracePeriodSeconds: 0)
            _ = try execute(write(.delete(options), name: node.name))
        }
        for (node, document) in zip(nodes, documents) {
            do throws(KubeStatus) {
                _ = try execute(write(.create(node.json), name: ""))
            } catch { throw .badRequest("\(document.origin): \(error.message)") }
            try evictSurplus(of: node, request)
        }
    }

    /// Ends the pods that a node of less room than before cannot hold.
    private mutating func evictSurplus(of node: KubeObject, _ request: WhatIfRequest) throws(KubeStatus) {
        guard let pods = registry.type(.pods) else { return }
        let oldest = StateView(state: state).pods(onNode: node.name).sorted {
            ($0.creationTimestamp?.microseconds ?? 0, $0.namespace, $0.name)
                < ($1.creationTimestamp?.microseconds ?? 0, $1.namespace, $1.name)
        }
        let room = ClusterSnapshot(nodes: [node], pods: [])[node.name]?.allocatable ?? ResourceAmounts()
        var taken = ResourceAmounts()
        for pod in oldest where !["Succeeded", "Failed"].contains(pod.status.string("phase")) {
            let wanted = taken + PodDemand(pod).requests
            guard !(wanted - room).atLeastZero.isZero else {
                taken = wanted
                continue
            }
            let write = WriteRequest(
                pods, namespace: pod.namespace, name: pod.name,
                operation: .delete(DeleteOptions(gracePeriodSeconds: 0)), origin: request.origin("delete"))
            _ = try execute(write)
        }
    }

    /// The documents as nodes that are ready unless they say otherwise.
    private static func nodes(_ documents: [WhatIfRequest.Document]) throws(KubeStatus) -> [KubeObject] {
        guard !documents.isEmpty else { throw .badRequest("the file of nodes holds none") }
        var names: Set<String> = []
        var nodes: [KubeObject] = []
        for document in documents {
            let node = try node(document)
            guard names.insert(node.name).inserted else {
                throw .badRequest("\(document.origin): there are two nodes \(node.name); give each a name of its own")
            }
            nodes.append(node)
        }
        return nodes
    }

    private static func node(_ document: WhatIfRequest.Document) throws(KubeStatus) -> KubeObject {
        let stated = KubeObject(document.object)
        guard stated.kind == "Node", stated.apiVersion == "v1" else {
            throw .badRequest(
                "\(document.origin): a \(stated.kind.isEmpty ? "document without kind" : stated.kind) is no node; "
                    + "write objects of apiVersion: v1, kind: Node")
        }
        guard !stated.name.isEmpty else { throw .badRequest("\(document.origin): metadata.name is missing") }
        var room = stated.status["allocatable"]?.objectValue ?? stated.status.object("capacity")
        for name in ["cpu", "memory"] where Quantity(json: room[name]) == nil {
            throw .badRequest(
                "\(document.origin): node \(stated.name) does not say how much \(name) it has; write for example "
                    + "status: {allocatable: {cpu: \"4\", memory: 16Gi}}")
        }
        // The most pods of a node unless it says so itself, as Kubernetes' node agent has it.
        if room["pods"] == nil { room["pods"] = "110" }
        var status = stated.status
        status["allocatable"] = .object(room)
        if status["capacity"] == nil { status["capacity"] = .object(room) }
        if stated.condition("Ready") == nil {
            status["conditions"] = .array(
                stated.json.array("status", "conditions") + [["type": "Ready", "status": "True"]])
        }
        var labels = stated.json.object("metadata", "labels")
        if labels["kubernetes.io/hostname"] == nil { labels["kubernetes.io/hostname"] = .string(stated.name) }
        return KubeObject([
            "apiVersion": "v1", "kind": "Node",
            "metadata": ["name": .string(stated.name), "labels": .object(labels)],
            "spec": stated.spec, "status": status,
        ])
    }
}
