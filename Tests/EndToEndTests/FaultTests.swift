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

        @Test(
            "while containerd stands still or dies, containers serve and the node says so; then it recovers by itself")
        func containerd() async throws {
            try await cluster.inNamespace("standstill") { shell in
                try await shell(
                    "kubectl create deployment web --image=nginx:1.14.2; kubectl rollout status deployment/web --timeout=60s; kubectl expose deployment web --port=80"
                )
                let address = try await shell("kubectl get service web -o jsonpath='{.spec.clusterIP}'")
                let page = "curl -fsS -m 2 -o /dev/null http://\(address)/"
                try await shell.until("it serves", page)
                let ready = "kubectl get nodes -o jsonpath='{.items[0].status.conditions[?(@.type==\"Ready\")].status}'"
                let identity = "kubectl get pods -o jsonpath='{.items[*].status.containerStatuses[*].containerID}'"
                let before = try await shell(identity)
                let halted = try cluster.pid(of: "containerd")
                kill(halted, SIGSTOP)
                defer { kill(halted, SIGCONT) }
                try await shell.until("the node says so", ready, seconds: 8) { $0 == "False" }
                for _ in 0..<10 { try await shell(page) }
                kill(halted, SIGCONT)
                try await shell.until("the node is ready", ready, seconds: 8) { $0 == "True" }

                for _ in 0..<3 {
                    let killed = try cluster.pid(of: "containerd")
                    kill(killed, SIGKILL)
                    try await shell(page)
                    try await shell.until("the supervisor starts it again", "jq .pid $PURSER_DATA/run/containerd.pid") {
                        Int32($0).map { $0 != killed } ?? false
                    }
                }
                #expect(try await shell(identity) == before)
                try await shell(
                    "kubectl scale deployment web --replicas=2; kubectl rollout status deployment/web --timeout=60s")
                try await shell.until("the node is ready", ready) { $0 == "True" }
            }
        }

        @Test("a PostgreSQL is started again although parts of the killed one are still there") func orphans()
            async throws
        {
            let shell = cluster.shell()
            let postmaster = try cluster.pid(of: "postgres")
            let part = try await shell("pgrep -P \(postmaster) -f checkpointer")
            // Halted, it does not notice that the first process is gone, and keeps the memory that both share.
            try await shell("kill -STOP \(part); kill -9 \(postmaster)")
            try await shell.until("writes are taken again", "kubectl create configmap orphans", seconds: 20)
            try await shell("kubectl delete configmap orphans")
            // Whoever inherited it may not have asked for its end yet.
            #expect(try await shell("grep -h ^State: /proc/\(part)/status 2> /dev/null | grep -v Z; true") == "")
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
                let counter = Shell.cpuCounter(ofPod: uid)
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
                let restart = try await shell.run("purser up", seconds: 60)
                #expect(restart.status == 0, "\(restart)")
                let agent = "date -d @$(stat -c %Y $PURSER_DATA/run/agent.pid) +%s"
                let heartbeat =
                    "date -d $(kubectl get nodes -o jsonpath='{.items[0].status.conditions[?(@.type==\"Ready\")].lastHeartbeatTime}') +%s"
                #expect(try await Int(shell(heartbeat)) ?? 0 >= Int(shell(agent)) ?? .max)
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

        @Test("a cluster restored from a backup takes its place, addresses and all, once the first is down")
        func restoredInItsPlace() async throws {
            let programs = try Cluster.Programs()
            let first = Cluster(name: "e2ef-\(getpid())", programs: programs)
            let again = Cluster(name: "e2eg-\(getpid())", programs: programs)
            let (shell, restored) = (first.shell(), again.shell())
            let backup = "\(first.directory)-backup"
            let result: Result<Void, any Error>
            do {
                try await first.up()
                try await shell(
                    """
                    kubectl create deployment web --image=nginx:1.14.2
                    kubectl expose deployment web --port=80
                    kubectl rollout status deployment/web --timeout=60s
                    """)
                let address = try await shell("kubectl get service web -o jsonpath='{.spec.clusterIP}'")
                let page = "curl -fsS -m 2 -o /dev/null http://\(address)/"
                try await shell.until("it serves", page)
                try await shell.until("a tree head is signed, and the backup made", "purser backup --to \(backup)")
                try await restored("purser restore --from \(backup) --name \(again.name)", seconds: 90)

                let early = try await restored.refused("purser up")
                #expect(early.status == 4 && early.error.contains("in use by the instance \(first.name)"), "\(early)")
                try await shell(page)
                let moved = try await restored.refused("purser up --service-cidr 10.1.0.0/16")
                #expect(moved.status == 4 && moved.error.contains("cannot be changed"), "\(moved)")

                try await shell("purser down", seconds: 60)
                let left = try await first.traces()
                #expect(left.filter { !$0.hasPrefix("/sys/fs/cgroup/") } == [first.directory], "\(left)")
                try await again.up()
                try await restored("kubectl rollout status deployment/web --timeout=90s", seconds: 100)
                try await restored.until("it serves at the same address", page)
                result = .success(())
            } catch { result = .failure(error) }
            try await again.purge()
            try await first.purge()
            try await shell("rm -rf \(backup)")
            try result.get()
            #expect(try await first.traces() + again.traces() == [])
        }

        @Test("a purge goes on from whatever it finds, tells what is in its way, and leaves other instances alone")
        func purgeOfRuins() async throws {
            let programs = try Cluster.Programs()
            let ruin = Cluster(name: "e2ec-\(getpid())", programs: programs)
            let shell = ruin.shell()
            do {
                try await ruin.up()
                try await shell(
                    "kubectl create deployment web --image=nginx:1.14.2; kubectl rollout status deployment/web --timeout=60s"
                )
                // The supervisor first, so that nobody starts the others again; shims and containers live on.
                for unit in ["supervisor", "agent", "containerd", "server", "registry", "postgres"] {
                    kill(try ruin.pid(of: unit), SIGKILL)
                }
                try await shell(
                    """
                    rm -r $PURSER_DATA/instance.json $PURSER_DATA/config $PURSER_DATA/run/agent.pid
                    mkdir $PURSER_DATA/run/busy; mount -t tmpfs none $PURSER_DATA/run/busy
                    touch $PURSER_DATA/logs/stuck; chattr +i $PURSER_DATA/logs/stuck
                    """)
                let refusal = try await shell.refused("cd $PURSER_DATA/run/busy && purser down --purge")
                #expect(refusal.status == 1)
                #expect(refusal.error.contains("cannot remove \(ruin.directory)/logs/stuck"), "\(refusal)")
                #expect(try await ruin.traces() == [ruin.directory])
                try await shell("chattr -i $PURSER_DATA/logs/stuck")
            } catch {
                _ = try await shell.run("chattr -i $PURSER_DATA/logs/stuck; purser down --purge", seconds: 120)
                throw error
            }
            try await ruin.purge()
            #expect(try await ruin.traces() == [])
            let again = try await shell.run("purser down --purge")
            #expect(again.status == 0 && again.error.contains("no trace of one"), "\(again)")
            let others = try EndToEnd.cluster.shell()
            #expect(try await others("purser status").contains("Ready"))
            let foreign = try await shell.refused("mkdir $PURSER_DATA; touch $PURSER_DATA/mine; purser down --purge")
            #expect(foreign.status == 2 && foreign.error.contains("it holds mine"), "\(foreign)")
            try await shell("rm -r $PURSER_DATA")
        }

        @Test("what a killed run of tests left is removed before the next one, and nothing else") func deadRun()
            async throws
        {
            let programs = try Cluster.Programs()
            let shell = try EndToEnd.cluster.shell()
            let owner = try await shell("bash -c 'echo $$'")
            let dead = Cluster(name: "e2ed-\(owner)", programs: programs)
            let scratch = "/tmp/purser-test.\(owner).abcdef"
            do {
                try await dead.up()
                for unit in ["supervisor", "agent", "containerd", "server", "registry", "postgres"] {
                    kill(try dead.pid(of: unit), SIGKILL)
                }
                try await shell(
                    """
                    mkdir -p \(scratch)/purser-node-t\(owner)/mount; mount -t tmpfs none \(scratch)/purser-node-t\(owner)/mount
                    for root in /sys/fs/cgroup/cpu /sys/fs/cgroup; do [ ! -e $root/cgroup.procs ] || break; done
                    mkdir -p $root/purser-node-t\(owner)/pod1
                    ip link add pnt\(owner) type bridge; nft add table ip purser-t\(owner)
                    PURSER_TEST_RUN=\(owner)-1 setsid sleep 300 > /dev/null 2>&1 < /dev/null &
                    echo $! > $root/purser-node-t\(owner)/pod1/cgroup.procs; echo $! > \(scratch)/pid
                    """)
                let pid = pid_t(try await shell("cat \(scratch)/pid")) ?? -1
                try await shell("$REPOSITORY/tools/leaks dead")
                let left = try await shell(
                    """
                    ls -d \(scratch) /sys/class/net/pnt\(owner) 2> /dev/null; grep -F \(scratch) /proc/mounts
                    nft list tables | grep -F purser-t\(owner); find /sys/fs/cgroup -name purser-node-t\(owner)
                    grep -h State: /proc/\(pid)/status 2> /dev/null | grep -v Z; true
                    """)
                #expect(left == "")
                try await Cluster.purgeDead(programs)
                #expect(try await dead.traces() == [])
            } catch {
                _ = try await dead.shell().run("$REPOSITORY/tools/leaks dead; purser down --purge", seconds: 120)
                throw error
            }
            #expect(try await shell("purser status").contains("Ready"))
        }
    }
}
