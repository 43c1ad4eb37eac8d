import KubeModel
import Testing

@testable import APIServer

@Suite struct MetricsTests {
    private static func report(_ second: Int, _ uid: String, cpu: Int64, restart: Int64) -> JSON {
        [
            "apiVersion": "purser.dev/v1alpha1", "kind": "UsageReport", "node": "n1", "bootID": "b",
            "observedAt": .string("2026-01-01T00:00:\(second).000000Z"), "interval": 10,
            "pods": [
                [
                    "uid": .string(uid), "namespace": "shop", "name": "web", "final": false,
                    "cpuNanoseconds": .int(cpu), "memoryBytes": 4_194_304,
                    "containers": [
                        ["name": "c", "restart": 0, "cpuNanoseconds": 1_000_000_000, "memoryBytes": 0],
                        [
                            "name": "c", "restart": .int(restart), "cpuNanoseconds": .int(cpu),
                            "memoryBytes": 2_097_152,
                        ],
                    ],
                ],
                ["uid": "gone", "namespace": "shop", "name": "gone", "final": false, "cpuNanoseconds": .int(cpu)],
            ],
        ]
    }

    @Test("pods and nodes are shown with what they used between the last two reports")
    func rates() async throws {
        try await APIDesk.run { desk in
            try await desk.create("/api/v1/nodes", ["metadata": ["name": "n1", "labels": ["zone": "a"]]])
            let pod = try await desk.create(
                "/api/v1/namespaces/shop/pods",
                [
                    "metadata": ["name": "web", "labels": ["app": "web"]],
                    "spec": ["containers": [["name": "c", "image": "nginx"]]],
                ])
            let uid = pod.string("metadata", "uid") ?? ""
            let reports = "/apis/purser.dev/v1alpha1/usagereports"
            try await desk.create(reports, Self.report(10, uid, cpu: 1_000_000_000, restart: 1))
            let path = "/apis/metrics.k8s.io/v1beta1"
            #expect(await desk.get("\(path)/pods").array("items") == [])
            try await desk.create(reports, Self.report(20, uid, cpu: 3_500_000_000, restart: 1))

            let expected: JSON = [
                "apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics", "timestamp": "2026-01-01T00:00:20Z",
                "window": "10000ms",
                "metadata": [
                    "name": "web", "namespace": "shop", "labels": ["app": "web"],
                    "creationTimestamp": "2026-01-01T00:00:20Z",
                ],
                "containers": [["name": "c", "usage": ["cpu": "250000000n", "memory": "2048Ki"]]],
            ]
            #expect(await desk.get("\(path)/namespaces/shop/pods/web") == expected)
            #expect(await desk.get("\(path)/pods?labelSelector=app%3Dweb").array("items") == [expected])
            #expect(await desk.get("\(path)/pods?labelSelector=app%3Dx").array("items") == [])
            #expect(await desk.get("\(path)/namespaces/other/pods").array("items") == [])
            #expect(await desk.call("GET", "\(path)/namespaces/shop/pods/none").status == 404)
            let node = await desk.get("\(path)/nodes/n1")
            #expect(node["usage"] == ["cpu": "500000000n", "memory": "4096Ki"])
            #expect(node["metadata"]?["labels"] == ["zone": "a"])
            #expect(await desk.call("DELETE", "\(path)/nodes/n1").status == 405)
            #expect(await desk.get(path).array("resources").compactMap { $0.string("name") } == ["nodes", "pods"])
        }
    }
}
