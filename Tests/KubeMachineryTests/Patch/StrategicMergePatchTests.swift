import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct StrategicMergePatchTests {
    private let deployments = Registry.builtIn.type(.deployments)
    private let pods = Registry.builtIn.type(.pods)

    private func deployment(containers: JSON = [], volumes: JSON = [], metadata: JSON = [:], spec: JSON = [:]) -> JSON {
        var json: JSON = ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec]
        json[["spec", "template"]] = ["spec": ["containers": containers, "volumes": volumes]]
        return json
    }

    private func apply(_ patch: JSON, to target: JSON) throws -> JSON {
        try Patch.apply(.strategicMerge, patch, to: target, type: deployments)
    }

    private func template(_ fields: JSON) -> JSON { ["spec": ["template": ["spec": fields]]] }

    @Test("a changed kubectl apply merges containers, ports, environment and volumes by their keys") func apply() throws
    {
        let live = deployment(
            containers: [
                [
                    "name": "web", "image": "nginx:1", "imagePullPolicy": "IfNotPresent",
                    "ports": [["containerPort": 80, "protocol": "TCP"], ["containerPort": 443, "protocol": "TCP"]],
                    "env": [["name": "A", "value": "1"], ["name": "B", "value": "2"]],
                ],
                ["name": "injected", "image": "sidecar:1"],
            ],
            volumes: [["name": "tmp", "emptyDir": [:]]])
        let patch = template([
            "$setElementOrder/containers": [["name": "log"], ["name": "web"]],
            "$setElementOrder/volumes": [["name": "conf"]],
            "containers": [
                ["name": "log", "image": "log:1"],
                [
                    "name": "web", "image": "nginx:2",
                    "$setElementOrder/env": [["name": "C"], ["name": "A"]],
                    "$setElementOrder/ports": [["containerPort": 8080], ["containerPort": 80]],
                    "env": [["name": "C", "value": "3"], ["$patch": "delete", "name": "B"]],
                    "ports": [["containerPort": 8080], ["$patch": "delete", "containerPort": 443]],
                ],
            ],
            "volumes": [["name": "conf", "configMap": ["name": "c"]], ["$patch": "delete", "name": "tmp"]],
        ])
        let expected = deployment(
            containers: [
                ["name": "log", "image": "log:1"],
                [
                    "name": "web", "image": "nginx:2", "imagePullPolicy": "IfNotPresent",
                    "ports": [["containerPort": 8080], ["containerPort": 80, "protocol": "TCP"]],
                    "env": [["name": "C", "value": "3"], ["name": "A", "value": "1"]],
                ],
                ["name": "injected", "image": "sidecar:1"],
            ],
            volumes: [["name": "conf", "configMap": ["name": "c"]]])
        #expect(try apply(patch, to: live) == expected)
    }

    @Test("the very patch that kubectl 1.37 sends for a changed Deployment gives the changed Deployment") func kubectl()
        throws
    {
        let live = deployment(
            containers: [
                [
                    "name": "a", "image": "nginx:1", "env": [["name": "A", "value": "1"]],
                    "ports": [["containerPort": 80, "protocol": "TCP"], ["containerPort": 443, "protocol": "TCP"]],
                ]
            ],
            volumes: [["name": "t", "emptyDir": [:]]])
        let patch = #"""
            {"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"a"}],"$setElementOrder/volumes":
            [{"name":"t"}],"containers":[{"$setElementOrder/ports":[{"containerPort":80},{"containerPort":8080}],
            "image":"nginx:2","name":"a","ports":[{"containerPort":8080},{"$patch":"delete","containerPort":443}]}],
            "volumes":[{"$retainKeys":["hostPath","name"],"emptyDir":null,"hostPath":{"path":"/x"},"name":"t"}]}}}}
            """#
        let expected = deployment(
            containers: [
                [
                    "name": "a", "image": "nginx:2", "env": [["name": "A", "value": "1"]],
                    "ports": [["containerPort": 80, "protocol": "TCP"], ["containerPort": 8080]],
                ]
            ],
            volumes: [["name": "t", "hostPath": ["path": "/x"]]])
        #expect(try Patch.apply(.strategicMerge, bytes: Array(patch.utf8), to: live, type: deployments) == expected)
    }

    @Test("kubectl set image touches one container only") func setImage() throws {
        let live = deployment(containers: [
            ["name": "a", "image": "a:1"], ["name": "b", "image": "b:1", "args": ["x"]],
        ])
        let patch = template([
            "$setElementOrder/containers": [["name": "a"], ["name": "b"]],
            "containers": [["name": "b", "image": "b:2"]],
        ])
        #expect(
            try apply(patch, to: live)
                == deployment(
                    containers: [["name": "a", "image": "a:1"], ["name": "b", "image": "b:2", "args": ["x"]]]))
    }

    @Test("null removes a member, and lists without a strategy are replaced") func nullAndAtomic() throws {
        let live = deployment(containers: [["name": "a", "command": ["x", "y"], "workingDir": "/"]])
        let patch = template(["containers": [["name": "a", "command": ["z"], "workingDir": .null]]])
        #expect(try apply(patch, to: live) == deployment(containers: [["name": "a", "command": ["z"]]]))
    }

    @Test("$retainKeys drops the members of another choice") func retainKeys() throws {
        let live = deployment(spec: ["strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1]]])
        let patch: JSON = ["spec": ["strategy": ["$retainKeys": ["type"], "type": "Recreate"]]]
        #expect(try apply(patch, to: live)["spec"]?["strategy"] == ["type": "Recreate"])
        let bad: JSON = ["spec": ["strategy": ["$retainKeys": ["type"], "rollingUpdate": ["maxSurge": 1]]]]
        #expect(throws: KubeStatus.self) { try apply(bad, to: live) }
    }

    @Test("$patch: replace replaces maps and lists whole, delete empties them") func directives() throws {
        let live = deployment(
            containers: [["name": "a"], ["name": "b"]], metadata: ["labels": ["x": "1", "y": "2"], "name": "d"])
        let replaced = try apply(["metadata": ["labels": ["$patch": "replace", "z": "3"]]], to: live)
        #expect(replaced["metadata"] == ["labels": ["z": "3"], "name": "d"])
        let emptied = try apply(["metadata": ["labels": ["$patch": "delete"]]], to: live)
        #expect(emptied["metadata"] == ["labels": [:], "name": "d"])
        let list = try apply(template(["containers": [["$patch": "replace"], ["name": "c"]]]), to: live)
        #expect(list == deployment(containers: [["name": "c"]], metadata: live["metadata"] ?? [:]))
        let error = #expect(throws: KubeStatus.self) { try apply(["metadata": ["$patch": "explode"]], to: live) }
        #expect(error?.code == 422)
    }

    @Test("scalar lists that merge are sets; elements are deleted by their own directive") func scalars() throws {
        let live = deployment(metadata: ["finalizers": ["a", "b", "c"]])
        let added = try apply(["metadata": ["finalizers": ["d", "b"]]], to: live)
        #expect(Set(added.array("metadata", "finalizers")) == ["a", "b", "c", "d"])
        let removed = try apply(
            [
                "metadata": [
                    "$deleteFromPrimitiveList/finalizers": ["b"], "$setElementOrder/finalizers": ["c", "a"],
                ]
            ], to: live)
        #expect(removed["metadata"]?["finalizers"] == ["c", "a"])
        let error = #expect(throws: KubeStatus.self) {
            try apply(["metadata": ["$deleteFromPrimitiveList/finalizers": "b"]], to: live)
        }
        #expect(error?.code == 400)
    }

    @Test("elements that others added keep their place before the element that followed them") func order() throws {
        let live = deployment(containers: [["name": "x"], ["name": "a"], ["name": "y"], ["name": "b"]])
        let patch = template(["$setElementOrder/containers": [["name": "a"], ["name": "b"]]])
        #expect(try apply(patch, to: live) == live)
        let swapped = template(["$setElementOrder/containers": [["name": "b"], ["name": "a"]]])
        let names = try apply(swapped, to: live).array("spec", "template", "spec", "containers").map {
            $0.string("name")
        }
        #expect(names == ["x", "y", "b", "a"])
    }

    @Test("a patch out of its own order, or an element without its key, is refused") func refused() throws {
        let live = deployment(containers: [["name": "a"]])
        let order = template([
            "$setElementOrder/containers": [["name": "a"], ["name": "b"]],
            "containers": [["name": "b"], ["name": "a"]],
        ])
        let first = #expect(throws: KubeStatus.self) { try apply(order, to: live) }
        #expect(first?.code == 400)
        let second = #expect(throws: KubeStatus.self) {
            try apply(template(["containers": [["image": "x"]]]), to: live)
        }
        #expect(second?.code == 422)
        #expect(second?.message.contains("\"name\"") == true)
        let third = #expect(throws: KubeStatus.self) { try apply([], to: live) }
        #expect(third?.code == 400)
    }

    @Test("what is new comes in without directives and nulls") func newMembers() throws {
        let patch = template([
            "$setElementOrder/containers": [["name": "a"]],
            "containers": [["name": "a", "image": .null, "env": [["name": "A"], ["$patch": "delete", "name": "B"]]]],
        ])
        let result = try apply(patch, to: ["spec": [:]])
        #expect(result == template(["containers": [["name": "a", "env": [["name": "A"]]]]]))
    }

    @Test("without a schema maps merge and lists are replaced") func withoutSchema() throws {
        let patched = try Patch.apply(
            .strategicMerge, ["m": ["a": .null, "b": 2], "l": [["name": "y"]]],
            to: ["m": ["a": 1, "c": 3], "l": [["name": "x"]]], type: nil)
        #expect(patched == ["m": ["b": 2, "c": 3], "l": [["name": "y"]]])
    }

    @Test("status conditions merge by type") func conditions() throws {
        let live: JSON = ["status": ["conditions": [["type": "Ready", "status": "False", "reason": "X"]]]]
        let patch: JSON = [
            "status": [
                "$setElementOrder/conditions": [["type": "Initialized"], ["type": "Ready"]],
                "conditions": [["type": "Initialized", "status": "True"], ["type": "Ready", "status": "True"]],
            ]
        ]
        let result = try Patch.apply(.strategicMerge, patch, to: live, type: pods)
        #expect(
            result["status"]?["conditions"] == [
                ["type": "Initialized", "status": "True"], ["type": "Ready", "status": "True", "reason": "X"],
            ])
    }
}
