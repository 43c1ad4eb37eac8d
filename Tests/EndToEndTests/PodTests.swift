import KubeModel
import Testing

extension EndToEnd {
    @Suite("pods") struct Pods {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        /// A pod of one busybox container.
        static func busybox(_ name: String, _ container: String, _ more: String = "") -> String {
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), labels: {app: \(name)}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                image: busybox:1.36
                \(container)
              \(more)
            """
        }

        @Test("an image that does not exist is a pull error with its reason, then a back-off") func missingImage()
            async throws
        {
            try await cluster.inNamespace("image") { shell in
                try await shell("kubectl run none --image=nowhere:9")
                let waiting = "kubectl get pod none -o jsonpath='{.status.containerStatuses[0].state.waiting}'"
                try await shell.until("the pull is backed off", waiting) { $0.contains("ImagePullBackOff") }
                let failed = try await shell(
                    "kubectl get events -o json | jq -r '.items[] | .reason + \" \" + .message'")
                #expect(failed.contains("ErrImagePull"), "\(failed)")
                #expect(failed.contains("nowhere:9") && failed.contains("not found"), "\(failed)")
                #expect(try await shell("purser get pod none").contains("ImagePullBackOff"))
            }
        }

        @Test(
            "a failing liveness probe restarts the container, and a failing readiness probe takes it out of the Service"
        )
        func probes() async throws {
            try await cluster.inNamespace("probes") { shell in
                let live = Self.busybox(
                    "live",
                    """
                    command: [sh, -c, "touch /tmp/ok; sleep 600"]
                        livenessProbe: {exec: {command: [cat, /tmp/ok]}, periodSeconds: 1, failureThreshold: 1}
                        readinessProbe: {exec: {command: [cat, /tmp/ready]}, periodSeconds: 1, failureThreshold: 1}
                    """)
                try await shell("kubectl apply -f -", input: live)
                try await shell("kubectl expose pod live --port=80")
                try await shell.until("it runs", "kubectl get pod live -o jsonpath='{.status.phase}'") {
                    $0 == "Running"
                }
                let endpoints =
                    "kubectl get endpointslices -l kubernetes.io/service-name=live -o jsonpath='{.items[*].endpoints[*].conditions.ready}'"
                try await shell.until("it is not ready", endpoints) { $0 == "false" }
                try await shell("kubectl exec live -- touch /tmp/ready")
                try await shell.until("it is ready", endpoints) { $0 == "true" }
                try await shell("kubectl exec live -- rm /tmp/ok")
                try await shell.until(
                    "it was restarted", "kubectl get pod live -o jsonpath='{.status.containerStatuses[0].restartCount}'"
                ) { $0 == "1" }
                try await shell.until("it is not ready again", endpoints) { $0 == "false" }
            }
        }

        @Test("configuration, secrets and scratch space reach the container") func volumes() async throws {
            try await cluster.inNamespace("volumes") { shell in
                try await shell(
                    "kubectl create configmap settings --from-literal=colour=green; kubectl create secret generic key --from-literal=word=xyzzy-42"
                )
                let pod = Self.busybox(
                    "box",
                    """
                    command: [sh, -c, "cat /etc/settings/colour; echo; echo $WORD; echo kept > /scratch/f; cat /scratch/f; sleep 600"]
                        env: [{name: WORD, valueFrom: {secretKeyRef: {name: key, key: word}}}]
                        volumeMounts: [{name: settings, mountPath: /etc/settings}, {name: scratch, mountPath: /scratch}]
                    """, "volumes: [{name: settings, configMap: {name: settings}}, {name: scratch, emptyDir: {}}]")
                try await shell("kubectl apply -f -", input: pod)
                try await shell.until("it wrote", "kubectl logs box") { $0 == "green\nxyzzy-42\nkept" }
            }
        }

        @Test("a container that always fails is restarted ever more slowly") func crashLoop() async throws {
            try await cluster.inNamespace("crash") { shell in
                try await shell("kubectl apply -f -", input: Self.busybox("crash", "command: [sh, -c, \"exit 7\"]"))
                try await shell.until("its restarts are backed off", "kubectl get pod crash --no-headers") {
                    $0.contains("CrashLoopBackOff")
                }
                let last =
                    "kubectl get pod crash -o jsonpath='{.status.containerStatuses[0].lastState.terminated.exitCode}'"
                #expect(try await shell(last) == "7")
            }
        }
    }
}
