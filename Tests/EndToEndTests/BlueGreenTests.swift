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
                let blue = try await shell("kubectl get pods -o name | sort")
                try await shell(
                    #"""
                    kubectl patch deployment nginx-deployment -p \
                        '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","resources":{"requests":{"cpu":"1000"}}}]}}}}'
                    """#)
                let status = try JSON(
                    parsing: try await shell.until(
                        "it is refused", "kubectl get deployment nginx-deployment -o json | jq .status.blueGreen"
                    ) { $0.contains("Refused") })
                #expect(status.string("phase") == "Refused")
                let message = status.string("message") ?? ""
                #expect(message.contains("cpu"), "\(message)")
                #expect(try await shell("kubectl get pods -o name | sort") == blue)
            }
        }
    }
}
