import Domain
import EventLog
import KubeModel
import Reconciliation
import Testing

@testable import ControlPlane

@Suite("Autoscaling in the control plane")
struct AutoscalingTests {
    private static let target = ObjectKey(.deployments, namespace: "shop", name: "web")
    private static let key = ObjectKey(.horizontalPodAutoscalers, namespace: "shop", name: "web")

    private static func controllers(_ replica: Replica) -> [ControllerRuntime] {
        [
            ControllerRuntime(
                cluster: replica.cluster, writer: replica.writer,
                reconcilers: Reconcilers.all(startedAt: replica.cluster.clock.now), logger: Replica.quiet)
        ]
    }

    private static func autoscaler(least: Int64, most: Int64) -> JSON {
        [
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": ["name": "web", "namespace": "shop"],
            "spec": [
                "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"],
                "minReplicas": .int(least), "maxReplicas": .int(most),
                "metrics": [
                    [
                        "type": "Resource",
                        "resource": ["name": "memory", "target": ["type": "AverageValue", "averageValue": "100Mi"]],
                    ]
                ],
            ],
        ]
    }

    @Test("what a node reports leads to a DeploymentScaled of the autoscaler's, and why tells it")
    func scaled() async throws {
        let log = InMemoryEventLog()
        try await Replica.run(on: log, services: Self.controllers) { replica in
            try await replica.createNamespace()
            try await replica.create(.nodes, Replica.node("n1", cpu: "1"))
            try await replica.create(.deployments, Replica.deployment("web", app: "web"))
            let pod = try await replica.runningPod()
            try await replica.report(memory: 250 << 20, of: pod, secondsAgo: 20)
            try await replica.report(memory: 250 << 20, of: pod, secondsAgo: 10)
            // The last word on a pod that ended says nothing of the others.
            try await replica.report(memory: 1, of: Replica.ended, secondsAgo: 9, isFinal: true)
            #expect(replica.cluster.view.usage(onNode: "n1")?.pod(uid: pod.uid)?.use.memory == 250 << 20)
            try await replica.create(.horizontalPodAutoscalers, Self.autoscaler(least: 1, most: 9))
            try await replica.until { $0[Self.target]?.object().json.int("spec", "replicas") == 3 }

            let events = try await log.everything()
            let scaling = try #require(events.last { $0.event.type == "DeploymentScaled" })
            #expect(scaling.event.caller.subject == "system:controller:horizontal-pod-autoscaler")
            let seen = try #require(try JSON(parsing: scaling.event.payload)["$autoscaling"])
            #expect(seen.string("autoscaler") == Self.key.description)
            #expect(seen.int("from") == 1 && seen.int("to") == 3)
            #expect(replica.cluster.state[Self.target]?.object().json["$autoscaling"] == nil)

            let explanation = try #require(
                try await Explainer(replica.cluster).explain(Self.target, field: "spec.replicas"))
            let chain = try #require(explanation.answers.first).chain
            #expect(
                chain.first?.note
                    == "\(Self.key): memory is \(250 << 20), above its target of \(100 << 20)")
            // The new autoscaler is the cause, and its author began the chain.
            #expect(chain.map(\.event.event.type) == ["DeploymentScaled", "HorizontalPodAutoscalerCreated"])
            #expect(chain.last?.event.event.caller.subject == "tester")
        }
    }

    @Test("a namespace goes back together with its autoscalers, deleted or changed meanwhile, and they go on")
    func rolledBack() async throws {
        try await Replica.run(on: InMemoryEventLog(), services: Self.controllers) { replica in
            try await replica.createNamespace()
            try await replica.create(.deployments, Replica.deployment("web", app: "web"))
            try await replica.create(.horizontalPodAutoscalers, Self.autoscaler(least: 2, most: 4))
            try await replica.until { $0[Self.target]?.object().json.int("spec", "replicas") == 2 }
            let then = replica.cluster.state.position
            func spec(_ state: ClusterState) -> JSON? { state[Self.key]?.object().spec }
            let before = spec(replica.cluster.state)

            try await replica.change(Self.key, ["spec": ["minReplicas": 3, "maxReplicas": 3]])
            try await replica.until { $0[Self.target]?.object().json.int("spec", "replicas") == 3 }
            try await replica.rollBack(.namespace("shop"), to: then)
            #expect(spec(replica.cluster.state) == before)

            try await replica.delete(.horizontalPodAutoscalers, "web")
            try await replica.change(Self.target, ["spec": ["replicas": 1]])
            let result = try await replica.rollBack(.namespace("shop"), to: then)
            #expect(
                Set(result.plan.steps.map { "\($0.action) \($0.key)" }) == [
                    "create \(Self.key)", "update \(Self.target)",
                ])
            #expect(spec(replica.cluster.state) == before)

            // It is at work again: a count below its least is raised.
            try await replica.change(Self.target, ["spec": ["replicas": 1]])
            try await replica.until { $0[Self.target]?.object().json.int("spec", "replicas") == 2 }
        }
    }
}

extension Replica {
    fileprivate func until(_ passes: (ClusterState) -> Bool) async throws {
        while !passes(cluster.state) { try await Task.sleep(for: .milliseconds(5)) }
    }

    fileprivate func change(_ key: ObjectKey, _ patch: JSON) async throws {
        _ = try await writer.execute(
            request(key.resource, namespace: key.namespace, name: key.name, .patch(.merge, patch.canonicalBytes)))
    }

    /// The pod that the controllers made and bound, ready.
    fileprivate func runningPod() async throws -> KubeObject {
        func bound() -> KubeObject? {
            cluster.view.list(.pods, namespace: "shop").first { $0.spec.string("nodeName") == "n1" }
        }
        try await until { _ in bound() != nil }
        let pod = try #require(bound())
        var status = try request(
            .pods, namespace: "shop", name: pod.name,
            .patch(
                .merge,
                JSON.object([
                    "status": [
                        "phase": "Running",
                        "conditions": [
                            [
                                "type": "Ready", "status": "True",
                                "lastTransitionTime": .string(cluster.clock.now.rfc3339),
                            ]
                        ],
                    ]
                ]).canonicalBytes))
        status.subresource = "status"
        _ = try await writer.execute(status)
        return pod
    }

    fileprivate static let ended = KubeObject([
        "metadata": ["name": "gone", "namespace": "shop", "uid": "gone-1"]
    ])

    fileprivate func report(memory: Int64, of pod: KubeObject, secondsAgo: Double, isFinal: Bool = false) async throws {
        let report: JSON = [
            "node": "n1", "bootID": "b", "observedAt": .string(cluster.clock.now.adding(seconds: -secondsAgo).rfc3339),
            "pods": [
                [
                    "uid": .string(pod.uid), "namespace": "shop", "name": .string(pod.name), "final": .bool(isFinal),
                    "cpuNanoseconds": 0, "memoryBytes": .int(memory),
                ]
            ],
        ]
        let event = Event(
            stream: "usage/n1", revision: 0, type: EventCatalogue.usageMeasured, isKeyframe: false,
            payload: report.canonicalBytes, caller: Caller(subject: "system:node:n1"), callID: cluster.newCallID(),
            ordinal: 0)
        guard case .committed = await cluster.sequencer.submit(event) else {
            Issue.record("the report is not in the log")
            return
        }
    }
}
