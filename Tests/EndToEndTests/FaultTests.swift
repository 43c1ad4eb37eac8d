import Foundation
import KubeModel
import Testing

extension EndToEnd {
    @Suite("bad days") struct Faults {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        /// The CPU seconds that are on the bill of a namespace.
        private func billed(_ namespace: String, _ shell: Shell) async throws -> Double {
            let text = try await shell(
                "purser bill report --by namespace -o json | jq -r '.items[] | select(.namespace == \"\(namespace)\") | .cpuSeconds'"
            )
            return Double(text) ?? 0
        }

        @Test("while containerd stands still, containers serve and the node says so; then it recovers by itself")
        func containerd() async throws {
            try await cluster.inNamespace("standstill") { shell in
                try await shell(
                    "kubectl create deployment web --image=nginx:1.14.2; kubectl rollout status deployment/web --timeout=60s; kubectl expose deployment web --port=80"
                )
                let address = try await shell("kubectl get service web -o jsonpath='{.spec.clusterIP}'")
                let page = "curl -fsS -m 2 -o /dev/null http://\(address)/"
                try await shell.until("it serves", page)
                let ready = "kubectl get nodes -o jsonpath='{.items[0].status.conditions[?(@.type==\"Ready\")].status}'"
                let pid = try cluster.pid(of: "containerd")
                kill(pid, SIGSTOP)
                defer { kill(pid, SIGCONT) }
                try await shell.until("the node says so", ready, seconds: 60) { $0 != "True" }
                try await shell(page)
                kill(pid, SIGCONT)
                try await shell.until("the node is ready", ready, seconds: 60) { $0 == "True" }
                try await shell(
                    "kubectl scale deployment web --replicas=2; kubectl rollout status deployment/web --timeout=60s")
            }
        }

        @Test("an agent that is killed loses and doubles no usage, and its containers go on") func agent() async throws
        {
            try await cluster.inNamespace("agentkill") { shell in
                try await shell(
                    "kubectl apply -f -",
                    input: Pods.busybox(
                        "busy", "command: [sh, -c, \"i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; sleep 600\"]"))
                try await shell("kubectl wait --for=condition=Ready pod/busy --timeout=30s")
                let started =
                    "kubectl get pod busy -o jsonpath='{.status.containerStatuses[0].state.running.startedAt}{.status.containerStatuses[0].restartCount}'"
                let before = try await shell(started)
                var last = 0.0
                for _ in 0..<2 {
                    let pid = try cluster.pid(of: "agent")
                    kill(pid, SIGKILL)
                    try await shell.until("the supervisor starts it again", "jq .pid $PURSER_DATA/run/agent.pid") {
                        $0 != "\(pid)" && Int32($0) != nil
                    }
                    let now = try await billed("agentkill", shell)
                    #expect(now >= last)
                    last = now
                }
                let uid = try await shell("kubectl get pod busy -o jsonpath='{.metadata.uid}'")
                // All hierarchies that count CPU time name the same figure; version 1 in nanoseconds, version 2 in µs.
                let counter =
                    """
                    directory=$(find /sys/fs/cgroup -type d -path "*purser-$INSTANCE*" -name "*\(uid)*" | while read -r d; do
                        [ -e $d/cpuacct.usage ] || [ -e $d/cpu.stat -a ! -e $d/cpu.shares ] && echo $d && break; done)
                    if [ -e $directory/cpuacct.usage ]; then cat $directory/cpuacct.usage
                    else awk '/usage_usec/ {print $2 * 1000}' $directory/cpu.stat; fi
                    """
                // The container is idle by now or soon: the bill ends at what the kernel counted.
                try await shell.until("the loop has ended", "kubectl exec busy -- sh -c 'ps | grep -c \"sleep 60[0]\"'")
                var counted = 0.0
                try await shell.until("the bill is what the kernel counted", counter, seconds: 40) { text in
                    counted = (Double(text) ?? 0) / 1e9
                    return counted > 0
                }
                try await shell.until(
                    "the bill is what the kernel counted",
                    "purser bill report --by namespace -o json | jq -r '.items[] | select(.namespace == \"agentkill\") | .cpuSeconds'",
                    seconds: 40
                ) { Double($0) ?? 0 >= counted }
                let bill = try await billed("agentkill", shell)
                let after = (Double(try await shell(counter)) ?? 0) / 1e9
                #expect(bill <= after)
                #expect(try await shell(started) == before)
            }
        }
    }

    @Suite("a second instance") struct Lifecycle {
        @Test("down keeps the data, up brings the pods back, and down --purge leaves no trace") func downAndUp()
            async throws
        {
            let programs = try Cluster.Programs()
            let second = Cluster(name: "e2eb-\(getpid())", programs: programs)
            let shell = second.shell()
            do {
                try await second.up()
                try await shell(
                    "kubectl create deployment web --image=nginx:1.14.2; kubectl rollout status deployment/web --timeout=60s"
                )
                try await shell("kubectl expose deployment web --port=80; purser down", seconds: 60)
                #expect(try await shell.refused("purser get pods").status == 5)
                try await shell("purser up", seconds: 60)
                let address = try await shell("kubectl get service web -o jsonpath='{.spec.clusterIP}'")
                try await shell.until(
                    "the pod serves again", "curl -fsS -m 2 -o /dev/null http://\(address)/", seconds: 60)
                #expect(try await shell("purser up", seconds: 60).contains("KUBECONFIG="))
                #expect(try await second.traces().count > 10)
            } catch {
                try await second.purge()
                throw error
            }
            try await second.purge()
            #expect(try await second.traces() == [])
        }
    }
}
