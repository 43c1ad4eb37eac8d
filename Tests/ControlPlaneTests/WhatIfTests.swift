import Domain
import KubeModel
import Reconciliation
import Scheduling
import Testing

@testable import ControlPlane

@Suite("What a change would lead to")
struct WhatIfTests {
    @Test("a change that fits runs in the end: what is placed where, and what it asks for before and after")
    func fits() throws {
        let stage = try WhatIfStage([WhatIfStage.deployment(replicas: 2)])
        let hash = stage.state.contentHash()
        let report = try stage.report([WhatIfStage.deployment(replicas: 6), Replica.configMap("settings", "1")])
        #expect(report.runs)
        #expect(report.changes.map(\.action) == [.updated, .created])
        let web = try report.workload("web")
        #expect(web.before == WorkloadCount(desired: 2, ready: 2, runs: true, message: ""))
        #expect(web.after == WorkloadCount(desired: 6, ready: 6, runs: true, message: ""))
        #expect(web.nodes.before == ["n1": 1, "n2": 1])
        #expect(web.nodes.after == ["n1": 3, "n2": 3])
        #expect(report.placed == ["n1": 2, "n2": 2])
        #expect(report.requests.before.milliCPU == 1000)
        #expect(report.requests.after.milliCPU == 3000)
        #expect(report.allocatable.milliCPU == 4000)
        #expect(report.waiting.isEmpty && report.moving.isEmpty && report.refusals.isEmpty)
        #expect(stage.state.contentHash() == hash, "the state that was forked is as it was")
    }

    @Test("what finds no node is told with the scheduler's reason and what is missing, to the millicore")
    func shortfall() throws {
        let stage = try WhatIfStage(nodes: ["n1": "1", "n2": "1"], [WhatIfStage.deployment(replicas: 2, cpu: "300m")])
        let report = try stage.report([WhatIfStage.deployment("api", replicas: 4, cpu: "400m")])
        #expect(!report.runs)
        let waiting = try #require(report.waiting.first)
        #expect(report.waiting.count == 1)
        #expect(waiting.workload == ObjectKey(.deployments, namespace: "shop", name: "api"))
        #expect(waiting.pods.count == 2)
        #expect(waiting.waitedBefore == 0)
        #expect(waiting.message == "0/2 nodes are available: 2 Insufficient cpu.")
        // Each node has 1000m - 300m - 400m = 300m left; two pods ask for 800m of the 600m that are free.
        #expect(waiting.shortfall == ResourceAmounts(milliCPU: 200))
        #expect(waiting.nodes.map(\.node) == ["n1", "n2"])
        #expect(waiting.nodes.allSatisfy { $0.lacks == ResourceAmounts(milliCPU: 100) })
        #expect(try report.workload("api").after?.ready == 2)
        #expect(try report.workload("api").isInTrouble)
    }

    @Test("a blue-green change needs room for both sides at once, switches, and gives the room back")
    func blueGreen() throws {
        let blue = WhatIfStage.deployment(replicas: 2, WhatIfStage.blueGreen)
        let stage = try WhatIfStage([blue, Replica.service("web")])
        let green = WhatIfStage.deployment(replicas: 2, image: "nginx:2", WhatIfStage.blueGreen)
        let report = try stage.report([green])
        #expect(report.runs)
        #expect(report.peak.requests.milliCPU == 2000)
        #expect(report.requests.after.milliCPU == 1000)
        #expect(report.switches.map(\.deployment.name) == ["web"])
        #expect(report.placements.count == 2)
        // The old side goes after its drain and its grace: they are part of the simulated time.
        #expect(report.settledAfter >= 35)
        #expect(report.settledAfter < 60)
    }

    @Test("a second side that does not fit beside the first is refused, with what is missing")
    func blueGreenWithoutRoom() throws {
        let blue = WhatIfStage.deployment(replicas: 4, cpu: "600m", WhatIfStage.blueGreen)
        let stage = try WhatIfStage([blue])
        let report = try stage.report([
            WhatIfStage.deployment(replicas: 4, cpu: "600m", image: "nginx:2", WhatIfStage.blueGreen)
        ])
        #expect(!report.runs)
        let web = try report.workload("web")
        #expect(web.isInTrouble)
        #expect(web.after?.ready == 4, "blue goes on")
        // Blue leaves 2 · (2000m - 1200m) = 1600m, green asks for 2400m.
        #expect(web.after?.message.contains("short of cpu 800m") == true, "\(web.after?.message ?? "")")
        #expect(report.moving.isEmpty)
    }

    @Test("a second side has to find room beside a first that grows too, and is refused before any of it starts")
    func blueGreenGrows() throws {
        let stage = try WhatIfStage([WhatIfStage.deployment(replicas: 2, WhatIfStage.blueGreen)])
        let report = try stage.report([
            WhatIfStage.deployment(replicas: 5, image: "nginx:2", WhatIfStage.blueGreen)
        ])
        let web = try report.workload("web")
        #expect(web.after?.ready == 5, "blue has grown")
        #expect(report.waiting.isEmpty, "no pod of green was made")
        // Blue takes 2500m of 4000m in the end, green asks for as much.
        #expect(web.after?.message.contains("short of cpu 1000m") == true, "\(web.after?.message ?? "")")
        let smaller = try stage.report([
            WhatIfStage.deployment(replicas: 4, image: "nginx:2", WhatIfStage.blueGreen)
        ])
        #expect(smaller.runs && smaller.switches.count == 1)
        #expect(smaller.peak.requests.milliCPU == 4000)
    }

    @Test("on fewer nodes the pods of the lost ones are placed anew, and what has no room is told")
    func fewerNodes() throws {
        let stage = try WhatIfStage([WhatIfStage.deployment(replicas: 6)])
        let report = try stage.report(nodes: [Replica.node("n1", cpu: "2")])
        let web = try report.workload("web")
        #expect(web.nodes.before == ["n1": 3, "n2": 3])
        #expect(web.nodes.after == ["n1": 4])
        #expect(report.placed == ["n1": 1])
        #expect(report.waiting.map(\.pods.count) == [2])
        #expect(report.waiting.map(\.shortfall.milliCPU) == [1000])
        #expect(web.after?.ready == 4)
        #expect(report.allocatable.milliCPU == 2000)
        #expect(!report.runs)

        let roomy = try stage.report(nodes: [Replica.node("big", cpu: "8")])
        #expect(roomy.runs)
        #expect(roomy.placed == ["big": 6])
        let small = try stage.report(nodes: [Replica.node("n1", cpu: "1"), Replica.node("n2", cpu: "8")])
        #expect(small.runs)
        #expect(try small.workload("web").nodes.after["n1"] ?? 0 <= 2, "a smaller node keeps what it has room for")
    }

    @Test("a bare pod that is lost with its node is told, for nobody makes it again")
    func lostPod() throws {
        var pod: JSON = Replica.deployment("solo", app: "solo")[["spec", "template"]] ?? [:]
        pod["apiVersion"] = "v1"
        pod["kind"] = "Pod"
        pod[["metadata", "name"]] = "solo"
        pod[["metadata", "namespace"]] = "shop"
        let stage = try WhatIfStage(nodes: ["n1": "2"], [pod])
        let report = try stage.report(nodes: [Replica.node("other", cpu: "2")])
        #expect(try report.workload("solo").after == nil)
        #expect(try report.workload("solo").isInTrouble)
        #expect(!report.runs)
        let key = ObjectKey(.pods, namespace: "shop", name: "solo")
        for deleted in [key, ObjectKey(.namespaces, name: "shop")] {
            let gone = try stage.report(nodes: [Replica.node("other", cpu: "2")], deletions: [deleted])
            #expect(gone.runs, "a pod that the change deletes is not lost")
        }

        // Nor is it kept by anybody when the change deletes its node, or drives pods from it.
        var tainted = Replica.node("n1", cpu: "2")
        tainted["spec"] = ["taints": [["key": "k", "effect": "NoExecute"]]]
        for report in [
            try stage.report(deletions: [ObjectKey(.nodes, name: "n1")]), try stage.report([tainted]),
        ] {
            #expect(try report.workload("solo").isInTrouble)
            #expect(!report.runs)
        }
    }

    @Test("a pod without its ConfigMap does not start, and does once the change brings it")
    func missingReference() throws {
        let stage = try WhatIfStage()
        let web = WhatIfStage.deployment(replicas: 1) {
            $0[["spec", "template", "spec", "volumes"]] = [["name": "v", "configMap": ["name": "settings"]]]
        }
        let report = try stage.report([web])
        #expect(!report.runs)
        #expect(try report.workload("web").after?.message == "configmap \"settings\" not found")
        #expect(try stage.report([web, Replica.configMap("settings", "1")]).runs)
    }

    @Test("probes' delays and minReadySeconds pass in simulated time")
    func delays() throws {
        let web = WhatIfStage.deployment(replicas: 1) { web in
            web[["spec", "minReadySeconds"]] = 100
            var container = web.array("spec", "template", "spec", "containers").first ?? [:]
            container["readinessProbe"] = ["initialDelaySeconds": 40, "tcpSocket": ["port": 80]]
            web[["spec", "template", "spec", "containers"]] = [container]
        }
        let report = try WhatIfStage().report([web])
        #expect(report.runs)
        #expect(report.settledAfter >= 141)
        #expect(report.settledAfter < 150)
    }

    @Test("what goes on for longer than the limit is said to be moving")
    func limit() throws {
        func web(_ image: String) -> JSON {
            WhatIfStage.deployment(replicas: 3, image: image) {
                $0[["spec", "minReadySeconds"]] = 1300
                $0[["spec", "progressDeadlineSeconds"]] = 2000
            }
        }
        // One pod more than wanted at a time: three times 1300 seconds.
        let report = try WhatIfStage([web("nginx:1")]).report([web("nginx:2")])
        #expect(report.settledAfter <= 3600)
        #expect(report.moving.map(\.resource) == [.replicaSets])
        #expect(!report.runs)
    }

    @Test("documents that the server would refuse are refused, the others go on")
    func refusals() throws {
        let stage = try WhatIfStage([WhatIfStage.deployment(replicas: 1)])
        var bad = WhatIfStage.deployment(replicas: 1)
        bad[["spec", "selector", "matchLabels"]] = ["app": "other"]
        let nowhere: JSON = [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c", "namespace": "nowhere"],
        ]
        let report = try stage.report([bad, nowhere, Replica.configMap("good", "1")])
        #expect(report.changes.map(\.action) == [.refused, .refused, .created])
        #expect(report.changes.map { $0.refusal?.code } == [422, 404, nil])
        #expect(report.changes[0].origin == "change.yaml, object 1")
        #expect(!report.runs)

        for (object, word) in [
            (["kind": "Pod"] as JSON, "lacks apiVersion or kind"),
            (["apiVersion": "v9", "kind": "Pod", "metadata": ["name": "p"]], "no kind Pod in v9"),
            (["apiVersion": "v1", "kind": "Pod", "metadata": [:]], "metadata.name is missing"),
        ] {
            let status = #expect(throws: KubeStatus.self) { try stage.report([object]) }
            #expect(status?.code == 400)
            #expect(status?.message.hasPrefix("change.yaml, object 1: ") == true)
            #expect(status?.message.contains(word) == true, "\(status?.message ?? "")")
        }
        for (node, word) in [
            (["apiVersion": "v1", "kind": "Pod"] as JSON, "a Pod is no node"),
            (["apiVersion": "v1", "kind": "Node", "metadata": ["name": "n"]], "does not say how much cpu"),
        ] {
            let status = #expect(throws: KubeStatus.self) { try stage.report(nodes: [node]) }
            #expect(status?.message.hasPrefix("nodes.yaml, object 1: ") == true)
            #expect(status?.message.contains(word) == true, "\(status?.message ?? "")")
        }
        let twice = [Replica.node("n", cpu: "1"), Replica.node("n", cpu: "1")]
        #expect(throws: KubeStatus.self) { try stage.report(nodes: twice) }
    }

    @Test("what is deleted takes along what it owns, after its grace")
    func deletion() throws {
        let stage = try WhatIfStage([WhatIfStage.deployment(replicas: 3)])
        let report = try stage.report(deletions: [ObjectKey(.deployments, namespace: "shop", name: "web")])
        #expect(report.runs)
        #expect(report.changes.map(\.action) == [.deleted])
        #expect(try report.workload("web").after == nil)
        #expect(report.requests.after.milliCPU == 0)
        #expect(report.settledAfter >= 30)
    }

    @Test("objects of a kind that the same change defines are taken")
    func customResources() throws {
        let definition: JSON = [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": ["name": "widgets.example.com"],
            "spec": [
                "group": "example.com", "scope": "Namespaced",
                "names": ["plural": "widgets", "singular": "widget", "kind": "Widget"],
                "versions": [
                    [
                        "name": "v1", "served": true, "storage": true,
                        "schema": [
                            "openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
                        ],
                    ]
                ],
            ],
        ]
        let widget: JSON = [
            "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "w", "namespace": "shop"],
        ]
        let report = try WhatIfStage().report([definition, widget])
        #expect(report.changes.map(\.action) == [.created, .created], "\(report.changes.map { $0.refusal?.message })")
        #expect(report.runs)
    }

    @Test("custom resources are compared in the version that the change speaks, whatever they are stored in")
    func versions() throws {
        func version(_ name: String, isStored: Bool) -> JSON {
            [
                "name": .string(name), "served": true, "storage": .bool(isStored),
                "schema": ["openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]],
            ]
        }
        func widget(_ size: Int64, version: String) -> JSON {
            [
                "apiVersion": .string("example.com/\(version)"), "kind": "Widget",
                "metadata": ["name": "w", "namespace": "shop"], "spec": ["size": .int(size)],
            ]
        }
        let stage = try WhatIfStage([
            [
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": ["name": "widgets.example.com"],
                "spec": [
                    "group": "example.com", "scope": "Namespaced", "names": ["plural": "widgets", "kind": "Widget"],
                    "versions": [version("v1", isStored: true), version("v2", isStored: false)],
                ],
            ],
            widget(1, version: "v1"),
        ])
        let change = try #require(try stage.report([widget(2, version: "v2")]).changes.first)
        #expect(change.action == .updated)
        #expect(change.before.string("apiVersion") == "example.com/v2")
        #expect(change.after.string("apiVersion") == "example.com/v2")
        #expect([change.before, change.after].map { $0.int("spec", "size") } == [1, 2])
    }

    @Test("what failed before goes on failing, and does not count against a change that is not about it")
    func failing() throws {
        let stage = try WhatIfStage([
            WhatIfStage.deployment("broken", replicas: 1) {
                $0[["spec", "template", "spec", "volumes"]] = [["name": "v", "configMap": ["name": "missing"]]]
            }
        ])
        let report = try stage.report([WhatIfStage.deployment(replicas: 1)])
        #expect(report.runs)
        #expect(try stage.report([Replica.configMap("missing", "1")]).workload("broken").after?.ready == 1)
        #expect(try stage.report([Replica.configMap("other", "1")]).unchangedWorkloads == 1)
    }

    @Test("a caller that leaves ends the simulation")
    func cancelled() throws {
        let stage = try WhatIfStage()
        #expect(throws: CancellationError.self) {
            try stage.report([WhatIfStage.deployment(replicas: 3)], isCancelled: { true })
        }
    }

    @Test("places are few, and a place that was left is free again")
    func places() async throws {
        let room = SimulationRoom()
        try await room.withPlace {
            try await room.withPlace {
                let status = await #expect(throws: KubeStatus.self) { try await room.withPlace {} }
                #expect(status?.code == 503)
            }
            try await room.withPlace {}
        }
        #expect(try await room.run { 42 } == 42)
    }
}
