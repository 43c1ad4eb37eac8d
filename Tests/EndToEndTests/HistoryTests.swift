import KubeModel
import Testing

extension EndToEnd {
    /// Seeing the past: history, reads as of a moment, differences, timelines.
    @Suite("the past") struct Past {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        @Test("history is had of an object, a namespace, a kind, a user and a node, filtered, as audit, and live")
        func history() async throws {
            try await cluster.inNamespace("past-history") { shell in
                try await shell("kubectl create configmap c --from-literal=a=1")
                let first = try await shell("kubectl get configmap c -o jsonpath='{.metadata.resourceVersion}'")
                try await shell(
                    #"kubectl patch configmap c --type=merge -p '{"data":{"a":"2"}}' --as ann --as-group system:masters"#
                )
                let pod = "web"
                try await shell("kubectl run web --image=busybox:1.36 -- sleep 600")
                try await shell("kubectl wait pod/\(pod) --for=condition=Ready --timeout=60s")
                func types(_ arguments: String) async throws -> [Substring] {
                    try await shell("purser history \(arguments) -o json | jq -r '.items[].type'").lines
                }
                #expect(try await types("configmap/c") == ["ConfigMapCreated", "ConfigMapUpdated"])
                #expect(try await types("--user ann -n past-history") == ["ConfigMapUpdated"])
                #expect(try await types("configmaps --verb patch") == ["ConfigMapUpdated"])
                #expect(
                    try await types("-n past-history --type PodBound,ConfigMapCreated") == [
                        "ConfigMapCreated", "PodBound",
                    ])
                #expect(try await types("pods").contains("PodStatusChanged"))
                let node = try await shell("kubectl get pod \(pod) -o jsonpath='{.spec.nodeName}'")
                #expect(
                    Set(try await types("node/\(node) --after \(first)")).isSuperset(of: [
                        "PodBound", "PodStatusChanged",
                    ]))
                #expect(try await types("-A --limit 3").count == 3)
                #expect(try await types("configmap/c --reads").contains("CallServed"))
                #expect(try await types("configmap/c --until \(first)") == ["ConfigMapCreated"])

                let plain = try await shell("purser history configmap/c")
                #expect(plain.contains("~ data.a: 1 -> 2") && !plain.contains("\u{1B}["))
                #expect(try await shell("purser history configmap/c --color always").contains("\u{1B}[31m1\u{1B}[0m"))
                let audit = try await shell(
                    "purser history configmap/c -o audit | jq -r '[.apiVersion,.verb,.user.username,.objectRef.name]|join(\" \")'"
                )
                #expect(audit.lines.last == "audit.k8s.io/v1 patch ann c")

                let followed = try await shell(
                    #"""
                    purser history configmap/c -f -o json --after \#(first) > $PURSER_DATA/followed & follower=$!
                    trap 'kill $follower' EXIT
                    kubectl label configmap c seen=yes >&2
                    for i in $(seq 200); do [ $(wc -l < $PURSER_DATA/followed) -ge 2 ] && break; sleep 0.1; done
                    jq -r '.changes[0].path' $PURSER_DATA/followed
                    """#)
                #expect(followed.lines == ["data.a", "metadata.labels"])
            }
        }

        @Test("every read shows the past with --at, and two moments are compared") func moments() async throws {
            try await cluster.inNamespace("past-moments") { shell in
                try await shell(
                    "for n in 1 2 3; do kubectl create configmap c$n --from-literal=a=old; kubectl label configmap c$n n=$n; done"
                )
                let then = try await shell("kubectl get configmap c3 -o jsonpath='{.metadata.resourceVersion}'")
                #expect(try await shell.run("purser diff -n past-moments --from \(then)").status == 0)
                try await shell(
                    #"""
                    kubectl patch configmap c1 --type=merge -p '{"data":{"a":"new"}}'
                    kubectl delete configmap c2
                    kubectl create configmap c4 --from-literal=a=new
                    """#)
                #expect(try await shell("purser get configmaps -o name --at \(then) -l n").lines.count == 3)
                #expect(
                    try await shell("purser get configmaps -o name -l 'n in (2,3)' --at \(then) --limit 1").lines == [
                        "configmap/c2"
                    ])
                #expect(try await shell("purser get configmap c2 -o json --at \(then) | jq -r .data.a") == "old")
                #expect(try await shell("purser describe configmap/c1 --at \(then)").contains("a: old"))
                let ago = try await shell.run("purser get configmaps --at '2h ago'")
                #expect(ago.status == 0 && ago.output.isEmpty)
                try await shell(
                    "purser top pods -A --at \(then); purser top nodes --at 1s; purser bill report --at \(then)")

                let one = try await shell.refused("purser diff configmap/c1 --from \(then)")
                #expect(one.status == 1 && one.output.contains("~ data.a: old -> new"))
                let all = try await shell.refused("purser diff -n past-moments --from \(then) -o json")
                #expect(all.status == 1)
                let items = try JSON(parsing: all.output).array("items").map {
                    "\($0.string("action") ?? "") \($0.string("object") ?? "")"
                }
                #expect(
                    items == [
                        "changed configmaps/past-moments/c1", "deleted configmaps/past-moments/c2",
                        "created configmaps/past-moments/c4",
                    ])
                #expect(
                    try await shell.refused("purser diff --cluster --from \(then)").output.contains("past-moments/c4"))
                #expect(try await shell.refused("purser diff configmap/none --from \(then)").status > 1)
            }
        }

        @Test("a timeline shows people, placements, restarts and refusals side by side") func timeline() async throws {
            try await cluster.inNamespace("past-timeline") { shell in
                try await shell("kubectl run crash --image=busybox:1.36 -- sh -c 'exit 3'")
                try await shell.until(
                    "it restarted", "kubectl get pod crash -o jsonpath='{.status.containerStatuses[0].restartCount}'"
                ) {
                    Int($0) ?? 0 > 0
                }
                _ = try await shell.refused("kubectl get pods --as mallory")
                let text = try await shell.until(
                    "all is told", "COLUMNS=90 purser timeline -n past-timeline --from 10m"
                ) {
                    $0.contains("may not list")
                }
                for word in [
                    "kubernetes-admin created pods/crash", "pods/crash to ", "pods/crash/crash restarted (1)",
                    "mallory may not list",
                ] {
                    #expect(text.contains(word), "\(text)")
                }
                #expect(text.lines.allSatisfy { $0.count <= 90 }, "\(text)")
                let lanes = try await shell(
                    "purser timeline -n past-timeline -o json | jq -r '[.items[].lane]|unique|join(\" \")'")
                #expect(lanes.contains("people") && lanes.contains("refusals") && lanes.contains("restarts"))
            }
        }

        @Test("a timeline tells all of its time, however many pages that are, and does not run backwards")
        func longTimeline() async throws {
            try await cluster.inNamespace("past-long") { shell in
                try await shell(
                    #"""
                    set -e
                    jq -nc 'range(1100) | {apiVersion: "v1", kind: "ConfigMap", metadata: {name: "c\(.)"}}' |
                        kubectl create -f - > /dev/null
                    """#)
                let told = try await shell(
                    #"""
                    purser timeline -n past-long --from 10m -o json |
                        jq '[.items[] | select(.text | test("created configmaps/c[0-9]"))] | length'
                    """#)
                #expect(told == "1100")
                #expect(
                    try await shell.refused("purser timeline -n past-long --from 1h --to 2h").error.contains(
                        "runs backwards"))
                #expect(try await shell.refused("purser timeline --from 9 --to 5").error.contains("before it begins"))
            }
        }
    }
}
