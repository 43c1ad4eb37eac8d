import Foundation
import KubeClient
import KubeModel
import PropertyTesting
import Testing

extension EndToEnd {
    /// Server, PostgreSQL and agent killed at random moments, while clients write and pods come and go.
    @Suite("killed at random") struct Chaos {
        private static let written: Int64 = 256 * 4096
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        @Test("nothing that was acknowledged is lost or doubled, on the log and on the bill", .timeLimit(.minutes(5)))
        func killedAtRandom() async throws {
            let seed = UInt64.random(in: 0 ... .max)
            print("seed \(seed)")
            try await cluster.inNamespace("chaos") { shell in
                try await shell("kubectl apply -f -", input: Self.busy)
                try await shell("kubectl wait --for=condition=Ready pod/busy --timeout=30s")
                let identity = "kubectl get pod busy -o jsonpath='{.status.containerStatuses[0].containerID}'"
                let before = try await shell(identity)
                let client = try APIClient(Kubeconfig.load("\(cluster.directory)/kubeconfig").connection())
                let ledger = TokenLedger()
                let deadline = ContinuousClock.now + .seconds(20)
                let whole = try await withThrowingTaskGroup(of: Set<String>?.self) { group in
                    for writer in 0..<3 {
                        group.addTask {
                            await Self.write(as: writer, client, until: deadline, ledger)
                            return nil
                        }
                    }
                    group.addTask { try await Self.startPods(shell, until: deadline) }
                    try await kill(until: deadline, seed: seed)
                    return try await group.reduce(into: Set<String>()) { $0.formUnion($1 ?? []) }
                }
                do {
                    try await settle(shell)
                } catch {
                    let logs = "tail -n 15 $PURSER_DATA/logs/{supervisor,postgres,server,agent}.log"
                    throw Failure("seed \(seed): \(error)\n\(try await shell(logs))")
                }
                #expect(try await shell(identity) == before, "seed \(seed)")
                // An agent that is killed while containerd starts a container fails that container's start.
                let succeeded = try await shell(
                    "kubectl get pods --field-selector=status.phase=Succeeded -o jsonpath='{.items[*].metadata.name}'")
                let ended = Set(succeeded.split(separator: " ").map(String.init))
                #expect(ended.isSubset(of: whole), "seed \(seed)")
                #expect(ledger.count(.acknowledged) > 20 && ended.count > 2, "seed \(seed)")
                try await compareCounter(shell, seed: seed)
                let tokens = try await Self.history(client, [("resource", "configmaps"), ("namespace", "chaos")])
                    .compactMap { $0.string("payload", "data", "token") }
                #expect(ledger.contradictions(with: tokens) == [], "seed \(seed)")
                try await shell("kubectl delete pods --all --timeout=60s", seconds: 90)
                try await compareBill(shell, client, ended: ended, seed: seed)
                #expect(try await shell("purser audit verify").contains("events are as they were recorded"))
                #expect(try await shell("purser replay").contains("the running server has the same state"))
            }
        }

        private static let busy = Pods.busybox(
            "busy",
            "command: [sh, -c, \"while :; do i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; sleep 0.05; done\"]")

        /// Kills one or more of the three, again and again.
        private func kill(until deadline: ContinuousClock.Instant, seed: UInt64) async throws {
            var random = SeededRandom(seed: seed)
            while ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(Int.random(in: 200...2500, using: &random)))
                let choice = Int.random(in: 1...7, using: &random)
                for (bit, unit) in ["server", "postgres", "agent"].enumerated() where choice >> bit & 1 == 1 {
                    // One that is not back yet has no record.
                    if let pid = try? cluster.pid(of: unit) { Foundation.kill(pid, SIGKILL) }
                }
            }
        }

        /// Waits until everything runs again and no pod but the busy one does.
        private func settle(_ shell: Shell) async throws {
            try await shell.until(
                "the node is Ready", "purser up | grep -q KUBECONFIG && kubectl get nodes --no-headers", seconds: 90
            ) { $0.contains(" Ready ") }
            let alive =
                ".metadata.name != \"busy\" and (.metadata.deletionTimestamp or .status.phase == \"Pending\" or .status.phase == \"Running\")"
            try await shell.until(
                "the short pods have ended", "kubectl get pods -o json | jq '[.items[] | select(\(alive))] | length'",
                seconds: 90
            ) { $0 == "0" }
        }

        private static func write(
            as writer: Int, _ client: APIClient, until deadline: ContinuousClock.Instant, _ ledger: TokenLedger
        ) async {
            var step = 0
            while ContinuousClock.now < deadline {
                step += 1
                let token = "chaos-\(writer)-\(step)"
                let answer = await ConfigMapWriter(client: client, namespace: "chaos").write(
                    name: "c\(writer)-\(step / 4)", token: token)
                ledger.note(token, answer)
                if answer != .acknowledged { try? await Task.sleep(for: .milliseconds(20)) }
            }
        }

        /// Starts pods that each write a file and end, and deletes every third at once.
        /// - Returns: the names of those that may run to their end.
        private static func startPods(
            _ shell: Shell, until deadline: ContinuousClock.Instant
        ) async throws -> Set<String> {
            var whole: Set<String> = []
            var number = 0
            while ContinuousClock.now < deadline {
                number += 1
                let name = "short-\(number)"
                let pod = Pods.busybox(
                    name, "command: [sh, -c, \"dd if=/dev/zero of=/tmp/file bs=4096 count=256 oflag=direct\"]",
                    "restartPolicy: Never")
                // An answer that was lost with the server may have been a yes.
                try await shell.until(
                    "\(name) is created", "kubectl create -f - <<'POD' || kubectl get pod \(name)\n\(pod)\nPOD",
                    seconds: 60)
                guard number % 3 == 0 else {
                    whole.insert(name)
                    continue
                }
                try await shell.until(
                    "\(name) is deleted", "kubectl delete pod \(name) --wait=false --ignore-not-found", seconds: 60)
            }
            return whole
        }

        private static func history(_ client: APIClient, _ query: [(String, String)]) async throws -> [JSON] {
            var items: [JSON] = []
            var after: Int64? = 0
            while let position = after {
                let page = try await client.raw(
                    "GET", "/apis/purser.dev/v1alpha1/history",
                    query: query + [("after", "\(position)"), ("limit", "1000")]
                ).json()
                items += page.array("items")
                after = page.int("continue")
            }
            return items
        }

        /// The bill of the pod that ran through it all is what the kernel counted.
        private func compareCounter(_ shell: Shell, seed: UInt64) async throws {
            let uid = try await shell("kubectl get pod busy -o jsonpath='{.metadata.uid}'")
            let counter = Shell.cpuCounter(ofPod: uid)
            let bill =
                "purser bill report --by pod -o json | jq -r '.items[] | select(.namespace == \"chaos\" and .pod == \"busy\") | .cpuSeconds'"
            let before = (Double(try await shell(counter)) ?? .infinity) / 1e9
            let billed = try await shell.until("the bill is what the kernel counted", bill, seconds: 40) {
                Double($0) ?? 0 >= before
            }
            let after = (Double(try await shell(counter)) ?? 0) / 1e9
            #expect(before > 0.5 && Double(billed) ?? .infinity <= after, "seed \(seed)")
        }

        private static let counters = ["cpuNanoseconds", "ioWriteBytes", "networkSentBytes", "memoryByteSeconds"]

        /// Of every pod the last reading is the bill, to the nanosecond; readings never go back, and what a pod wrote
        /// is there once.
        private func compareBill(_ shell: Shell, _ client: APIClient, ended: Set<String>, seed: UInt64) async throws {
            let node = try await shell("kubectl get nodes -o jsonpath='{.items[0].metadata.name}'")
            var last: [String: JSON] = [:]
            for event in try await Self.history(client, [("stream", "usage/\(node)"), ("reads", "true")]) {
                for record in event.array("payload", "pods") where record.string("namespace") == "chaos" {
                    let name = record.string("name") ?? ""
                    for counter in Self.counters {
                        #expect(
                            record.int(counter) ?? 0 >= last[name]?.int(counter) ?? 0,
                            "\(name) \(counter), seed \(seed)")
                    }
                    last[name] = record
                }
            }
            let report = try JSON(parsing: try await shell("purser bill report --by pod -o json"))
            let bill = report.array("items").filter { $0.string("namespace") == "chaos" }
            let used = last.filter { $0.value.int("cpuNanoseconds") ?? 0 > 0 }
            #expect(Set(bill.compactMap { $0.string("pod") }).isSuperset(of: used.keys), "seed \(seed)")
            for line in bill {
                let name = line.string("pod") ?? ""
                let record = try #require(last[name])
                #expect(record.bool("final") == true, "\(name), seed \(seed)")
                #expect(line.int("ioWriteBytes") == record.int("ioWriteBytes"), "\(name), seed \(seed)")
                let counted = Double(record.int("cpuNanoseconds") ?? -1) / 1e9
                #expect(abs((Double(line.string("cpuSeconds") ?? "") ?? -1) - counted) < 1e-6, "\(name), seed \(seed)")
            }
            for name in ended {
                #expect(last[name]?.int("ioWriteBytes") ?? 0 >= Self.written, "\(name), seed \(seed)")
            }
        }
    }
}
