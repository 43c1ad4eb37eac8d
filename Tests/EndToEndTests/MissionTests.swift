import KubeModel
import Testing

extension EndToEnd {
    /// The manifests that the project was created from, exactly as they stand but for the network of the Service's
    /// address: the default instance's may be in use.
    @Suite("the mission's manifests") struct Mission {
        let shell: Shell
        let address: String
        private var page: String { "http://\(address):8080/" }

        init() throws {
            let cluster = try EndToEnd.cluster
            (shell, address) = (cluster.shell(), try cluster.address("10.96.0.100"))
        }

        /// The names of the pods that answer 60 requests.
        private func answering() async throws -> Set<String> {
            let answers = try await shell(
                "for i in $(seq 60); do curl -fsS -m 5 -o /dev/null -D - \(page) | tr -d '\\r' | sed -n 's/^X-Pod: //p'; done"
            )
            return Set(answers.lines.map(String.init))
        }

        @Test("three nginx containers answer at the Service's address, and a changed apply makes them four")
        func deploymentAndService() async throws {
            let applied = try await shell(
                "sed 's/10.96.0.100/\(address)/' $MISSION/service.yaml | kubectl apply -f $MISSION/deployment.yaml -f -; kubectl rollout status deployment/nginx-deployment --timeout=60s"
            )
            #expect(applied.contains("deployment.apps/nginx-deployment created\nservice/nginx-service created"))
            #expect(applied.contains("successfully rolled out"))
            try await shell.until("the page is served", "curl -fsS -m 5 -o /dev/null \(page)")
            let pods = try await shell(
                "kubectl get pods -l app=nginx --field-selector=status.phase=Running -o jsonpath='{.items[*].metadata.name}'"
            )
            let names = Set(pods.split(separator: " ").map(String.init))
            #expect(names.count == 3)
            let answering = try await answering()
            #expect(answering == names)

            let unchanged = try await shell("kubectl apply -f $MISSION/deployment.yaml")
            #expect(unchanged == "deployment.apps/nginx-deployment unchanged")
            let changed = try await shell(
                "sed 's/replicas: 3/replicas: 4/' $MISSION/deployment.yaml | kubectl apply -f -; purser rollout status deployment/nginx-deployment --timeout 60"
            )
            #expect(changed.hasPrefix("deployment.apps/nginx-deployment configured"))
            let after = try await shell("purser get deployment nginx-deployment -o json")
            #expect(try JSON(parsing: after).int("status", "readyReplicas") == 4)
            try await shell("kubectl apply -f $MISSION/deployment.yaml")
            try await shell.until("the fourth pod is gone", "kubectl get pods -l app=nginx -o name") {
                $0.lines.count == 3
            }
        }

        @Test("a mount without a name is refused with its path; named, it is accepted and what nginx does is shown")
        func pod() async throws {
            let refused = try await shell.refused("kubectl apply -f $E2E/pod.yaml")
            #expect(
                refused.error.trimmingLineEnds
                    == #"The Pod "nginx-5f78746595" is invalid: spec.containers[0].volumeMounts[0].name: Required value"#
            )
            let own = try await shell.refused("purser apply -f $E2E/pod.yaml")
            #expect(own.status == 7)
            #expect(own.error.contains("spec.containers[0].volumeMounts[0].name: Required value"))
            #expect(try await shell.refused("kubectl get pod nginx-5f78746595").error.contains("(NotFound)"))

            try await shell(
                #"sed 's|- mountPath: /var/log/|&\n          name: logs|' $E2E/pod.yaml | kubectl apply -f -"#)
            // The empty volume hides /var/log/nginx, without which nginx does not start.
            try await shell.until("the restarts are backed off", "kubectl get pod nginx-5f78746595 --no-headers") {
                $0.contains("CrashLoopBackOff")
            }
            let log = try await shell("kubectl logs nginx-5f78746595")
            #expect(log.contains(#"open() "/var/log/nginx/error.log" failed (2: No such file or directory)"#))
            try await shell("kubectl delete pod nginx-5f78746595 --timeout=30s")
        }
    }
}
