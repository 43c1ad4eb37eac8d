import KubeModel
import PropertyTesting
import Testing

@testable import KubeMachinery

@Suite struct StrategicMergeDifferenceTests {
    private let type = Registry.builtIn.type(.deployments)
    private var schema: MergeSchema? { type.map { MergeSchema($0) } }

    @Test("the difference of two Deployments, applied to the first, gives the second") func difference() throws {
        for seed in UInt64(0)..<400 {
            var random = SeededRandom(seed: seed)
            let (old, new) = (deployment(&random), deployment(&random))
            let patch = StrategicMergePatch.difference(from: old, to: new, schema: schema)
            let patched = try Patch.apply(.strategicMerge, patch, to: old, type: type)
            #expect(patched == new, "seed \(seed): \(patch.canonicalText)")
            if old == new { #expect(patch == [:]) }
        }
    }

    @Test("a three-way patch names only what the caller changed") func threeWay() throws {
        let original = template([["name": "web", "image": "a:1", "env": [["name": "OLD", "value": "1"]]]])
        let modified = template([["name": "web", "image": "a:2"]])
        var current = template([
            ["name": "web", "image": "a:1", "imagePullPolicy": "Always", "env": [["name": "OLD", "value": "1"]]],
            ["name": "injected", "image": "s:1"],
        ])
        current[["spec", "replicas"]] = 5
        let patch = StrategicMergePatch.threeWay(
            original: original, modified: modified, current: current, schema: schema)
        #expect(
            patch == [
                "spec": [
                    "template": [
                        "spec": [
                            "$setElementOrder/containers": [["name": "web"]],
                            "containers": [["name": "web", "image": "a:2", "env": .null]],
                        ]
                    ]
                ]
            ])
        var expected = template([
            ["name": "web", "image": "a:2", "imagePullPolicy": "Always"], ["name": "injected", "image": "s:1"],
        ])
        expected[["spec", "replicas"]] = 5
        #expect(try Patch.apply(.strategicMerge, patch, to: current, type: type) == expected)
    }

    private func template(_ containers: JSON) -> JSON { ["spec": ["template": ["spec": ["containers": containers]]]] }

    /// Few names and values, so that two of them overlap, differ and stand in other orders.
    private func deployment(_ random: inout SeededRandom) -> JSON {
        func value(_ random: inout SeededRandom) -> JSON { .string("\(Int.random(in: 0..<3, using: &random))") }
        func subset(_ names: [String], _ random: inout SeededRandom) -> [String] {
            names.shuffled(using: &random).filter { _ in Bool.random(using: &random) }
        }
        func ports(_ random: inout SeededRandom) -> JSON {
            var ports: [JSON] = []
            for name in subset(["80", "81", "82"], &random) {
                ports.append(["containerPort": .int(Int64(name) ?? 0), "name": value(&random)])
            }
            // A port number with two protocols, which the merge key does not tell apart.
            if Bool.random(using: &random) {
                ports += [["containerPort": 53, "protocol": "TCP"], ["containerPort": 53, "protocol": "UDP"]]
            }
            return .array(ports)
        }
        var containers: [JSON] = []
        for name in subset(["a", "b", "c"], &random) {
            var env: [JSON] = []
            for variable in subset(["X", "Y", "Z"], &random) {
                env.append(["name": .string(variable), "value": value(&random)])
            }
            containers.append([
                "name": .string(name), "image": value(&random), "env": .array(env), "ports": ports(&random),
                "command": .array([value(&random)]),
            ])
        }
        var volumes: [JSON] = []
        for name in subset(["v", "w"], &random) {
            let source = Bool.random(using: &random) ? "emptyDir" : "hostPath"
            volumes.append(["name": .string(name), source: ["medium": value(&random)]])
        }
        let strategy: JSON =
            Bool.random(using: &random)
            ? ["type": "Recreate"] : ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": value(&random)]]
        return [
            "metadata": [
                "finalizers": .array(subset(["f", "g", "h"], &random).map { .string($0) }),
                "labels": .object(JSONObject(subset(["l", "m"], &random).map { ($0, "x") })),
            ],
            "spec": [
                "strategy": strategy,
                "template": ["spec": ["containers": .array(containers), "volumes": .array(volumes)]],
            ],
        ]
    }
}
