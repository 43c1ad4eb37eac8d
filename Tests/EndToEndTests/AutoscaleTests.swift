import KubeModel
import Testing

extension EndToEnd {
    /// HorizontalPodAutoscalers: from the kernel's counters to a scaled Deployment, and back.
    @Suite("autoscaling") struct Autoscale {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        @Test("a Deployment whose pods burn CPU is scaled up, why names the autoscaler and the report, apply leaves it")
        func scalesUp() async throws {
            try await cluster.inNamespace("autoscale") { shell in
                try await shell("kubectl apply -f $E2E/burner.yaml")
                try await shell("kubectl autoscale deployment web --min 1 --max 3 --cpu-percent 50")
                try await shell("kubectl rollout status deployment/web --timeout=60s")
                // Idle, its use becomes known and nothing is scaled.
                try await shell.until(
                    "the use is known", "kubectl get hpa web --no-headers", seconds: 120
                ) { $0.contains("Deployment/web") && $0.firstMatch(of: /cpu: \d+%\/50%/) != nil }
                #expect(try await shell("kubectl get deployment web -o jsonpath='{.spec.replicas}'") == "1")

                let pod = try await shell("kubectl get pods -l app=web -o name")
                try await shell("kubectl exec \(pod) -- touch /tmp/burn")
                try await shell.until(
                    "three pods run", "kubectl get deployment web -o jsonpath='{.status.readyReplicas}'", seconds: 180
                ) { $0 == "3" }

                let why = try await shell("purser why deployment/web --field spec.replicas -n autoscale")
                #expect(why.contains("by system:controller:horizontal-pod-autoscaler"), "\(why)")
                #expect(
                    why.contains("horizontalpodautoscalers.autoscaling/autoscale/web: cpu utilization is"), "\(why)")
                let chain = try await shell(
                    "purser why deployment/web --field spec.replicas -n autoscale -o json "
                        + "| jq -r '.answers[0].chain[].type'")
                #expect(chain.lines.prefix(2) == ["DeploymentScaled", "UsageMeasured"], "\(why)")

                let described = try await shell("kubectl describe hpa web")
                #expect(described.contains("SuccessfulRescale"), "\(described)")
                #expect(described.contains("resource cpu on pods  (as a percentage of request):"), "\(described)")
                #expect(try await shell("purser describe hpa/web -n autoscale").contains("ScalingActive"))

                // A manifest without a count does not fight with the autoscaler.
                try await shell("kubectl annotate deployment web seen=yes; kubectl apply -f $E2E/burner.yaml")
                let replicas = try await shell("kubectl get deployment web -o jsonpath='{.spec.replicas}'")
                #expect((Int(replicas) ?? 0) > 1)
            }
        }

        @Test("a rolled-back namespace has its autoscaler again, as it was, and is scaled by it")
        func rollback() async throws {
            try await cluster.inNamespace("autoscale-back") { shell in
                try await shell("kubectl apply -f $E2E/burner.yaml")
                try await shell("kubectl autoscale deployment web --min 2 --max 4 --cpu-percent 50")
                try await shell.until(
                    "it has its least count", "kubectl get deployment web -o jsonpath='{.spec.replicas}'", seconds: 60
                ) { $0 == "2" }
                let then = try await shell("kubectl get hpa web -o jsonpath='{.metadata.resourceVersion}'")
                try await shell("kubectl delete hpa web; kubectl scale deployment web --replicas=1")
                try await shell("purser rollback --namespace autoscale-back --to \(then) --yes")
                #expect(
                    try await shell("kubectl get hpa web -o jsonpath='{.spec.minReplicas}-{.spec.maxReplicas}'")
                        == "2-4")
                try await shell.until(
                    "it is scaled again", "kubectl get deployment web -o jsonpath='{.spec.replicas}'", seconds: 60
                ) { $0 == "2" }

                try await shell("kubectl patch hpa web --type=merge -p '{\"spec\":{\"minReplicas\":3}}'")
                try await shell.until(
                    "its limit is followed", "kubectl get deployment web -o jsonpath='{.spec.replicas}'", seconds: 60
                ) { $0 == "3" }
                #expect(
                    try await shell("purser why deployment/web --field spec.replicas -n autoscale-back").contains(
                        "HorizontalPodAutoscalerUpdated"))
            }
        }
    }
}
