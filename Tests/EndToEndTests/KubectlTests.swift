import KubeModel
import Testing

extension EndToEnd {
    /// The real kubectl's verbs.
    @Suite("kubectl") struct Kubectl {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        @Test("creates, labels, annotates, patches in three ways, replaces, edits and compares an object")
        func objects() async throws {
            try await cluster.inNamespace("objects") { shell in
                try await shell("kubectl create configmap c --from-literal=a=1")
                let first = try await shell("kubectl get configmap c -o jsonpath='{.metadata.resourceVersion}'")
                try await shell(
                    #"""
                    set -e
                    kubectl label configmap c tier=web
                    kubectl annotate configmap c note=here
                    kubectl patch configmap c --type=json -p '[{"op":"add","path":"/data/b","value":"2"}]'
                    kubectl patch configmap c --type=merge -p '{"data":{"c":"3","a":null}}'
                    """#)
                let patched = try JSON(parsing: try await shell("kubectl get configmap c -o json"))
                #expect(patched.stringMap("data") == ["b": "2", "c": "3"])
                #expect(patched.stringMap("metadata", "labels") == ["tier": "web"])
                #expect(patched.stringMap("metadata", "annotations") == ["note": "here"])

                let changed = #"kubectl get configmap c -o yaml | sed 's/b: "2"/b: "9"/'"#
                let difference = try await shell.refused("\(changed) | kubectl diff -f -")
                #expect(difference.status == 1)
                #expect(difference.output.contains(#"-  b: "2""#) && difference.output.contains(#"+  b: "9""#))
                try await shell("\(changed) | kubectl replace -f -")
                try await shell(#"EDITOR="sed -i s/tier:.web/tier:\ db/" kubectl edit configmap c"#)
                let edited = try await shell(
                    "kubectl get configmap -l tier=db -o jsonpath='{.items[0].data.b} {.items[0].metadata.name}'")
                #expect(edited == "9 c")

                let events = try await shell(
                    "kubectl get --raw '/api/v1/namespaces/objects/configmaps?watch=1&resourceVersion=\(first)&timeoutSeconds=1&fieldSelector=metadata.name%3Dc'"
                )
                let types = try events.lines.map { try JSON(parsing: String($0)).string("type") }
                #expect(types == Array(repeating: "MODIFIED", count: 6))
                #expect(try await shell("kubectl delete configmap c").hasPrefix("configmap \"c\" deleted"))
                #expect(try await shell.refused("kubectl get configmap c").error.contains("(NotFound)"))
            }
        }

        @Test("rolls a Deployment out, scales it, takes a change back, and describes it")
        func rollout() async throws {
            try await cluster.inNamespace("rollout") { shell in
                try await shell(
                    "kubectl create deployment web --image=nginx:1.14.2 --replicas=2; kubectl rollout status deployment/web --timeout=60s"
                )
                try await shell(
                    #"kubectl patch deployment web -p '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","image":"nginx:1.16.1"}]}}}}'"#
                )
                try await shell(
                    "kubectl rollout status deployment/web --timeout=60s; kubectl scale deployment web --replicas=3")
                let history = try await shell("kubectl rollout history deployment/web")
                #expect(history.contains("1         <none>\n2         <none>"))
                try await shell(
                    "kubectl rollout undo deployment/web; kubectl rollout status deployment/web --timeout=60s")
                let image =
                    "kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[0].image} {.status.readyReplicas}'"
                #expect(try await shell(image) == "nginx:1.14.2 3")
                try await shell("kubectl wait --for=condition=Available deployment/web --timeout=30s")
                let described = try await shell("kubectl describe deployment web")
                #expect(described.contains("3 desired | 3 updated | 3 total | 3 available | 0 unavailable"))
                #expect(described.contains("Scaled up replica set web-"))

                try await shell("kubectl delete deployment web --timeout=30s")
                try await shell.until("its pods are gone", "kubectl get pods -o name") { $0.isEmpty }
            }
        }

        @Test("shows a container's log, runs a command in it, and hands back the command's status")
        func logsAndExec() async throws {
            try await cluster.inNamespace("exec") { shell in
                try await shell(
                    "kubectl run box --image=busybox:1.36 -- sh -c 'echo started; sleep 600'; kubectl wait --for=condition=Ready pod/box --timeout=30s"
                )
                try await shell.until("the log is there", "kubectl logs box") { $0 == "started" }
                #expect(try await shell("purser logs box") == "started")
                #expect(try await shell("kubectl exec box -- hostname") == "box")
                let failed = try await shell.refused("kubectl exec box -- sh -c 'echo out; echo err >&2; exit 3'")
                #expect(failed.status == 3)
                #expect(failed.output == "out\n")
                #expect(failed.error.hasPrefix("err\n"))
                #expect(try await shell.refused("purser exec box -- sh -c 'exit 4'").status == 4)
                #expect(try await shell("kubectl describe pod box").contains("Container started"))
                try await shell("kubectl delete pod box --grace-period=1 --timeout=30s")
            }
        }

        @Test("passes input, a terminal and a pod's ports through")
        func streams() async throws {
            try await cluster.inNamespace("streams") { shell in
                try await shell(
                    """
                    set -e
                    kubectl run box --image=busybox:1.36 --stdin --attach=false -- cat
                    kubectl run web --image=nginx:1.14.2
                    kubectl wait --for=condition=Ready pod/box pod/web --timeout=30s
                    """)
                let long = String(repeating: "to and fro\n", count: 50_000)
                #expect(try await shell("kubectl exec -i box -- cat", input: long) + "\n" == long)
                #expect(try await shell.refused("kubectl exec -i box -- sh -c 'exit 5'").status == 5)
                let terminal = try await shell("script -qec 'kubectl exec -it box -- tty' /dev/null")
                #expect(terminal.contains("/dev/pts/"))
                let attached = try await shell("(echo through; sleep 2) | timeout 4 kubectl attach -i box || true")
                #expect(attached.contains("through"))
                let page = try await shell(
                    """
                    out=$(mktemp)
                    kubectl port-forward pod/web :80 > $out & forward=$!
                    for i in $(seq 50); do grep -q Forwarding $out && break; sleep 0.1; done
                    curl -sS http://127.0.0.1:$(sed -n 's/.*127.0.0.1:\\([0-9]*\\) .*/\\1/p' $out)/
                    kill $forward; rm $out
                    """)
                #expect(page.contains("served by pod web"))
            }
        }

        @Test("knows the resources, their fields, and who may use them") func discovery() async throws {
            let shell = cluster.shell()
            let resources = try await shell("kubectl api-resources --no-headers -o name")
            for name in [
                "pods", "deployments.apps", "services", "endpointslices.discovery.k8s.io", "leases.coordination.k8s.io",
            ] {
                #expect(resources.lines.contains(Substring(name)), "\(name) in\n\(resources)")
            }
            let explained = try await shell("kubectl explain pod.spec.containers.image")
            #expect(explained.contains("FIELD: image <string>"))
            #expect(try await shell("kubectl auth can-i create pods") == "yes")
            #expect(try await shell("kubectl version -o json | jq -r .serverVersion.minor") == "36")
        }
    }
}
