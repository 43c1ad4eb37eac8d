import KubeModel
import Reconciliation
import Testing

struct EndpointSliceTests {
    private static func pod(_ index: Int, port: Int64 = 80) -> KubeObject {
        Fixture.pod(
            "p\(index)",
            extra: [
                "spec": [
                    "nodeName": "n1",
                    "containers": [["name": "c", "ports": [["name": "http", "containerPort": .int(port)]]]],
                ],
                "status": [
                    "phase": "Running", "podIP": .string("10.244.\(index / 200).\(index % 200)"),
                    "conditions": [["type": "Ready", "status": "True"]],
                ],
            ])
    }

    private static func settled(_ pods: [KubeObject]) -> SimulatedCluster {
        var cluster = SimulatedCluster([EndpointSliceReconciler()])
        cluster.create(.services, Fixture.service())
        for pod in pods { cluster.create(.pods, pod) }
        cluster.settle()
        return cluster
    }

    @Test("one ready pod makes exactly this slice")
    func oneSlice() {
        let slices = Self.settled([Self.pod(1)]).view.list(.endpointSlices, namespace: "shop")
        #expect(slices.count == 1)
        #expect(slices.first?.json["ports"] == [["name": "http", "port": 80, "protocol": "TCP"]])
        #expect(
            slices.first?.json["endpoints"] == [
                [
                    "addresses": ["10.244.0.1"], "nodeName": "n1",
                    "conditions": ["ready": true, "serving": true, "terminating": false],
                    "targetRef": ["kind": "Pod", "namespace": "shop", "name": "p1", "uid": "uid-2"],
                ]
            ])
        #expect(slices.first?.labels["kubernetes.io/service-name"] == "web")
        #expect(slices.first?.controller?.kind == "Service")
    }

    @Test("a hundred endpoints fill a slice; a lost pod changes only the slice that lists it")
    func slicesAreFilled() {
        var cluster = Self.settled((0..<250).map { Self.pod($0) })
        let before = cluster.view.list(.endpointSlices, namespace: "shop")
        #expect(before.map { $0.json.array("endpoints").count }.sorted() == [50, 100, 100])
        cluster.delete(ObjectKey(.pods, namespace: "shop", name: "p7"), graceSeconds: 0)
        cluster.settle()
        let after = cluster.view.list(.endpointSlices, namespace: "shop")
        #expect(after.reduce(0) { $0 + $1.json.array("endpoints").count } == 249)
        #expect(zip(before, after).count { $0 != $1 } == 1)
    }

    @Test("a pod that is told to go stays listed as terminating, and a named port is each pod's own")
    func terminatingAndNamedPorts() {
        var cluster = Self.settled([Self.pod(1), Self.pod(2, port: 8081)])
        #expect(cluster.view.list(.endpointSlices, namespace: "shop").count == 2)
        cluster.delete(ObjectKey(.pods, namespace: "shop", name: "p1"))
        cluster.settle()
        let conditions = cluster.view.list(.endpointSlices, namespace: "shop").flatMap { $0.json.array("endpoints") }
            .first { $0.string("targetRef", "name") == "p1" }?["conditions"]
        #expect(conditions == ["ready": false, "serving": true, "terminating": true])
    }

    @Test("a Service without pods has one empty slice; a Service that is gone has none")
    func emptyAndGone() {
        var cluster = Self.settled([])
        #expect(cluster.view.list(.endpointSlices, namespace: "shop").map { $0.json.array("endpoints").count } == [0])
        cluster.delete(Fixture.serviceKey)
        cluster.settle()
        #expect(cluster.view.list(.endpointSlices, namespace: "shop") == [])
    }
}
