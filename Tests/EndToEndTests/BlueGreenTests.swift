import KubeModel
import Testing

extension EndToEnd {
    @Suite("blue-green") struct BlueGreen {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        @Test("a switch under load loses no request and is one event") func underLoad() async throws {
            try await cluster.inNamespace("switch") { shell in
                try await shell(
                    "kubectl apply -f $MISSION/blue.yaml; sed /clusterIP:/d $MISSION/service.yaml | kubectl apply -f -")
                try await shell("kubectl rollout status deployment/nginx-deployment --timeout=60s")
                let address = try await shell("kubectl get service nginx-service -o jsonpath='{.spec.clusterIP}'")
                try await shell.until("blue serves", "curl -fsS -m 2 -o /dev/null http://\(address):8080/")
                let before = try await shell(
                    "kubectl get deployment nginx-deployment -o jsonpath='{.metadata.resourceVersion}'")
                async let stream = shell.run(
                    "exec $REPOSITORY/tools/request-stream http://\(address):8080/ --duration 12", seconds: 40)
                try await shell(
                    "kubectl apply -f $MISSION/green.yaml; purser rollout status deployment/nginx-deployment --timeout 60"
                )
                let outcome = try await stream
                let count = try JSON(parsing: outcome.output)
                #expect(count.int("failures") == 0, "\(outcome)")
                #expect(outcome.status == 0)
                for figure in ["on_new_connections", "on_kept_connections"] {
                    #expect(count.int(figure) ?? 0 > 100, "\(outcome)")
                }
                #expect(count.int("by_version", "1.14.2") ?? 0 > 0, "\(outcome)")
                #expect(count.int("by_version", "1.16.1") ?? 0 > 0, "\(outcome)")

                let switches = try await shell(
                    "purser history deployment/nginx-deployment -o json --after \(before) | jq '[.items[] | select(.type == \"TrafficSwitched\")] | length'"
                )
                #expect(switches == "1")
                try await shell.until("blue is gone", "kubectl get pods -o name") { $0.lines.count == 3 }
            }
        }

        @Test("one that does not fit is refused with the shortfall, and blue serves on") func tooLarge() async throws {
            try await cluster.inNamespace("shortfall") { shell in
                try await shell("kubectl apply -f $MISSION/blue.yaml")
                try await shell("kubectl rollout status deployment/nginx-deployment --timeout=60s")
                // Other tests' pods take nothing from what is free by now.
                try await shell.until("the cluster runs nothing else", "kubectl get pods -A -o name", seconds: 60) {
                    $0.lines.count == 3
                }
                let containers =
                    "kubectl get pods -o json | jq -c '[.items[].status.containerStatuses[].containerID] | sort'"
                let blue = try await shell(containers)
                try await shell(
                    #"""
                    kubectl patch deployment nginx-deployment -p \
                        '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","resources":{"requests":{"cpu":"1000","memory":"1Ti"}}}]}}}}'
                    """#)
                let status = try JSON(
                    parsing: try await shell.until(
                        "it is refused", "kubectl get deployment nginx-deployment -o json | jq .status.blueGreen"
                    ) { $0.contains("Refused") })
                #expect(status.string("phase") == "Refused")
                let free = try JSON(
                    parsing: try await shell("kubectl get nodes -o json | jq '.items[0].status.allocatable'"))
                let cpu = 3 * 1_000_000 - (Quantity(free.string("cpu") ?? "")?.milliValue ?? 0)
                let memory = 3 << 40 - (Quantity(free.string("memory") ?? "")?.value ?? 0)
                let (green, live) = (status.string("previewHash") ?? "", status.string("activeHash") ?? "")
                #expect(
                    status.string("message")
                        == "\(green) does not fit beside \(live): 3 of 3 pods find no node: short of cpu \(cpu)m, "
                        + "memory \(memory) bytes (0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.)"
                )
                #expect(try await shell(containers) == blue)
                #expect(try await shell("kubectl get replicasets -o name").lines.count == 1)
            }
        }
    }
}
