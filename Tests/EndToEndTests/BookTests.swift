import KubeModel
import Testing

extension EndToEnd {
    /// History, rollback, bill and proof.
    @Suite("the books") struct Books {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        @Test("an object is seen as it was, its changes are listed, and it is brought back") func history() async throws
        {
            try await cluster.inNamespace("history") { shell in
                try await shell("kubectl create configmap c --from-literal=a=1")
                let first = try await shell("kubectl get configmap c -o jsonpath='{.metadata.resourceVersion}'")
                try await shell(#"kubectl patch configmap c --type=merge -p '{"data":{"a":"2"}}'"#)

                #expect(try await shell("purser get configmap c -o json --at \(first) | jq -r .data.a") == "1")
                let events = try JSON(parsing: try await shell("purser history configmap/c -o json")).array("items")
                #expect(events.map { $0.string("type") } == ["ConfigMapCreated", "ConfigMapUpdated"])
                let change = events.last?.array("changes").first { $0.string("path") == "data.a" }
                #expect(change?.string("old") == "1" && change?.string("new") == "2")
                #expect(events.last?.string("caller", "subject") == "kubernetes-admin")

                let plan = try await shell("purser rollback configmap/c --to \(first) --dry-run")
                #expect(plan.contains("data.a: 2 -> 1"))
                #expect(try await shell("kubectl get configmap c -o jsonpath='{.data.a}'") == "2")
                try await shell("purser rollback configmap/c --to \(first) --yes")
                #expect(try await shell("kubectl get configmap c -o jsonpath='{.data.a}'") == "1")
                let types = try await shell("purser history configmap/c -o json | jq -r '.items[].type'")
                #expect(types.lines.last == "ConfigMapRolledBack")
            }
        }

        @Test("a container of 200 ms is on the bill with its CPU time and what it wrote") func bill() async throws {
            try await cluster.inNamespace("bill") { shell in
                try await shell(
                    #"""
                    kubectl run short --image=busybox:1.36 --restart=Never -- \
                        sh -c 'dd if=/dev/zero of=/tmp/file bs=4096 count=256 oflag=direct; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'
                    """#)
                try await shell.until("it ended", "kubectl get pod short -o jsonpath='{.status.phase}'") {
                    $0 == "Succeeded"
                }
                let report = try await shell.until(
                    "its whole use is on the bill",
                    "purser bill report --by pod -o json | jq '.items[] | select(.namespace == \"bill\")'"
                ) {
                    let line = try? JSON(parsing: $0)
                    return line?.int("ioWriteBytes") ?? 0 >= 256 * 4096
                }
                let line = try JSON(parsing: report)
                let life = try await shell(
                    "kubectl get pod short -o json | jq '.status.containerStatuses[0].state.terminated | (.finishedAt | fromdate) - (.startedAt | fromdate)'"
                )
                // Whole seconds: what lives 200 ms begins and ends in the same or in the next one.
                #expect(Int(life) ?? 9 <= 1)
                #expect(line.string("pod") == "short")
                #expect(line.string("workload") == "Pod/short")
                #expect(Double(line.string("cpuSeconds") ?? "") ?? 0 > 0.01, "\(report)")
                #expect(Double(line.string("cost") ?? "") ?? 0 > 0, "\(report)")
                let workload = try JSON(
                    parsing: try await shell(
                        "purser bill report --by workload -o json | jq '.items[] | select(.namespace == \"bill\")'"))
                #expect(workload.string("workload") == "Pod/short")
                #expect(workload.int("ioWriteBytes") == line.int("ioWriteBytes"))
            }
        }

        @Test("the log is whole, and its replay is the running state") func proof() async throws {
            let shell = cluster.shell()
            #expect(try await shell("purser audit verify").contains("events are as they were recorded"))
            #expect(try await shell("purser replay").contains("the running server has the same state"))
            let status = try await shell("purser status")
            #expect(status.contains("are signed; the signature and the proof of the newest hold"), "\(status)")
            #expect(status.contains("PROJECTION"))
        }
    }
}
