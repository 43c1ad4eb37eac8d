import Foundation
import KubeModel
import Testing

@testable import PurserCommands

@Suite("What why prints")
struct WhyTests {
    private static let pod = "pods/shop/web-6494b47c5c-8s2qd"

    private static func link(_ position: Int64, _ time: String, _ type: String, _ stream: String, _ caller: JSON)
        -> JSON
    {
        [
            "position": .int(position), "recordedAt": .string("2026-01-31T12:00:00.\(time)456Z"), "type": .string(type),
            "stream": .string(stream), "caller": caller,
        ]
    }

    private static var answer: JSON {
        var bound = link(1238, "213", "PodBound", pod, ["subject": "system:kube-scheduler"])
        bound["verdict"] = ["chosen": "n1", "nodes": ["n1": 2950, "n2": ["Insufficient cpu"]]]
        bound["changes"] = [
            ["path": "spec.nodeName", "new": "n1"], ["path": "status.conditions", "new": [["type": "PodScheduled"]]],
        ]
        let created = link(1236, "201", "PodCreated", pod, ["subject": "system:controller:replicaset"])
        let made = link(
            1234, "190", "ReplicaSetCreated", "replicasets.apps/shop/web-6494b47c5c",
            ["subject": "system:controller:deployment"])
        var asked = link(
            1233, "188", "DeploymentUpdated", "deployments.apps/shop/web",
            ["subject": "ada", "userAgent": "kubectl/v1.34.1 (linux/amd64)"])
        asked["changes"] = [
            ["path": "metadata.generation", "old": 1, "new": 2],
            [
                "path": "spec.template.spec.containers[name=web].image", "old": "nginx:1.14.2", "new": "nginx:1.16.1",
            ],
        ]
        return ["answers": [["question": "why it is on n1", "chain": [bound, created, made, asked]]]]
    }

    @Test("the chain of a pod is what docs/record.md shows")
    func documented() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/record.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        #expect(text.contains(CauseChain.text(Self.answer)), "\(CauseChain.text(Self.answer))")
    }

    @Test("what changed in a status is told where the chain begins, unless a note sums it up")
    func status() {
        var link = Self.link(7, "000", "DeploymentStatusChanged", "deployments.apps/shop/web", ["subject": "system:x"])
        link["changes"] = [
            ["path": "status.readyReplicas", "old": 2, "new": 1],
            ["path": "status.conditions[type=Progressing].lastUpdateTime", "old": "a", "new": "b"],
        ]
        func text() -> String { CauseChain.text(["answers": [["question": "why", "chain": [link]]]]) }
        #expect(text().hasSuffix("       ~ status.readyReplicas: 2 -> 1\n"))
        link["note"] = "Available is False"
        #expect(text().hasSuffix("       Available is False\n"))
    }
}
