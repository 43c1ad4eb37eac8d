import KubeModel
import Testing

extension EndToEnd {
    /// CustomResourceDefinitions and their objects, as kubectl uses them.
    @Suite("custom resources") struct CustomResources {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        private static func manifest(_ name: String, size: String) -> String {
            "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: \(name)}\nspec: {size: \(size)}\n"
        }

        /// Runs the body in a namespace of its own in which widgets are served, and takes the definition away after it.
        private func withWidgets(_ namespace: String, _ body: (Shell) async throws -> Void) async throws {
            try await cluster.inNamespace(namespace) { shell in
                try await shell(
                    """
                    set -e
                    kubectl apply -f "$E2E/widgets.yaml"
                    kubectl wait --for condition=established crd/widgets.example.com --timeout=20s
                    """)
                let result: Result<Void, any Error>
                do { result = .success(try await body(shell)) } catch { result = .failure(error) }
                _ = try await shell.run("kubectl delete crd widgets.example.com --ignore-not-found --timeout=30s")
                try result.get()
            }
        }

        @Test("a custom kind is created, printed, explained, patched, scaled, refused and deleted like any other")
        func objects() async throws {
            try await withWidgets("widgets") { shell in
                #expect(try await shell("kubectl get crd widgets.example.com -o name").hasSuffix("widgets.example.com"))
                try await shell("kubectl apply -f -", input: Self.manifest("a", size: "3"))
                let table = try await shell("kubectl get wi")
                #expect(
                    table.lines.map { $0.split(separator: " ").map(String.init) } == [
                        ["NAME", "SIZE", "COLOR"], ["a", "3", "red"],
                    ])
                let explained = try await shell("kubectl explain widgets.spec.size")
                #expect(explained.contains("How large it is, from 1 to 10."))
                #expect(try await shell("kubectl api-resources --api-group=example.com").contains("Widget"))

                try await shell("kubectl apply -f -", input: Self.manifest("a", size: "4"))
                try await shell(#"kubectl patch widget a --type=merge -p '{"spec":{"color":"green"}}'"#)
                try await shell("kubectl scale widget a --replicas=2")
                let spec = try await shell("kubectl get widget a -o jsonpath='{.spec} {.metadata.generation}'")
                #expect(spec == #"{"color":"green","replicas":2,"size":4} 4"#)

                let large = try await shell.refused("kubectl create -f -", input: Self.manifest("b", size: "11"))
                #expect(large.error.contains("spec.size in body should be less than or equal to 10"))
                let text = try await shell.refused("kubectl create -f -", input: Self.manifest("b", size: "big"))
                #expect(text.error.contains("must be of type integer"))
                let unknown = try await shell.refused(
                    "kubectl create -f -", input: Self.manifest("b", size: "1, sise: 2"))
                #expect(unknown.error.contains(#"unknown field "spec.sise""#))

                #expect(try await shell("purser get widgets").contains("green"))
                #expect(try await shell("purser history widget/a").contains("spec.size"))
                try await shell("kubectl delete widget a")
                #expect(try await shell.refused("kubectl get widget a").error.contains("(NotFound)"))
            }
        }

        @Test("a namespace goes back with its custom resources, and a definition takes its objects along")
        func rollback() async throws {
            try await withWidgets("widgets-back") { shell in
                try await shell("kubectl create -f -", input: Self.manifest("kept", size: "3"))
                try await shell("kubectl create -f -", input: Self.manifest("lost", size: "5"))
                let then = try await shell("kubectl get widget lost -o jsonpath='{.metadata.resourceVersion}'")
                try await shell(
                    #"""
                    set -e
                    kubectl patch widget kept --type=merge -p '{"spec":{"size":9}}'
                    kubectl delete widget lost
                    purser rollback --namespace widgets-back --to \#(then) --yes
                    """#)
                #expect(
                    try await shell(
                        "kubectl get widgets -o jsonpath='{range .items[*]}{.metadata.name}={.spec.size} {end}'")
                        == "kept=3 lost=5 ")

                try await shell("kubectl delete crd widgets.example.com --timeout=30s")
                _ = try await shell.refused("kubectl get widgets")
                #expect(try await shell("purser get widgets --at \(then)").contains("lost"))
                // What is gone with its definition is found by its full name.
                #expect(try await shell("purser history widgets.example.com/lost").contains("CustomResourceRolledBack"))
                #expect(try await shell("purser why widgets.example.com/lost").contains("why it was deleted"))
                #expect(
                    try await shell.refused("purser diff widgets.example.com/kept --from \(then)").output.contains(
                        "deleted widgets.example.com/widgets-back/kept"))
                #expect(try await shell("purser audit search widgets.example.com/kept").contains("patch"))
                #expect(try await shell.refused("purser history widget/lost").error.contains("by its full name"))
                #expect(
                    try await shell.refused("purser undelete widgets.example.com/lost --yes").error.contains(
                        "`purser undelete customresourcedefinitions/widgets.example.com`"))
                let plan = try JSON(
                    parsing: try await shell(
                        "purser rollback --namespace widgets-back --to \(then) --dry-run -o json"))
                #expect(
                    plan.array("refused").map { $0.string("object") } == [
                        "widgets.example.com/widgets-back/kept", "widgets.example.com/widgets-back/lost",
                    ])
                #expect(plan.array("refused").first?.string("reason")?.contains("is not there") == true)

                // The plan of the cluster has the definition before its objects; the rest of the cluster is others'.
                let whole = try JSON(
                    parsing: try await shell("purser rollback --cluster --to \(then) --dry-run -o json"))
                let created = whole.array("plan").filter { $0.string("action") == "create" }
                    .compactMap { $0.string("object") }.filter { $0.contains("widgets") }
                #expect(
                    created == [
                        "customresourcedefinitions.apiextensions.k8s.io/widgets.example.com",
                        "widgets.example.com/widgets-back/kept", "widgets.example.com/widgets-back/lost",
                    ])

                try await shell("purser undelete customresourcedefinition/widgets.example.com --yes")
                try await shell("kubectl wait --for condition=established crd/widgets.example.com --timeout=20s")
                try await shell("purser rollback --namespace widgets-back --to \(then) --yes")
                #expect(try await shell("kubectl get widget lost -o jsonpath='{.spec.size}'") == "5")
                try await shell("kubectl delete widget lost && purser undelete widgets.example.com/lost --yes")
                #expect(try await shell("kubectl get widget lost -o jsonpath='{.spec.size}'") == "5")
            }
        }
    }
}
