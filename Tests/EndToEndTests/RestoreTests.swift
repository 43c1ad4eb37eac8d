import KubeModel
import Testing

extension EndToEnd {
    /// Rollbacks of many objects, undeletion, and the explanations of what happened.
    @Suite("restoring and explaining") struct Restoring {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        /// A Deployment with what it needs; returns the position at which all of it stood.
        private func shop(_ shell: Shell) async throws -> String {
            try await shell(
                """
                kubectl create configmap settings --from-literal=colour=blue
                kubectl create secret generic key --from-literal=password=correct-horse
                kubectl create deployment web --image=nginx:1.14.2 --replicas=2
                kubectl expose deployment web --port=80
                kubectl rollout status deployment/web --timeout=60s
                """, seconds: 90)
            return try await shell("kubectl get deployment web -o jsonpath='{.metadata.resourceVersion}'")
        }

        @Test("a namespace goes back with all that is in it, in one transaction, and forward again")
        func namespace() async throws {
            try await cluster.inNamespace("restore") { shell in
                let then = try await shop(shell)
                try await shell(
                    """
                    kubectl patch configmap settings --type=merge -p '{"data":{"colour":"red"}}'
                    kubectl delete secret key
                    kubectl scale deployment web --replicas=1
                    kubectl create configmap extra
                    kubectl delete service web
                    """)
                let head = try await shell("kubectl get configmap extra -o jsonpath='{.metadata.resourceVersion}'")

                let plan = try JSON(
                    parsing: try await shell("purser rollback --namespace restore --to \(then) --dry-run -o json"))
                let actions = plan.array("plan").map { "\($0.string("action") ?? "") \($0.string("object") ?? "")" }
                #expect(
                    Set(actions) == [
                        "delete configmaps/restore/extra", "update configmaps/restore/settings",
                        "create secrets/restore/key", "create services/restore/web",
                        "update deployments.apps/restore/web",
                    ])
                #expect(plan["fit"]?.bool("fits") == true)
                #expect(!plan.canonicalText.contains("Y29ycmVjdC1ob3JzZQ"))

                let asked = try await shell.refused("purser rollback --namespace restore --to \(then) < /dev/null")
                #expect(asked.text.contains("nobody is there to be asked"))
                #expect(try await shell("kubectl get configmap settings -o jsonpath='{.data.colour}'") == "red")

                try await shell("purser rollback --namespace restore --to \(then) --yes")
                #expect(try await shell("kubectl get configmap settings -o jsonpath='{.data.colour}'") == "blue")
                #expect(
                    try await shell("kubectl get secret key -o jsonpath='{.data.password}' | base64 -d")
                        == "correct-horse")
                try await shell("kubectl get service web && kubectl rollout status deployment/web --timeout=60s")
                #expect(try await shell("kubectl get deployment web -o jsonpath='{.status.readyReplicas}'") == "2")
                _ = try await shell.refused("kubectl get configmap extra")

                try await shell("purser rollback --namespace restore --to \(head) --yes")
                #expect(try await shell("kubectl get configmap settings -o jsonpath='{.data.colour}'") == "red")
                try await shell("kubectl get configmap extra")
                _ = try await shell.refused("kubectl get secret key")
            }
        }

        @Test("what was deleted comes back: an object, and a namespace with everything in it")
        func undelete() async throws {
            try await cluster.inNamespace("undelete") { shell in
                _ = try await shop(shell)
                try await shell("kubectl delete configmap settings && purser undelete configmap/settings --yes")
                #expect(try await shell("kubectl get configmap settings -o jsonpath='{.data.colour}'") == "blue")

                try await shell("kubectl delete namespace undelete --timeout=60s", seconds: 90)
                try await shell("purser undelete namespace undelete --yes")
                try await shell("kubectl rollout status deployment/web --timeout=60s", seconds: 90)
                #expect(
                    try await shell("kubectl get secret key -o jsonpath='{.data.password}' | base64 -d")
                        == "correct-horse")
                let refused = try await shell.refused("purser undelete namespace undelete --yes")
                #expect(refused.text.contains("it exists"))
            }
        }

        @Test("targets that cannot be gone back to are refused in plain words") func badTargets() async throws {
            try await cluster.inNamespace("targets") { shell in
                try await shell("kubectl create configmap c")
                for (target, word) in [
                    ("0", "before the first event"), ("999999999", "the log ends at position"), ("1", "did not exist"),
                    ("soon", "no point in time"),
                ] {
                    let refused = try await shell.refused("purser rollback configmap/c --to \(target) --yes")
                    #expect(refused.text.contains(word), "\(refused)")
                }
            }
        }

        @Test("a pod is explained back to the person, also when it is gone; a bad change is found by halving")
        func why() async throws {
            try await cluster.inNamespace("why") { shell in
                let good = try await shop(shell)
                let pod = try await shell("kubectl get pods -l app=web -o jsonpath='{.items[0].metadata.name}'")
                let bound = try await shell("purser why pod/\(pod)")
                for word in [
                    "why it is on", "PodBound", "chosen", "PodCreated", "ReplicaSetCreated", "DeploymentCreated",
                    "kubernetes-admin",
                ] { #expect(bound.contains(word), "\(word) in \(bound)") }

                try await shell("kubectl scale deployment web --replicas=0")
                try await shell.until("the pod is gone", "kubectl get pods -l app=web -o name") { $0.isEmpty }
                let gone = try JSON(parsing: try await shell("purser why pod/\(pod) -o json"))
                #expect(gone.bool("exists") == false)
                let deletion = try #require(gone.array("answers").first)
                #expect(deletion.string("question") == "why it was deleted")
                let root = try #require(deletion.array("chain").last)
                #expect(root.string("type") == "DeploymentScaled")
                #expect(root.string("caller", "subject") == "kubernetes-admin")

                let field = try await shell("purser why deployment/web --field spec.replicas")
                #expect(field.contains("why spec.replicas is 0") && field.contains("spec.replicas: 2 -> 0"))

                try await shell.until(
                    "no replica is left", "kubectl get deployment web -o json | jq .status.readyReplicas"
                ) {
                    $0 == "null" || $0 == "0"
                }
                let bad = try await shell("kubectl get deployment web -o jsonpath='{.metadata.resourceVersion}'")
                let found = try await shell(
                    "purser bisect --good \(good) --bad \(bad) --until 'deployment/web status.readyReplicas>=2'")
                #expect(found.contains("the change behind it: DeploymentScaled"), "\(found)")

                try await shell(
                    "kubectl apply -f -",
                    input: """
                        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"huge"},"spec":{"containers":[
                        {"name":"c","image":"busybox:1.36","resources":{"requests":{"cpu":"10k"}}}]}}
                        """)
                let waiting = try await shell.until("it is refused", "purser why pod/huge") {
                    $0.contains("why it finds no node")
                }
                #expect(waiting.contains("Insufficient cpu"))
            }
        }

        @Test("kubectl's own undo goes back a revision, and the record has it as the caller's change")
        func undo() async throws {
            try await cluster.inNamespace("undo") { shell in
                try await shell(
                    """
                    kubectl create deployment web --image=nginx:1.14.2
                    kubectl rollout status deployment/web --timeout=60s
                    kubectl set image deployment/web nginx=nginx:1.16.1
                    kubectl rollout status deployment/web --timeout=60s
                    """, seconds: 130)
                let history = try await shell("kubectl rollout history deployment/web")
                #expect(history.lines.count { $0.first?.isNumber == true } == 2, "\(history)")
                try await shell(
                    "kubectl rollout undo deployment/web && kubectl rollout status deployment/web --timeout=60s")
                #expect(
                    try await shell(
                        "kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[0].image} {.metadata.annotations.deployment\\.kubernetes\\.io/revision}'"
                    ) == "nginx:1.14.2 3")
                let why = try await shell(
                    "purser why deployment/web --field 'spec.template.spec.containers[name=nginx].image'")
                #expect(why.contains("nginx:1.16.1 -> nginx:1.14.2") && why.contains("kubernetes-admin (kubectl/"))
                #expect(why.contains("DeploymentRolledBack"))
            }
        }
    }
}
