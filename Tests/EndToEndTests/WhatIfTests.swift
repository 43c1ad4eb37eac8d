import KubeModel
import Testing

extension EndToEnd {
    /// What a simulation says, and what then really happens.
    @Suite("what a change would lead to") struct WhatIfs {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        private func web(replicas: Int, cpu: String) -> String {
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: \(replicas)
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  containers:
                    - name: web
                      image: nginx:1.14.2
                      resources: {requests: {cpu: \(cpu), memory: 8Mi}}
            """
        }

        /// A simulation's answer, whatever its verdict.
        private func simulate(_ shell: Shell, _ manifest: String, _ options: String = "") async throws -> (JSON, Int32)
        {
            let outcome = try await shell.run("purser what-if -f - -o json \(options)", input: manifest)
            return (try JSON(parsing: outcome.output), outcome.status)
        }

        @Test("what is said to run and where is what runs there, and saying it changes nothing")
        func runs() async throws {
            try await cluster.inNamespace("whatif") { shell in
                let manifest = web(replicas: 3, cpu: "10m")
                let (report, status) = try await simulate(shell, manifest)
                #expect(status == 0, "\(report.canonicalText)")
                #expect(report.bool("runs") == true)
                #expect(try await shell("kubectl get deployments,replicasets,pods -o name") == "")

                try await shell.run("purser apply -f -", input: manifest).check()
                try await shell("kubectl rollout status deployment/web --timeout=60s", seconds: 90)
                let said = try #require(report.array("workloads").first)
                #expect(said["after"]?.int("ready") == 3)
                let nodes = try await shell("kubectl get pods -l app=web -o jsonpath='{.items[*].spec.nodeName}'")
                var counts: [String: Int64] = [:]
                for node in nodes.split(separator: " ") { counts[String(node), default: 0] += 1 }
                let placed = said.object("nodes").map { ($0, $1.int("after") ?? 0) }
                #expect(Dictionary(uniqueKeysWithValues: placed) == counts)
            }
        }

        @Test("a kind and an object of it in one file are said to be created, and are")
        func definitions() async throws {
            try await cluster.inNamespace("whatif-kinds") { shell in
                let manifest = """
                    apiVersion: apiextensions.k8s.io/v1
                    kind: CustomResourceDefinition
                    metadata: {name: gauges.example.com}
                    spec:
                      group: example.com
                      scope: Namespaced
                      names: {plural: gauges, kind: Gauge}
                      versions:
                        - name: v1
                          served: true
                          storage: true
                          schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
                    ---
                    apiVersion: example.com/v1
                    kind: Gauge
                    metadata: {name: g}
                    """
                let (report, status) = try await simulate(shell, manifest)
                #expect(status == 0)
                #expect(report.array("changes").compactMap { $0.string("action") } == ["created", "created"])
                try await shell.run("purser apply -f -", input: manifest).check()
                #expect(try await shell("kubectl get gauges -o name") == "gauge.example.com/g")
                try await shell("kubectl delete crd gauges.example.com")
            }
        }

        @Test("what is said to find no node finds none, for the reason that was said; on other nodes it would run")
        func waits() async throws {
            try await cluster.inNamespace("whatif-waits") { shell in
                let manifest = web(replicas: 1, cpu: "1000")
                let (report, status) = try await simulate(shell, manifest)
                #expect(status == 1)
                let waiting = try #require(report.array("waiting").first)
                #expect(waiting.string("shortfall")?.hasPrefix("cpu ") == true)

                try await shell.run("purser apply -f -", input: manifest).check()
                let message =
                    "kubectl get pods -o jsonpath='{.items[*].status.conditions[?(@.type==\"PodScheduled\")].message}'"
                let said = try await shell.until("the scheduler has spoken", message) { !$0.isEmpty }
                #expect(said == waiting.string("message"))

                // As it was before, and with a node that is large enough.
                let then = try await shell("kubectl get deployment web -o jsonpath='{.metadata.resourceVersion}'")
                let nodes = """
                    printf 'apiVersion: v1\\nkind: Node\\nmetadata: {name: big}\\nstatus: {allocatable: {cpu: "2000", \
                    memory: 64Gi}}\\n' > $PURSER_DATA/big.yaml
                    purser what-if --nodes $PURSER_DATA/big.yaml --at \(then)
                    """
                let text = try await shell(nodes)
                #expect(text.contains("everything runs"))
                #expect(text.contains("big: 0 -> 1"))
                let refused = try await shell.refused("purser what-if -f $PURSER_DATA/nothing.yaml")
                #expect(refused.text.contains("there is no file"))
                #expect(refused.status == 2)
            }
        }
    }
}

extension Outcome {
    fileprivate func check() throws {
        guard status == 0 else { throw Failure("\(self)") }
    }
}
