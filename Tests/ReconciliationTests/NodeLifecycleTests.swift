import KubeModel
import PropertyTesting
import Reconciliation
import Testing

struct NodeLifecycleTests {
    private static let start = Timestamp(seconds: 1_000_000)
    private static let key = ObjectKey(.nodes, name: "n1")

    private static func cluster() -> SimulatedCluster {
        var cluster = SimulatedCluster([NodeLifecycleReconciler(startedAt: start), PodGarbage()])
        cluster.create(.nodes, Fixture.node("n1"))
        let ready: JSON = ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]]
        let patient: JSON = [
            "nodeName": "n1",
            "tolerations": [
                [
                    "key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
                    "tolerationSeconds": 300,
                ]
            ],
        ]
        cluster.create(.pods, Fixture.pod("impatient", extra: ["status": ready, "spec": ["nodeName": "n1"]]))
        cluster.create(.pods, Fixture.pod("patient", extra: ["status": ready, "spec": patient]))
        return cluster
    }

    private static func plan(_ cluster: SimulatedCluster) -> Plan {
        NodeLifecycleReconciler(startedAt: start).plan(cluster.view, key: key, now: cluster.now)
    }

    /// Applies plans until nothing is left to write.
    private static func converge(_ cluster: inout SimulatedCluster) {
        for _ in 0..<10 {
            let plan = plan(cluster)
            if plan.writes.isEmpty { return }
            cluster.apply(plan)
        }
        Issue.record("the plans go on for ever")
    }

    private static func isLeaving(_ name: String, _ cluster: SimulatedCluster) -> Bool {
        cluster.view.object(ObjectKey(.pods, namespace: "shop", name: name))?.isBeingDeleted ?? true
    }

    @Test("a silent node is unknown and tainted after 40 s, its pods go by their tolerations, and a report heals it")
    func silenceIsNoticed() {
        var cluster = Self.cluster()
        cluster.now = Self.start.adding(seconds: 39)
        #expect(Self.plan(cluster).writes == [])
        cluster.now = Self.start.adding(seconds: 41)
        Self.converge(&cluster)
        let node = cluster.view.object(Self.key)
        #expect(node?.condition("Ready")?.string("status") == "Unknown")
        #expect(
            node?.spec.array("taints").map { "\($0.string("key") ?? ""):\($0.string("effect") ?? "")" } == [
                "node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute",
            ])
        #expect(Self.isLeaving("impatient", cluster))
        #expect(!Self.isLeaving("patient", cluster))
        #expect(
            cluster.view.object(ObjectKey(.pods, namespace: "shop", name: "patient"))?.condition("Ready")?.string(
                "status")
                == "False")

        cluster.report("n1", at: cluster.now)
        Self.converge(&cluster)
        #expect(cluster.view.object(Self.key)?.condition("Ready")?.string("status") == "True")
        #expect(cluster.view.object(Self.key)?.spec.array("taints") == [])
        #expect(cluster.faults == [])
    }

    @Test("a pod that tolerates silence for 300 s goes after 300 s")
    func tolerationRunsOut() {
        var cluster = Self.cluster()
        cluster.now = Self.start.adding(seconds: 41)
        Self.converge(&cluster)
        cluster.now = Self.start.adding(seconds: 340)
        Self.converge(&cluster)
        #expect(!Self.isLeaving("patient", cluster))
        cluster.now = Self.start.adding(seconds: 342)
        Self.converge(&cluster)
        #expect(Self.isLeaving("patient", cluster))
    }

    @Test("the pods of a node that was removed go at once")
    func podsOfGoneNodesGo() {
        var random = SeededRandom(seed: 1)
        var cluster = Self.cluster()
        cluster.report("n1", at: Self.start)
        while cluster.planOne(&random) {}
        cluster.delete(Self.key)
        while cluster.planOne(&random) {}
        #expect(cluster.view.list(.pods, namespace: nil) == [])
        #expect(cluster.faults == [])
    }
}
