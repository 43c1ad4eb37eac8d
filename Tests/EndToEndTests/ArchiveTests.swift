import Foundation
import Testing

extension EndToEnd {
    /// Old parts of the log in files; the suite's cluster has small segments.
    @Suite("the archive") struct Archive {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }
        static let segmentEvents = 128

        /// Everything that is asked of the record up to a position, with the answers' parts that depend on the hour left
        /// out.
        private func answers(_ shell: Shell, first: String, through position: Int) async throws -> [String: String] {
            var answers: [String: String] = [:]
            for question in [
                "purser history configmap/c --until \(position) -o json",
                "purser history -n archive --until \(position) --reads --limit 500 -o audit",
                "purser audit search configmap/c --to \(position) -o json", "purser why configmap/c -o json",
                "purser get configmap c --at \(first) -o json", "purser get configmaps --at \(position) -o name",
                "purser diff configmap/c --from \(first) --to \(position) || [ $? = 1 ]",
                "purser bill report --from 2020-01-01T00:00:00Z --to $SEALED -o json",
                "purser replay --until \(position) | sed 's/ in .* ms//'",
                "cd $DIR && rm -rf e && purser audit export --until \(position) --to e && find e -type f | sort | xargs sha256sum",
                "kubectl get --raw '/apis/purser.dev/v1alpha1/log/tile/entries/000.p/64' | sha256sum",
            ] {
                answers[question] = try await shell(question)
            }
            return answers
        }

        /// Fills the segment that a position lies in and waits for its seal.
        /// - Returns: the segment's last position.
        private func seal(_ position: String, _ shell: Shell) async throws -> Int {
            let size = Self.segmentEvents
            let last = (try #require(Int(position)) + size - 1) / size * size
            try await shell(
                """
                for i in $(seq \(size)); do
                    printf -- '---\\napiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: fill-%d, namespace: archive}\\n' $i
                done | kubectl create -f - > /dev/null
                """)
            try await shell.until("it is sealed", "purser archive list | tr -s ' '") { $0.contains("-\(last) sealed") }
            return last
        }

        @Test("what is archived answers every command as before, is verified, backed up and shredded")
        func archive() async throws {
            try await cluster.inNamespace("archive") { shell in
                var shell = shell
                shell.environment["DIR"] = "\(cluster.directory)-archive"
                try await shell(
                    """
                    mkdir $DIR
                    kubectl create configmap c --from-literal=a=1
                    kubectl create secret generic s --from-literal=word=plugh-archived
                    """)
                let first = try await shell("kubectl get configmap c -o jsonpath='{.metadata.resourceVersion}'")
                try await shell(#"kubectl patch configmap c --type=merge -p '{"data":{"a":"2"}}'"#)
                let position = try await shell("kubectl get configmap c -o jsonpath='{.metadata.resourceVersion}'")
                let last = try await seal(position, shell)
                shell.environment["SEALED"] = try await shell("date -u +%FT%TZ")
                let before = try await answers(shell, first: first, through: last)
                let planned = try await shell("purser archive --before \(last + 1) --dry-run")
                #expect(planned.lines.last == "\(last - Self.segmentEvents + 1)-\(last) would be archived")

                // Ended at any moment, it goes on when it is run again.
                for delay in ["0.05", "0.1", "0.15", "0.2", "0.3"] {
                    _ = try await shell.run("timeout -s KILL \(delay) purser archive --before \(last + 1)")
                }
                try await shell("purser archive --before \(last + 1)")
                let list = try await shell("purser archive list | tr -s ' '")
                #expect(list.contains("-\(last) archived 000000000000") && !list.contains("missing"))
                #expect(try await shell("ls -A $PURSER_DATA/archive | grep -v '^0.*gz$' || true") == "")
                try await shell(
                    """
                    kill -9 \(try cluster.pid(of: "server"))
                    for i in $(seq 100); do kubectl get --raw /readyz && exit; sleep 0.2; done; exit 1
                    """)
                let after = try await answers(shell, first: first, through: last)
                for (question, answer) in before { #expect(after[question] == answer, "\(question)") }
                let proof = "$DIR/event.tlog-proof"
                try await shell("purser audit prove \(first) -o \(proof)")
                let proven = try await shell(
                    "env -u KUBECONFIG purser audit verify --offline \(proof) --key $PURSER_DATA/server/log.vkey")
                #expect(proven.contains("position \(first) is in the log"))
                #expect(proven.contains("ConfigMapCreated of configmaps/archive/c by person:"))
                #expect(try await shell("purser audit verify").contains("as they were recorded"))
                #expect(try await shell("purser replay").contains("the running server has the same state"))

                let empty = "'host='$PURSER_DATA'/run/postgres user=postgres dbname=unarchived'"
                let hash = try #require(before["purser replay --until \(last) | sed 's/ in .* ms//'"]?.suffix(64))
                let restored = try await shell(
                    """
                    createdb -h $PURSER_DATA/run/postgres -U postgres unarchived
                    purser backup --to $DIR/backup
                    purser restore --from $DIR/backup --at \(last) --database \(empty)
                    """)
                #expect(restored.hasSuffix(hash))

                try await shell("purser shred secret/s --yes")
                let found = try await shell.run(
                    "zcat $PURSER_DATA/archive/* | grep -c -e plugh-archived -e $(echo -n plugh-archived | base64)")
                #expect(found.output == "0\n")
                let gone = try await shell.refused("purser get secret s --at \(last)")
                #expect(gone.text.contains("shredded"))
                #expect(try await shell("purser audit verify").contains("as they were recorded"))
                try await damage(shell, last)
            }
            try await cluster.shell()(#"rm -rf "$PURSER_DATA-archive""#)
        }

        /// Every kind of damage to the last file is found, at the event that it begins with.
        private func damage(_ shell: Shell, _ last: Int) async throws {
            var shell = shell
            let first = last - Self.segmentEvents + 1
            shell.environment["FILE"] = try await shell(
                #"f=$(printf '%s/archive/%019d.jsonl.gz' $PURSER_DATA \#(first)); cp -p $f $DIR/kept; echo $f"#)
            for (damage, told) in [
                ("printf X | dd of=$FILE bs=1 seek=400 conv=notrunc", "position \(first)"),
                ("truncate -s -9 $FILE", "position \(first)"), ("rm $FILE", "position \(first)"),
                ("rm $FILE", "--archive DIRECTORY"),
                // The time in gzip's header: all events stay what they are.
                (
                    "printf X | dd of=$FILE bs=1 seek=4 conv=notrunc",
                    "of the segment \(first) to \(last) is not the one that was archived: its SHA-256 is"
                ),
            ] {
                try await shell(damage)
                let refused = try await shell.refused("purser audit verify")
                #expect(refused.text.contains(told), "\(damage): \(refused)")
                try await shell("cp -p $DIR/kept $FILE")
            }
            #expect(try await shell("purser audit verify").contains("as they were recorded"))
        }
    }
}
