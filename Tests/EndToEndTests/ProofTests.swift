import Foundation
import KubeModel
import Testing

extension EndToEnd {
    /// Exports and proofs that stand without the server, witnesses, and who touched what.
    @Suite("proof") struct Proofs {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        /// Runs the body with a directory of its own, in `$DIR`, and the log's key in `$KEY`.
        private func inDirectory(_ body: (Shell) async throws -> Void) async throws {
            var shell = cluster.shell()
            let directory = NSTemporaryDirectory() + "proof-\(UUID().uuidString)"
            shell.environment["DIR"] = directory
            shell.environment["KEY"] = "\(cluster.directory)/server/log.vkey"
            try await shell(#"mkdir "$DIR""#)
            let result: Result<Void, any Error>
            do { result = .success(try await body(shell)) } catch { result = .failure(error) }
            try await shell(#"rm -r "$DIR""#)
            try result.get()
        }

        @Test("an export verifies without server and database, by Purser and by Go's sumdb; one byte changed is found")
        func export() async throws {
            try await inDirectory { shell in
                try await shell(#"purser audit export --to "$DIR/export""#)
                let verified = try await shell(
                    #"env -u KUBECONFIG purser audit verify --offline "$DIR/export" --key "$KEY""#)
                #expect(verified.contains("events are as they were recorded"))
                let judged = try await shell(
                    #""$REPOSITORY/Tests/Interop/tlogcheck" "$(cat "$KEY")" - "$DIR/export""#, seconds: 120)
                #expect(judged.contains("entries under a tree head"))
                // The same files come over HTTP, to whoever may read them.
                let compared = try await shell(
                    #"""
                    cd "$DIR/export"
                    find tile payload -type f | while read -r file; do
                        kubectl get --raw "/apis/purser.dev/v1alpha1/log/$file" | cmp - "$file" && echo same
                    done
                    """#)
                #expect(Set(compared.lines) == ["same"])
                try await shell(
                    #"printf x | dd of="$(find "$DIR/export/payload" -type f | sort | head -1)" bs=1 seek=4 conv=notrunc"#
                )
                let outcome = try await shell.refused(#"purser audit verify --offline "$DIR/export" --key "$KEY""#)
                #expect(outcome.text.contains("position 1: the payload is not the one whose hash the envelope holds"))
            }
        }

        @Test("an event, a bill and the log's growth are proved with the public key alone") func prove() async throws {
            try await inDirectory { shell in
                try await shell("kubectl create configmap proved --from-literal=a=1")
                let position = try await shell("kubectl get configmap proved -o jsonpath='{.metadata.resourceVersion}'")
                try await shell("kubectl delete configmap proved")
                try await shell(#"purser audit prove \#(position) -o "$DIR/event.tlog-proof""#)
                let event = try await shell(#"purser audit verify --offline "$DIR/event.tlog-proof" --key "$KEY""#)
                #expect(event.contains("position \(position) is in the log"))
                #expect(event.contains("ConfigMapCreated of configmaps/default/proved by person:"))
                try await shell(#"sed -i 's/^index .*/index 3/' "$DIR/event.tlog-proof""#)
                let forged = try await shell.refused(
                    #"purser audit verify --offline "$DIR/event.tlog-proof" --key "$KEY""#)
                #expect(forged.text.contains("proves nothing"))

                let sizes = try await shell(#"ls "$PURSER_DATA/server/tree-heads" | sed 's/.note//' | sort -n"#).lines
                let (old, new) = (try #require(sizes.first), try #require(sizes.last))
                try await shell(#"purser audit prove --from \#(old) --to \#(new) -o "$DIR/growth.proof""#)
                let growth = try await shell(#"purser audit verify --offline "$DIR/growth.proof" --key "$KEY""#)
                #expect(growth.contains("of size \(new) extends that of size \(old)"))

                try await shell(
                    """
                    kubectl run billed --image=busybox:1.36 --restart=Never -- true
                    kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/billed --timeout=60s
                    """)
                try await shell.until("it is on the bill", "purser bill report --by pod -o json") {
                    $0.contains(#""billed""#)
                }
                try await shell(#"purser bill report --by pod --proof "$DIR/bill.proof""#)
                let bill = try await shell(#"purser audit verify --offline "$DIR/bill.proof" --key "$KEY""#)
                #expect(bill.contains("this bill follows from"))
                try await shell(#"sed -i '0,/"cpuSeconds": "0/s//"cpuSeconds": "9/' "$DIR/bill.proof""#)
                let inflated = try await shell.refused(#"purser audit verify --offline "$DIR/bill.proof" --key "$KEY""#)
                #expect(inflated.text.contains("the bill is not the one that follows from the proved events"))
                try await shell("kubectl delete pod billed")
            }
        }

        @Test("a witness cosigns what grows, the server keeps it, and a forked log is refused") func witness()
            async throws
        {
            try await inDirectory { shell in
                try await shell(#"cp -r "$PURSER_DATA-witness" "$DIR/witness""#)
                let witness = #"purser audit witness --state "$DIR/witness" --key "$KEY""#
                #expect(try await shell(witness).contains("cosigned"))
                try await shell("kubectl get --raw /version")
                try await shell.until("the next tree head is cosigned", witness) { $0.contains(": cosigned") }
                let note = try await shell(
                    "kubectl get --raw '/apis/purser.dev/v1alpha1/log/checkpoint?cosigned=true'")
                #expect(note.contains("— witness.test/w1 "))
                // It is kept outside the database too.
                #expect(
                    try await shell(#"grep -l 'witness.test/w1' "$PURSER_DATA"/server/tree-heads/*"#).lines.count > 0)
                try await shell(#"purser audit prove 1 --cosigned -o "$DIR/first.tlog-proof""#)
                let proved = try await shell(
                    #"purser audit verify --offline "$DIR/first.tlog-proof" --key "$KEY" --witness "$DIR/witness/witness.vkey""#
                )
                #expect(proved.contains("cosigned by witness.test/w1 at"))
                // Another witness' cosignature is not taken, and one who remembers another history refuses.
                try await shell(#"purser audit witness --init other.test/w2 --state "$DIR/other""#)
                let stranger = try await shell.refused(#"purser audit witness --state "$DIR/other" --key "$KEY""#)
                #expect(stranger.text.contains("no right cosignature of a known witness"))
            }
        }

        @Test("who touched what is found: reads, refusals, by user, verb and object") func search() async throws {
            try await inDirectory { shell in
                try await shell(
                    """
                    kubectl create secret generic watched --from-literal=a=1
                    kubectl get secret watched
                    kubectl delete secret watched
                    ! kubectl get secret watched-not-there
                    """)
                let verbs = try await shell.until(
                    "the read is in the log",
                    "purser audit search secret/watched -o json | jq -r '.items[].caller.verb'"
                ) { $0.contains("delete") }
                #expect(verbs.lines.contains("create") && verbs.lines.contains("get"))
                let refused = try await shell.until(
                    "the refusal is in the log",
                    "purser audit search secrets --refused --user kubernetes-admin --verb get"
                ) { $0.contains("watched-not-there") }
                #expect(refused.contains("404 NotFound"))
                let audit = try await shell("purser audit search secret/watched --verb get -o audit")
                let event = try JSON(parsing: Array(try #require(audit.lines.first).utf8))
                #expect(event.string("kind") == "Event")
                #expect(event.string("objectRef", "name") == "watched")
                #expect(event.string("user", "username") == "kubernetes-admin")
                let nobody = try await shell(
                    "purser audit search secret/watched --user nobody -o json | jq '.items | length'")
                #expect(nobody == "0")
            }
        }

        @Test("an audit policy with a fault is refused with the fault's place") func policy() async throws {
            try await inDirectory { shell in
                try await shell(
                    #"""
                    printf 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}, {level: Some}]\n' > "$DIR/policy.yaml"
                    """#)
                let outcome = try await shell.refused(
                    #"purser server --config "$PURSER_DATA/config/server.json" --audit-policy "$DIR/policy.yaml""#)
                #expect(outcome.text.contains("rules[1].level must be one of None, Metadata"))
            }
        }
    }
}
