import KubeModel
import PropertyTesting
import Reconciliation
import Testing

/// Simulated rollouts in random order of events; each seed is a case, so a failure names the one to repeat.
struct RolloutPropertyTests {
    static let workloads: [any Reconciler] = [
        DeploymentReconciler(), ReplicaSetReconciler(), EndpointSliceReconciler(), GarbageCollector(),
    ]

    private static func cluster(_ deployment: KubeObject, nodes: Int = 3, cpu: String = "4") -> SimulatedCluster {
        var cluster = SimulatedCluster(workloads)
        for index in 0..<nodes { cluster.create(.nodes, Fixture.node("n\(index)", cpu: cpu)) }
        cluster.create(.services, Fixture.service())
        cluster.create(.deployments, deployment)
        return cluster
    }

    private static func active(_ cluster: SimulatedCluster) -> [KubeObject] {
        cluster.view.list(.pods, namespace: "shop").filter { !$0.isBeingDeleted }
    }

    private static func ready(_ pods: [KubeObject]) -> [KubeObject] {
        pods.filter { $0.condition("Ready")?.string("status") == "True" }
    }

    private static func setImage(_ image: String, in cluster: inout SimulatedCluster) {
        cluster.edit(Fixture.deploymentKey) { $0.json[["spec", "template"]] = Fixture.template(image: image) }
    }

    private static func expectRest(_ cluster: SimulatedCluster, replicas: Int, image: String) {
        #expect(cluster.faults == [])
        #expect(cluster.plansAgain() == [])
        let pods = active(cluster)
        #expect(pods.count == replicas)
        #expect(ready(pods).count == replicas)
        #expect(pods.allSatisfy { $0.spec.array("containers").first?.string("image") == image })
        let status = cluster.view.object(Fixture.deploymentKey)?.status ?? [:]
        #expect(status.int("updatedReplicas") ?? 0 == replicas)
        #expect(status.int("availableReplicas") ?? 0 == replicas)
        #expect(status.int("unavailableReplicas") == nil)
        let progressing = cluster.view.object(Fixture.deploymentKey)?.condition("Progressing")
        #expect(progressing?.string("reason") == "NewReplicaSetAvailable")
        let endpoints = cluster.view.list(.endpointSlices, namespace: "shop").flatMap { $0.json.array("endpoints") }
        #expect(Set(endpoints.compactMap { $0.string("targetRef", "uid") }) == Set(pods.map(\.uid)))
    }

    @Test("a rolling update keeps within maxSurge and maxUnavailable and converges", arguments: 1...40)
    func rollingUpdateStaysWithinItsBounds(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let replicas = Int.random(in: 1...7, using: &random)
        let surge = Int.random(in: 0...3, using: &random)
        let unavailable = max(surge == 0 ? 1 : 0, Int.random(in: 0...2, using: &random))
        let strategy = Fixture.rolling(surge: .int(Int64(surge)), unavailable: .int(Int64(unavailable)))
        var cluster = Self.cluster(Fixture.deployment(replicas: Int64(replicas), strategy: strategy))
        cluster.settle(&random)
        Self.expectRest(cluster, replicas: replicas, image: "web:1")
        for version in 2...4 {
            Self.setImage("web:\(version)", in: &cluster)
            // Some rollouts are overtaken by the next before they end.
            let steps = version < 4 && Bool.random(using: &random) ? Int.random(in: 0...30, using: &random) : nil
            let check: (SimulatedCluster) -> Void = { cluster in
                let pods = Self.active(cluster)
                #expect(pods.count <= replicas + surge)
                #expect(Self.ready(pods).count >= replicas - unavailable)
            }
            if let steps {
                for _ in 0..<steps {
                    _ = cluster.planOne(&random) || cluster.actAsNodes(&random) { _ in true }
                    check(cluster)
                }
            } else {
                cluster.settle(&random, check: check)
            }
        }
        Self.expectRest(cluster, replicas: replicas, image: "web:4")
    }

    @Test("a rollout whose pods never become ready keeps what is available", arguments: 1...10)
    func brokenVersionLeavesTheOldOneServing(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var cluster = Self.cluster(
            Fixture.deployment(replicas: 4, strategy: Fixture.rolling(surge: "25%", unavailable: "25%")))
        cluster.settle(&random)
        Self.setImage("web:broken", in: &cluster)
        cluster.settle(
            &random, seconds: 700,
            isReady: { $0.spec.array("containers").first?.string("image") != "web:broken" },
            check: { #expect(Self.ready(Self.active($0)).count >= 3) })
        #expect(cluster.faults == [])
        let progressing = cluster.view.object(Fixture.deploymentKey)?.condition("Progressing")
        #expect(progressing?.string("reason") == "ProgressDeadlineExceeded")
        #expect(progressing?.string("status") == "False")
        // Going back to the first template reuses its ReplicaSet, which then has the newest revision.
        let sets = cluster.view.list(.replicaSets, namespace: "shop").count
        Self.setImage("web:1", in: &cluster)
        cluster.settle(&random)
        Self.expectRest(cluster, replicas: 4, image: "web:1")
        #expect(cluster.view.list(.replicaSets, namespace: "shop").count == sets)
        let annotations = cluster.view.object(Fixture.deploymentKey)?.annotations
        #expect(annotations?["deployment.kubernetes.io/revision"] == "3")
    }

    @Test("Recreate never runs two versions at once", arguments: 1...10)
    func recreateKeepsVersionsApart(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var cluster = Self.cluster(Fixture.deployment(replicas: 3, strategy: ["type": "Recreate"]))
        cluster.settle(&random)
        Self.setImage("web:2", in: &cluster)
        cluster.settle(
            &random,
            check: { cluster in
                let images = Set(
                    cluster.view.list(.pods, namespace: "shop").compactMap {
                        $0.spec.array("containers").first?.string("image")
                    })
                #expect(images.count <= 1)
            })
        Self.expectRest(cluster, replicas: 3, image: "web:2")
    }

    @Test("scaling converges from any size to any other, in the middle of a rollout too", arguments: 1...20)
    func scalingConverges(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var cluster = Self.cluster(
            Fixture.deployment(replicas: 5, strategy: Fixture.rolling(surge: "25%", unavailable: "25%")))
        cluster.settle(&random)
        Self.setImage("web:2", in: &cluster)
        for _ in 0..<3 {
            for _ in 0..<Int.random(in: 0...25, using: &random) {
                _ = cluster.planOne(&random) || cluster.actAsNodes(&random) { _ in true }
            }
            let size = Int64.random(in: 0...12, using: &random)
            cluster.edit(Fixture.deploymentKey) { $0.json[["spec", "replicas"]] = .int(size) }
        }
        cluster.settle(&random)
        let size = Int(cluster.view.object(Fixture.deploymentKey)?.spec.int("replicas") ?? -1)
        Self.expectRest(cluster, replicas: size, image: "web:2")
    }

    @Test("blue-green never has fewer ready live pods than desired and switches once a rollout", arguments: 1...40)
    func blueGreenKeepsTheLiveSideWhole(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let replicas = Int.random(in: 1...5, using: &random)
        var cluster = Self.cluster(Fixture.deployment(replicas: Int64(replicas), strategy: ["type": "BlueGreen"]))
        cluster.settle(&random)
        Self.expectRest(cluster, replicas: replicas, image: "web:1")
        #expect(cluster.switches.count == 1)
        let check: (SimulatedCluster) -> Void = { cluster in
            let active = cluster.view.object(Fixture.deploymentKey)?.status.string("blueGreen", "activeHash")
            let live = Self.active(cluster).filter { $0.labels["pod-template-hash"] == active }
            #expect(Self.ready(live).count >= replicas)
            Self.expectOneSideServes(cluster, replicas: replicas)
        }
        for version in 2...3 {
            Self.setImage("web:\(version)", in: &cluster)
            cluster.settle(&random, check: check)
            Self.expectRest(cluster, replicas: replicas, image: "web:\(version)")
            #expect(cluster.switches.count == version)
            #expect(Set(cluster.switches).count == version)
            #expect(cluster.view.object(Fixture.deploymentKey)?.status.string("blueGreen", "phase") == "Stable")
        }
    }

    /// Clients of the Service meet one version only, and enough of it.
    private static func expectOneSideServes(_ cluster: SimulatedCluster, replicas: Int) {
        let endpoints = cluster.view.list(.endpointSlices, namespace: "shop").flatMap { $0.json.array("endpoints") }
            .filter { $0.bool("conditions", "ready") == true }
        let pods = endpoints.compactMap { endpoint in
            cluster.view.object(
                ObjectKey(.pods, namespace: "shop", name: endpoint.string("targetRef", "name") ?? ""))
        }
        #expect(Set(pods.map { $0.labels["pod-template-hash"] }).count == 1)
        #expect(pods.count { !$0.isBeingDeleted } >= replicas)
    }

    @Test("every pod of blue says how long it may drain before it is deleted")
    func blueIsMarkedBeforeItGoes() {
        var random = SeededRandom(seed: 7)
        var cluster = Self.cluster(
            Fixture.deployment(
                replicas: 3, strategy: ["type": "BlueGreen", "blueGreen": ["drainSeconds": 12]]))
        cluster.settle(&random)
        let blue = Set(Self.active(cluster).map(\.uid))
        Self.setImage("web:2", in: &cluster)
        cluster.settle(
            &random,
            check: { cluster in
                for pod in cluster.view.list(.pods, namespace: "shop")
                where pod.isBeingDeleted && blue.contains(pod.uid) {
                    #expect(pod.annotations["purser.dev/drain-seconds"] == "12")
                }
            })
        Self.expectRest(cluster, replicas: 3, image: "web:2")
    }

    @Test("a blue-green that does not fit is refused with the shortfall, and goes on once there is room")
    func blueGreenIsRefusedWithoutRoom() {
        var random = SeededRandom(seed: 1)
        var cluster = Self.cluster(
            Fixture.deployment(replicas: 3, strategy: ["type": "BlueGreen"], cpu: "1"), nodes: 2, cpu: "2")
        cluster.settle(&random)
        let blue = Set(Self.active(cluster).map(\.uid))
        cluster.edit(Fixture.deploymentKey) {
            $0.json[["spec", "template"]] = Fixture.template(image: "web:2", cpu: "1")
        }
        cluster.settle(&random, seconds: 100)
        let status = cluster.view.object(Fixture.deploymentKey)?.status ?? [:]
        #expect(status.string("blueGreen", "phase") == "Refused")
        let message = status.string("blueGreen", "message") ?? ""
        #expect(message.contains("2 of 3 pods find no node: short of cpu 2000m"))
        #expect(Set(Self.active(cluster).map(\.uid)) == blue)
        #expect(cluster.view.list(.replicaSets, namespace: "shop").count == 1)
        #expect(cluster.notes.count { $0.level == .warning && $0.reason == "BlueGreenRefused" } == 1)
        #expect(cluster.faults == [])

        cluster.create(.nodes, Fixture.node("n9", cpu: "2"))
        cluster.settle(&random)
        Self.expectRest(cluster, replicas: 3, image: "web:2")
        #expect(cluster.switches.count == 2)
    }

    @Test("the refusal of a blue-green names what is missing of CPU, memory and pods, to the millicore and byte")
    func shortfallIsExact() {
        func template(_ image: String, cpu: String, memory: String) -> JSON {
            var template = Fixture.template(image: image)
            var container = template.array("spec", "containers")[0]
            container[["resources", "requests"]] = ["cpu": .string(cpu), "memory": .string(memory)]
            template[["spec", "containers"]] = [container]
            return template
        }
        var random = SeededRandom(seed: 5)
        var deployment = Fixture.deployment(replicas: 3, strategy: ["type": "BlueGreen"])
        deployment.json[["spec", "template"]] = template("web:1", cpu: "1", memory: "1Gi")
        var cluster = SimulatedCluster(Self.workloads)
        cluster.create(.nodes, Fixture.node("n0", cpu: "4", memory: "4Gi", pods: 5))
        cluster.create(.deployments, deployment)
        cluster.settle(&random)
        let blue = Set(Self.active(cluster).map(\.uid))
        cluster.edit(Fixture.deploymentKey) {
            $0.json[["spec", "template"]] = template("web:2", cpu: "2500m", memory: "2Gi")
        }
        cluster.settle(&random, seconds: 5)
        let status = cluster.view.object(Fixture.deploymentKey)?.status["blueGreen"] ?? [:]
        #expect(
            status.string("message")
                == "\(status.string("previewHash") ?? "") does not fit beside \(status.string("activeHash") ?? ""): "
                + "3 of 3 pods find no node: short of cpu 6500m, memory 5368709120 bytes, pods 1 "
                + "(0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.)")
        #expect(blue.count == 3 && Set(Self.active(cluster).map(\.uid)) == blue)
    }

    @Test("without autoPromotion green waits for the promote annotation; abort takes it down and keeps blue")
    func promotionByHandAndAbort() {
        var random = SeededRandom(seed: 3)
        var cluster = Self.cluster(
            Fixture.deployment(replicas: 2, strategy: ["type": "BlueGreen", "blueGreen": ["autoPromotion": false]]))
        cluster.settle(&random)
        func side() -> JSON { cluster.view.object(Fixture.deploymentKey)?.status["blueGreen"] ?? [:] }
        let blue = side().string("activeHash")
        Self.setImage("web:2", in: &cluster)
        cluster.settle(&random)
        #expect(side().string("phase") == "AwaitingPromotion")
        #expect(side().string("activeHash") == blue)
        #expect(Self.active(cluster).count == 4)

        let green = side().string("previewHash") ?? ""
        cluster.edit(Fixture.deploymentKey) {
            $0.json[["metadata", "annotations", "purser.dev/abort"]] = .string(green)
        }
        cluster.settle(&random)
        #expect(side().string("phase") == "Aborted")
        #expect(Self.active(cluster).allSatisfy { $0.labels["pod-template-hash"] == blue })
        #expect(Self.active(cluster).count == 2)

        cluster.edit(Fixture.deploymentKey) {
            $0.json[["metadata", "annotations", "purser.dev/abort"]] = nil
            $0.json[["metadata", "annotations", "purser.dev/promote"]] = .string(green)
        }
        cluster.settle(&random)
        Self.expectRest(cluster, replicas: 2, image: "web:2")
        #expect(cluster.switches.last == green)
    }

    @Test("pods lost one after another are replaced under new names", arguments: 1...5)
    func lostPodsAreReplaced(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var cluster = Self.cluster(
            Fixture.deployment(replicas: 3, strategy: Fixture.rolling(surge: 1, unavailable: 0)))
        cluster.settle(&random)
        var names = Set(Self.active(cluster).map(\.name))
        for _ in 0..<10 {
            guard let victim = Self.active(cluster).randomElement(using: &random) else { break }
            cluster.delete(victim.key(.pods), graceSeconds: 0)
            cluster.settle(&random)
            names.formUnion(Self.active(cluster).map(\.name))
        }
        Self.expectRest(cluster, replicas: 3, image: "web:1")
        #expect(names.count == 13)
    }
}
