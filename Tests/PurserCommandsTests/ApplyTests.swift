import KubeClient
import KubeMachinery
import KubeModel
import Testing

@testable import PurserCommands

@Suite struct ApplyTests {
    private func deployment(image: String, _ edit: (inout JSON) -> Void = { _ in }) -> JSON {
        var json: JSON = [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web"],
            "spec": ["template": ["spec": ["containers": [["name": "a", "image": .string(image)]]]]],
        ]
        edit(&json)
        return json
    }

    @Test("an object that is as applied needs no request")
    func unchanged() {
        let manifest = deployment(image: "nginx:1")
        var live = DeclarativeApply.annotated(manifest)
        live["status"] = ["replicas": 1]
        live[["metadata", "uid"]] = "u"
        live[["spec", "replicas"]] = 5
        #expect(DeclarativeApply.step(manifest: manifest, live: live) == .unchanged)
    }

    @Test("a definition is of the kind that its group and names say, in whatever version")
    func definitions() {
        let definition = Manifest(
            object: [
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "spec": ["group": "example.com", "names": ["kind": "Widget", "plural": "widgets"]],
            ], origin: "a.yaml")
        func isDefined(_ kind: String, _ apiVersion: String) -> Bool {
            ApplyCommand.defines(definition, GroupVersionKind(apiVersion: apiVersion, kind: kind))
        }
        #expect(isDefined("Widget", "example.com/v1") && isDefined("Widget", "example.com/v2"))
        #expect(!isDefined("Widget", "v1") && !isDefined("Gadget", "example.com/v1"))
    }

    @Test("only what the manifest changes is sent, and containers merge by name")
    func change() throws {
        let live = DeclarativeApply.annotated(deployment(image: "nginx:1"))
        guard
            case .patch(let patch, let kind) = DeclarativeApply.step(manifest: deployment(image: "nginx:2"), live: live)
        else {
            Issue.record("a patch was expected")
            return
        }
        #expect(kind == .strategicMerge)
        #expect(patch[["spec", "template", "spec", "containers"]] == [["name": "a", "image": "nginx:2"]])
        #expect(patch.string("metadata", "annotations", DeclarativeApply.annotation)?.contains("nginx:2") == true)
        #expect(patch["spec"]?.objectValue?.names == ["template"])
    }

    @Test("what was applied and is left out now is removed; what others set stays")
    func removal() {
        let before = deployment(image: "i") { $0[["spec", "paused"]] = true }
        var live = DeclarativeApply.annotated(before)
        live[["spec", "replicas"]] = 3
        guard case .patch(let patch, _) = DeclarativeApply.step(manifest: deployment(image: "i"), live: live) else {
            Issue.record("a patch was expected")
            return
        }
        #expect(patch["spec"] == ["paused": .null])
    }

    @Test("a Secret is never copied into an annotation")
    func secrets() {
        let secret: JSON = ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "data": ["k": "djI="]]
        #expect(DeclarativeApply.annotated(secret) == secret)
        let live: JSON = [
            "apiVersion": "v1", "kind": "Secret",
            "metadata": ["name": "s", "resourceVersion": "4", "labels": ["x": "y"]],
            "data": ["k": "djE=", "old": "b2xk"], "type": "Opaque",
        ]
        var expected = live
        expected["data"] = ["k": "djI="]
        #expect(DeclarativeApply.step(manifest: secret, live: live) == .replace(expected))
        #expect(DeclarativeApply.step(manifest: secret, live: expected) == .unchanged)
    }

    @Test("kinds without a schema are patched by merge")
    func unknownKinds() {
        let manifest: JSON = [
            "apiVersion": "example.com/v1", "kind": "Thing", "metadata": ["name": "t"], "spec": ["a": 1],
        ]
        var live = DeclarativeApply.annotated(manifest)
        live[["spec", "a"]] = 2
        #expect(DeclarativeApply.step(manifest: manifest, live: live) == .patch(["spec": ["a": 1]], .merge))
    }

    @Test("Lists are taken apart, and what lacks a kind is refused with its file")
    func manifests() throws {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n- {apiVersion: v1, kind: Node}\n"
        let manifests = try Manifests.parse(Array(text.utf8), origin: "f.yaml")
        #expect(manifests.map { $0.object.string("kind") } == ["Pod", "Node"])
        let fault = #expect(throws: CommandError.self) {
            try Manifests.parse(Array("kind: Pod".utf8), origin: "f.yaml")
        }
        #expect(fault?.message.hasPrefix("f.yaml: ") == true)
    }
}
