import Testing

extension EndToEnd {
    @Suite("the record is kept") struct Keep {
        /// SQL as the role that others read with.
        private static let reader = "psql -h $PURSER_DATA/run/postgres -U purser_reader -d purser -At -c"

        /// Waits until the read tables hold what the log holds now.
        private func caughtUp(_ shell: Shell) async throws {
            try await shell(
                """
                end=$(kubectl get --raw /apis/purser.dev/v1alpha1/statehash | jq .position)
                for i in $(seq 100); do
                    kubectl get --raw /apis/purser.dev/v1alpha1/projections | jq -e "all(.items[]; .position >= $end)" && exit
                    sleep 0.1
                done; exit 1
                """)
        }

        @Test("SQL readers see desired and actual state, history and usage, and a rebuild changes none of it")
        func sql() async throws {
            try await EndToEnd.cluster.inNamespace("keep-sql") { shell in
                try await shell(
                    "kubectl create configmap plain --from-literal=a=1; kubectl create secret generic s --from-literal=a=plugh-sql"
                )
                try await caughtUp(shell)
                let desired = """
                    \(Self.reader) "select name, object->'data'->>'a' = 'cGx1Z2gtc3Fs' from purser.desired_state
                    where namespace = 'keep-sql' and name in ('plain', 's') order by name"
                    """
                #expect(try await shell(desired) == "plain|f\ns|f")
                #expect(
                    try await shell(
                        #"\#(Self.reader) "select status->>'phase' from purser.actual_state where resource = 'namespaces' and name = 'keep-sql'""#
                    ) == "Active")
                #expect(
                    try await shell(
                        #"\#(Self.reader) "select type from purser.history where namespace = 'keep-sql' and resource = 'configmaps' and name = 'plain'""#
                    ) == "ConfigMapCreated")
                let dump =
                    #"pg_dump -h $PURSER_DATA/run/postgres -U postgres -d purser --data-only -t projection.objects | grep -P 'keep-sql\t(plain|s)\t' | sort | sha256sum"#
                let before = try await shell(dump)
                #expect(try await shell("purser projections rebuild").contains("objects"))
                #expect(try await shell(dump) == before)
                let denied = try await shell.run(#"\#(Self.reader) "select * from log.events" 2>&1"#)
                #expect(denied.status != 0 && denied.output.contains("permission denied"))
            }
        }

        @Test("the bill of the usage table is the bill of the log")
        func bill() async throws {
            try await EndToEnd.cluster.inNamespace("keep-bill") { shell in
                try await shell(
                    "kubectl run worker --image=busybox:1.36 --restart=Never -- sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/worker --timeout=60s; kubectl delete pod worker"
                )
                try await caughtUp(shell)
                let sum = try await shell(
                    #"\#(Self.reader) "select sum(cpu_nanoseconds_used) from purser.usage where namespace = 'keep-bill'""#
                )
                let last = try await shell(
                    #"\#(Self.reader) "select cpu_nanoseconds from purser.usage where namespace = 'keep-bill' and is_final""#
                )
                #expect(sum == last && sum != "")
                let report = "purser bill report -n keep-bill --by pod --to 2100-01-01T00:00:00Z -o json | jq -S .items"
                let before = try await shell(report)
                #expect(before.contains("cpuSeconds"))
                try await shell("purser projections rebuild usage")
                #expect(try await shell(report) == before)
            }
        }

        @Test(
            "a subscription delivers in order what its filter admits, goes on where it was left, and outlives the server"
        )
        func subscription() async throws {
            let cluster = try EndToEnd.cluster
            try await cluster.inNamespace("keep-follow") { shell in
                let subscribe = "timeout 20 purser subscribe keep-e2e --filter 'keep-follow/configmaps/*'"
                try await shell("for i in 1 2 3; do kubectl create configmap c$i; done")
                let first = try await shell("\(subscribe) --from 0 --limit 2 | jq -r '.type + \" \" + .stream'")
                #expect(
                    first == "ConfigMapCreated configmaps/keep-follow/c1\nConfigMapCreated configmaps/keep-follow/c2")
                try await shell(
                    """
                    kill -9 \(try cluster.pid(of: "server"))
                    for i in $(seq 100); do kubectl create configmap c4 && exit; sleep 0.2; done; exit 1
                    """)
                let rest = try await shell("\(subscribe) --limit 2 | jq -r .stream")
                #expect(rest == "configmaps/keep-follow/c3\nconfigmaps/keep-follow/c4")
                #expect(try await shell("purser subscriptions list").contains("keep-e2e"))
                let other = try await shell.run("purser subscribe keep-e2e --filter '*/pods/*'")
                #expect(other.status == 4)
                let key =
                    "$(sed -n 's/.*client-key-data: //p' $KUBECONFIG | base64 -d > $PURSER_DATA/k; echo $PURSER_DATA/k)"
                let certificate =
                    "$(sed -n 's/.*client-certificate-data: //p' $KUBECONFIG | base64 -d > $PURSER_DATA/c; echo $PURSER_DATA/c)"
                let events = try await shell(
                    """
                    position=$(kubectl get configmap c2 -o jsonpath='{.metadata.resourceVersion}')
                    timeout 3 curl -sNk --key \(key) --cert \(certificate) -H 'Accept: text/event-stream' \\
                        -H "Last-Event-ID: $position" \\
                        https://127.0.0.1:$(jq .apiPort $PURSER_DATA/instance.json)/apis/purser.dev/v1alpha1/subscriptions/keep-e2e/events \\
                        | grep -c '^id: '; rm $PURSER_DATA/k $PURSER_DATA/c
                    """)
                #expect(events == "2")
                try await shell("purser subscriptions delete keep-e2e")
                let gone = try await shell.run(
                    "kubectl get --raw /apis/purser.dev/v1alpha1/subscriptions/keep-e2e/events")
                #expect(gone.status != 0)
            }
        }
    }
}
