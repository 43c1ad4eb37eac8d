import Testing

extension EndToEnd {
    @Suite("secrets") struct Secrets {
        @Test("a Secret's value is neither in PostgreSQL nor in a log, whoever changes it") func sealed() async throws {
            try await EndToEnd.cluster.inNamespace("secrets") { shell in
                let manifest =
                    "kubectl create secret generic key --from-literal=word=$WORD --dry-run=client -o yaml | kubectl apply -f -"
                try await shell("WORD=plugh-before; \(manifest)")
                #expect(try await shell("WORD=plugh-after; \(manifest)") == "secret/key configured")
                #expect(
                    try await shell("kubectl get secret key -o jsonpath='{.data.word}' | base64 -d") == "plugh-after")
                #expect(try await shell("kubectl describe secret key").contains("word:  11 bytes"))
                try await shell("kubectl create configmap open --from-literal=word=plugh-open")
                // The ConfigMap shows that the search finds what is there.
                #expect(try await found("plugh-open", shell) == "in the database")
                for word in ["plugh-before", "plugh-after", "cGx1Z2gtYmVmb3Jl", "cGx1Z2gtYWZ0ZXI="] {
                    #expect(try await found(word, shell) == "", "\(word)")
                }
            }
        }

        /// Where a word is found: in a row of PostgreSQL, or in which files.
        private func found(_ word: String, _ shell: Shell) async throws -> String {
            try await shell(
                #"""
                pg_dump -h $PURSER_DATA/run/postgres -U postgres -d purser --data-only | python3 -c '
                import re, sys
                text = sys.stdin.read()
                columns = "".join(str(bytes.fromhex(part)) for part in re.findall(r"[\\]x([0-9a-f]+)", text))
                if sys.argv[1] in text + columns: print("in the database")' \#(word) || exit
                grep -rlF -- \#(word) $PURSER_DATA/logs $PURSER_DATA/server || true
                """#)
        }
    }
}
