import KubeModel
import Testing

extension EndToEnd {
    /// Any moment of the cluster beside the cluster itself.
    @Suite("sandboxes of the past") struct Replaying {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        /// A namespace whose objects are changed and deleted behind the position that is returned.
        private func past(_ shell: Shell) async throws -> String {
            try await shell(
                """
                kubectl create configmap settings --from-literal=colour=blue
                kubectl create configmap gone --from-literal=a=1
                kubectl create secret generic key --from-literal=password=plugh-replay
                kubectl create deployment web --image=nginx:1.14.2 --replicas=1
                kubectl rollout status deployment/web --timeout=60s
                """, seconds: 90)
            let position = try await shell("kubectl get --raw /apis/purser.dev/v1alpha1/statehash | jq .position")
            try await shell(
                """
                kubectl patch configmap settings --type=merge -p '{"data":{"colour":"red"}}'
                kubectl delete configmap gone
                kubectl create configmap late
                """)
            return position
        }

        private func hash(_ shell: Shell, _ position: String) async throws -> String {
            try await shell("purser replay --until \(position) | sed 's/.*: //'")
        }

        @Test("as files: what was there then, nothing that came later, and each can be applied")
        func files() async throws {
            try await cluster.inNamespace("replay-files") { shell in
                let position = try await past(shell)
                let directory = "$PURSER_DATA/then"
                try await shell("purser replay --until \(position) --into \(directory)")
                let files = try await shell("cd \(directory)/replay-files && ls configmaps secrets deployments.apps")
                #expect(
                    files
                        == "configmaps:\ngone.yaml\nsettings.yaml\n\ndeployments.apps:\nweb.yaml\n\nsecrets:\nkey.yaml")
                #expect(
                    try await shell("find \(directory) -type f ! -perm 600 -o -type d ! -perm 700") == "")
                let index = try JSON(parsing: try await shell("cat \(directory)/_index"))
                #expect(index.int("position").map(String.init) == position)
                #expect(index.string("sha256") == (try await hash(shell, position)))
                let count = try await shell("find \(directory) -name '*.yaml' | wc -l")
                #expect(try await shell("jq '[.objects[]] | add' \(directory)/_index") == count)
                let file = "\(directory)/replay-files/deployments.apps/web.yaml"
                #expect(
                    try await shell("kubectl create -f \(file) --dry-run=client -o json | jq -S .spec")
                        == (try await shell("purser get deployment web --at \(position) -o json | jq -S .spec")))
                let sealed = try await shell.run("grep -rF $(printf plugh-replay | base64) \(directory)")
                #expect(sealed.output == "")
                try await shell("kubectl apply -f \(directory)/replay-files/configmaps/gone.yaml")
                #expect(try await shell("kubectl get configmap gone -o jsonpath='{.data.a}'") == "1")
                let again = try await shell.refused("purser replay --until \(position) --into \(directory)")
                #expect(again.text.contains("is not empty") && again.status == 4)
                for moment in ["0", "999999999", "2001-01-01T00:00:00Z", "soon"] {
                    _ = try await shell.refused("purser replay --until \(moment) --into $PURSER_DATA/never")
                }
                _ = try await shell.refused("ls $PURSER_DATA/never")
            }
        }

        @Test("as a database: the same events, tree and hash, and SQL views of that moment; keys only where asked for")
        func database() async throws {
            try await cluster.inNamespace("replay-database") { shell in
                let position = try await past(shell)
                let database = { (name: String) in "'host='$PURSER_DATA'/run/postgres user=postgres dbname=\(name)'" }
                let sql = { (name: String, query: String) in
                    "psql -h $PURSER_DATA/run/postgres -U postgres -d \(name) -Atc \"\(query)\""
                }
                let expected = try await hash(shell, position)
                for (name, option) in [("then_one", ""), ("then_two", "--with-keys")] {
                    try await shell("createdb -h $PURSER_DATA/run/postgres -U postgres \(name)")
                    let text = try await shell(
                        "purser replay --until \(position) --database \(database(name)) \(option)")
                    #expect(text.hasSuffix(expected) && expected.count == 64, "\(text)")
                    let keys = try await shell(sql(name, "select count(*) from log.keys"))
                    #expect((keys == "0") == option.isEmpty)
                }
                // The cluster may have archived the bytes of some, so that its leaves are what there is to compare.
                let leaves =
                    "select md5(string_agg(encode(leaf, 'hex'), '' order by position)), count(*) from log.events where position <= \(position)"
                #expect(try await shell(sql("then_one", leaves)) == (try await shell(sql("purser", leaves))))
                let hashed =
                    "select bool_and(leaf = sha256('\\x00'::bytea || envelope) and convert_from(envelope, 'UTF8') like '%' || encode(sha256(payload), 'hex') || '%') from log.events"
                #expect(try await shell(sql("then_one", hashed)) == "t")
                let desired =
                    "select name, object->'data'->>'colour' from purser.desired_state where namespace = 'replay-database' and resource = 'configmaps' order by name"
                #expect(try await shell(sql("then_one", desired)) == "gone|\nsettings|blue")
                #expect(
                    try await shell(sql("then_one", "select count(*) from purser.history"))
                        == position)
                // It is a log of its own, to be replayed, searched and served like any other.
                #expect(
                    try await shell(
                        "purser replay --source \(database("then_one")) --until \(position) | sed 's/.*: //'")
                        == expected)
                let full = try await shell.refused("purser replay --until 1 --database \(database("then_one"))")
                #expect(full.text.contains("holds a log already"))
                let itself = try await shell.refused("purser replay --until 1 --database \(database("purser"))")
                #expect(itself.text.contains("the very one"))
                #expect(try await shell("kubectl get configmap settings -o jsonpath='{.data.colour}'") == "red")
            }
        }

        @Test("served to kubectl: every read works as then, every write is refused, and the cluster notices nothing")
        func served() async throws {
            try await cluster.inNamespace("replay-served") { shell in
                let position = try await past(shell)
                // Only this block ends the sandbox that it starts.
                let inside = { (script: String) in
                    """
                    purser replay --until \(position) --serve > $PURSER_DATA/sandbox.out 2> $PURSER_DATA/sandbox.err & sandbox=$!
                    trap 'kill $sandbox; wait $sandbox' EXIT
                    for i in $(seq 200); do [ -s $PURSER_DATA/sandbox.out ] && break; sleep 0.1; done
                    eval "$(cat $PURSER_DATA/sandbox.out)"
                    \(script)
                    """
                }
                let read = try await shell(
                    inside(
                        """
                        kubectl get configmaps -n replay-served -o jsonpath='{.items[*].metadata.name}'; echo
                        kubectl get configmap settings -n replay-served -o jsonpath='{.data.colour}'; echo
                        kubectl get pods -n replay-served --no-headers | awk '{print $3}'
                        kubectl describe deployment web -n replay-served | grep -c nginx:1.14.2
                        kubectl get secret key -n replay-served -o jsonpath='{.data.password}' | base64 -d | grep -c plugh
                        kubectl get --raw /apis/purser.dev/v1alpha1/statehash | jq -r .sha256
                        purser history configmap/settings -n replay-served -o json | jq '.items | length'
                        purser why deployment/web -n replay-served | grep -c DeploymentCreated
                        kubectl get configmap never-there -n replay-served
                        kubectl get configmap gone -n replay-served -o name
                        """))
                #expect(
                    read.lines.map(String.init) == [
                        "gone settings", "blue", "Running", "1", "0",
                        try await hash(shell, position), "1", "1", "configmap/gone",
                    ])
                #expect(
                    try await shell("purser audit search configmap/never-there -o json | jq '.items | length'") == "0")
                for write in [
                    "kubectl delete configmap settings -n replay-served",
                    "kubectl scale deployment web --replicas=5 -n replay-served",
                    "kubectl create configmap x -n replay-served",
                    "purser scale deployment/web --replicas 3 -n replay-served",
                ] {
                    let refused = try await shell.refused(inside(write))
                    #expect(refused.text.contains("as it was at position \(position)"), "\(refused)")
                }
                #expect(try await shell("kubectl get configmap settings -o jsonpath='{.data.colour}'") == "red")
                #expect(try await shell("kubectl get deployment web -o jsonpath='{.spec.replicas}'") == "1")
            }
        }
    }
}
