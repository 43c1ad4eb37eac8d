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

        @Test("a shredded Secret is gone for ever: from reads, the key table and a backup; the log is still whole")
        func shred() async throws {
            let cluster = try EndToEnd.cluster
            try await cluster.inNamespace("keep-shred") { shell in
                try await shell(
                    """
                    kubectl create secret generic db --from-literal=word=plugh-shred-1
                    kubectl delete secret db
                    kubectl create secret generic db --from-literal=word=plugh-shred-2
                    kubectl create secret generic other --from-literal=word=plugh-other
                    """)
                let position = try await shell("kubectl get secret db -o jsonpath='{.metadata.resourceVersion}'")
                #expect(try await shell("purser shred secret/db --yes").contains("2 keys destroyed"))
                let keys =
                    #"psql -h $PURSER_DATA/run/postgres -U postgres -d purser -Atc "select count(*) from log.keys k, projection.objects o where o.resource = 'secrets' and o.namespace = 'keep-shred' and k.id = 'secret/' || (o.object #>> '{metadata,uid}')""#
                try await caughtUp(shell)
                #expect(try await shell(keys) == "1")
                for _ in 0..<2 {
                    for command in [
                        "kubectl get secret db", "purser get secret db --at \(position)",
                        #"kubectl patch secret db --type=merge -p '{"stringData":{"a":"b"}}'"#,
                        "purser rollback secret/db --to \(position) --yes",
                    ] {
                        let refused = try await shell.refused(command)
                        #expect(
                            refused.text.contains("shredded") || refused.text.contains("its key was destroyed"),
                            "\(refused)")
                    }
                    let listed = try await shell(
                        #"kubectl get secrets -o json | jq -r '.items[] | .metadata.name + " " + (.data.word // "none") + " " + (.metadata.annotations["purser.dev/shredded"] // "")'"#
                    )
                    #expect(listed == "db none true\nother cGx1Z2gtb3RoZXI= ")
                    try await shell(
                        """
                        kill -9 \(try cluster.pid(of: "server"))
                        for i in $(seq 100); do kubectl get secret other && exit; sleep 0.2; done; exit 1
                        """)
                }
                try await shell(
                    "kubectl delete secret db; kubectl create secret generic db --from-literal=word=plugh-new")
                #expect(
                    try await shell("kubectl get secret db -o jsonpath='{.data.word}' | base64 -d") == "plugh-new")
                #expect(try await shell("purser audit verify").contains("as they were recorded"))
                #expect(
                    try await shell(
                        "purser subscribe shredded --from \(position) --reads --filter '*/*/KeysDestroyed' --limit 1; purser subscriptions delete shredded"
                    )
                    .contains("secrets/keep-shred/db"))
            }
        }

        @Test("a person is nowhere in clear but in the key table, and nowhere at all once shredded; the log is whole")
        func person() async throws {
            let cluster = try EndToEnd.cluster
            try await cluster.inNamespace("keep-person") { shell in
                // A certificate of the instance's authority for a person.
                try await shell(
                    """
                    cd $PURSER_DATA
                    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout p.key -subj '/O=system:masters/CN=plugh-person' -out p.csr 2> p.err
                    openssl x509 -req -in p.csr -CA pki/ca.crt -CAkey pki/ca.key -CAcreateserial -days 1 -out p.crt 2>> p.err
                    rm p.err
                    """)
                let person = "kubectl --client-certificate $PURSER_DATA/p.crt --client-key $PURSER_DATA/p.key"
                try await shell("\(person) create configmap by-person --from-literal=a=1")
                try await shell("\(person) get configmap by-person")
                let who = "purser history configmap/by-person -o json | jq -r '.items[0].caller.subject'"
                #expect(try await shell(who) == "plugh-person")
                // Whoever follows the person by name sees what comes, too.
                let followed = try await shell(
                    """
                    purser history -f --user plugh-person -o json > $PURSER_DATA/followed & follower=$!
                    trap 'kill $follower; rm $PURSER_DATA/followed' EXIT
                    seen() { for i in $(seq 150); do grep -q "$1" $PURSER_DATA/followed && return; sleep 0.1; done; }
                    seen configmaps/keep-person/by-person
                    kubectl create configmap by-admin > /dev/null
                    \(person) create configmap by-person-again > /dev/null
                    seen by-person-again
                    jq -r .stream $PURSER_DATA/followed
                    """)
                #expect(
                    followed == "configmaps/keep-person/by-person\nconfigmaps/keep-person/by-person-again")
                let dump =
                    "pg_dump -h $PURSER_DATA/run/postgres -U postgres -d purser --data-only --exclude-table=log.keys"
                let search = #"""
                    \#(dump) | python3 -c '
                    import re, sys
                    text = sys.stdin.read()
                    text += "".join(str(bytes.fromhex(part)) for part in re.findall(r"[\\]x([0-9a-f]+)", text))
                    print(text.count("plugh-person"), text.count("by-person") > 0)'
                    """#
                #expect(try await shell(search) == "0 True")
                #expect(
                    try await shell("purser shred user plugh-person --yes").contains("1 key destroyed"))
                #expect(try await shell(who).hasPrefix("person:"))
                #expect(try await shell(search.replacing("--exclude-table=log.keys", with: "")) == "0 True")
                #expect(try await shell("purser audit verify").contains("as they were recorded"))
                // Who comes back is somebody else, whom a start does not forget again.
                try await shell(
                    """
                    \(person) delete configmap by-person
                    kill -9 \(try cluster.pid(of: "server"))
                    for i in $(seq 100); do kubectl get configmap by-admin && exit; sleep 0.2; done; exit 1
                    """)
                let returned = "purser history configmap/by-person -o json | jq -r '.items[-1].caller.subject'"
                #expect(try await shell(returned) == "plugh-person")
                #expect(try await shell("purser shred user plugh-person --yes").contains("1 key destroyed"))
                let unknown = try await shell.refused("purser shred user plugh-person --yes")
                #expect(unknown.status == 3)
                #expect(try await shell(search.replacing("--exclude-table=log.keys", with: "")) == "0 True")
                #expect(try await shell("grep -rlF plugh-person $PURSER_DATA/logs $PURSER_DATA/server || true") == "")
            }
        }

        @Test("a backup is restored to the same hash at any position, without keys it opens no Secret")
        func backup() async throws {
            try await EndToEnd.cluster.inNamespace("keep-backup") { shell in
                try await shell(
                    "kubectl create secret generic s --from-literal=word=plugh-backup; kubectl create configmap c --from-literal=a=1"
                )
                let position = try await shell("kubectl get configmap c -o jsonpath='{.metadata.resourceVersion}'")
                try await shell(
                    "kubectl delete configmap c; sleep 6; purser subscribe keep-copy --from 0 --filter 'keep-backup/configmaps/*' --limit 2"
                )
                let database = { (name: String) in "'host='$PURSER_DATA'/run/postgres user=postgres dbname=\(name)'" }
                let hash = try await shell("purser replay --until \(position) | sed 's/.*: //'")
                for (name, option) in [("keep_one", ""), ("keep_two", "--without-keys")] {
                    try await shell(
                        """
                        createdb -h $PURSER_DATA/run/postgres -U postgres \(name)
                        purser backup --to $PURSER_DATA/backup-\(name) \(option)
                        """)
                    let restored = try await shell(
                        "purser restore --from $PURSER_DATA/backup-\(name) --at \(position) --database \(database(name))"
                    )
                    #expect(restored.hasSuffix(hash) && hash.count == 64, "\(restored)")
                    let sql = "psql -h $PURSER_DATA/run/postgres -U postgres -d"
                    #expect(try await shell("\(sql) \(name) -Atc 'select position from log.head'") == position)
                    let keys = try await shell("\(sql) \(name) -Atc 'select count(*) from log.keys'")
                    #expect((keys == "0") == !option.isEmpty)
                    let followers = try await shell(
                        "\(sql) \(name) -Atc \"select name, filter, position from log.subscriptions where name = 'keep-copy'\""
                    )
                    #expect(followers == #"keep-copy|{"namespace":"keep-backup","resource":"configmaps"}|\#(position)"#)
                    let again = try await shell.refused(
                        "purser restore --from $PURSER_DATA/backup-\(name) --database \(database(name))")
                    #expect(again.text.contains("empty"))
                }
                let files = try await shell(
                    "cd $PURSER_DATA/backup-keep_two; ls; stat -c %a ../backup-keep_one/*.key ../backup-keep_one/keys.json ../backup-keep_one/*.skey"
                )
                #expect(files == "backup.json\nevents\nlog.vkey\ntree-heads\n600\n600\n600")
                let found = try await shell.run(
                    "zcat $PURSER_DATA/backup-keep_*/events/* | grep -c -e plugh-backup -e $(echo -n plugh-backup | base64)"
                )
                #expect(found.output == "0\n")
                try await shell(
                    "gzip -dc $PURSER_DATA/backup-keep_one/events/*1.jsonl.gz | sed '40s/\"/ \"/' | gzip > $PURSER_DATA/x.gz; mv $PURSER_DATA/x.gz $PURSER_DATA/backup-keep_one/events/0000000000000000001.jsonl.gz"
                )
                try await shell("createdb -h $PURSER_DATA/run/postgres -U postgres keep_three")
                _ = try await shell.refused(
                    "purser restore --from $PURSER_DATA/backup-keep_one --database \(database("keep_three"))")
            }
        }
    }
}
