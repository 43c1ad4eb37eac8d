import Domain
import KubeModel
import PropertyTesting
import Testing

@testable import Reconciliation

/// A Deployment with pods on one node and an autoscaler: a clock, the pods' use, and what the plans do to it.
struct AutoscaledShop {
    static let key = ObjectKey(.horizontalPodAutoscalers, namespace: "shop", name: "web")
    static let reconciler = HorizontalPodAutoscalerReconciler()

    var view = SimulatedView()
    var now = Timestamp(seconds: 1_000_000)
    /// The last plan.
    var plan = Plan()
    /// Every count that was set, in turn.
    var counts: [Int64] = []

    init(replicas: Int64, spec: JSON = [:]) {
        var whole: JSON = [
            "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"], "minReplicas": 1,
            "maxReplicas": 10,
            "metrics": [
                [
                    "type": "Resource",
                    "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 50]],
                ]
            ],
        ]
        for (name, value) in spec.objectValue ?? [:] { whole[name] = value }
        put(
            .horizontalPodAutoscalers,
            [
                "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
                "metadata": ["name": "web", "namespace": "shop", "uid": "hpa-1", "generation": 1], "spec": whole,
            ])
        var deployment = Fixture.deployment(replicas: replicas, strategy: ["type": "RollingUpdate"]).json
        deployment[["metadata", "uid"]] = "web-1"
        put(.deployments, deployment)
        put(
            .replicaSets,
            [
                "apiVersion": "apps/v1", "kind": "ReplicaSet",
                "metadata": [
                    "name": "web-abc", "namespace": "shop", "uid": "rs-1",
                    "ownerReferences": [Self.owner("Deployment", "web", "web-1")],
                ],
            ])
        start(replicas)
    }

    private static func owner(_ kind: String, _ name: String, _ uid: String) -> JSON {
        OwnerReference(apiVersion: "apps/v1", kind: kind, name: name, uid: uid).json
    }

    mutating func put(_ resource: GroupResource, _ json: JSON) {
        view.position += 1
        var object = KubeObject(json)
        object.json[["metadata", "resourceVersion"]] = .string("\(view.position)")
        view.objects[object.key(resource)] = object
    }

    var autoscaler: KubeObject { view.objects[Self.key] ?? KubeObject([:]) }
    var deploymentKey: ObjectKey { ObjectKey(.deployments, namespace: "shop", name: "web") }
    var replicas: Int64 { view.objects[deploymentKey]?.json.int("spec", "replicas") ?? -1 }
    var pods: [KubeObject] { view.list(.pods, namespace: "shop") }
    func condition(_ type: String) -> String {
        let condition = autoscaler.condition(type)
        return "\(condition?.string("status") ?? "") \(condition?.string("reason") ?? "")"
    }

    /// As many pods as there should be, all ready for long, each requesting 100 millicores and 64 MiB.
    mutating func start(_ count: Int64, ready: Bool = true, age: Double = 3600) {
        for key in view.objects.keys where key.resource == .pods { view.objects[key] = nil }
        for index in 0..<count { add("p\(index)", ready: ready, age: age) }
    }

    mutating func add(_ name: String, ready: Bool = true, age: Double = 3600, phase: String = "Running") {
        let since = JSON.string(now.adding(seconds: -age).rfc3339)
        var pod = Fixture.pod(name).json
        pod[["metadata", "ownerReferences"]] = [Self.owner("ReplicaSet", "web-abc", "rs-1")]
        pod["spec"] = [
            "nodeName": "n1",
            "containers": [["name": "web", "resources": ["requests": ["cpu": "100m", "memory": "64Mi"]]]],
        ]
        pod["status"] = [
            "phase": .string(phase), "startTime": since,
            "conditions": [["type": "Ready", "status": ready ? "True" : "False", "lastTransitionTime": since]],
        ]
        put(.pods, pod)
    }

    /// Each pod's use of CPU in millicores; of those named.
    mutating func use(_ millicores: [String: Int64], memory: Int64 = 0) {
        view.position += 1
        view.intervals["n1"] = UsageInterval(
            end: now, seconds: 10, position: view.position,
            pods: millicores.sorted { $0.key < $1.key }.map { name, amount in
                let use = ResourceUse(nanoCores: amount * 1_000_000, memory: memory)
                return UsageInterval.Pod(
                    uid: "uid-\(name)", namespace: "shop", name: name, use: use,
                    containers: [UsageInterval.Container(name: "web", use: use)])
            })
    }

    mutating func useEach(_ millicores: Int64, memory: Int64 = 0) {
        use(Dictionary(uniqueKeysWithValues: pods.map { ($0.name, millicores) }), memory: memory)
    }

    /// One look, its writes applied; the pods follow at once.
    mutating func look() {
        plan = Self.reconciler.plan(view, key: Self.key, now: now)
        for write in plan.writes {
            switch write {
            case .scale(let resource, let workload, let replicas, _):
                #expect(workload == view.objects[deploymentKey])
                var scaled = workload.json
                scaled[["spec", "replicas"]] = .int(replicas)
                put(resource, scaled)
                counts.append(replicas)
                start(replicas)
            case .updateStatus(let resource, let object):
                #expect(object.json != view.objects[Self.key]?.json)
                put(resource, object.json)
            default: Issue.record("an autoscaler does not \(write)")
            }
        }
    }

    /// Looks every 15 seconds under a total load in millicores that the pods share.
    mutating func run(_ seconds: Int, load: (Int) -> Int64) {
        for second in stride(from: 0, to: seconds, by: 15) {
            now = now.adding(seconds: 15)
            useEach(load(second) / max(replicas, 1))
            look()
        }
    }
}

@Suite("The autoscaler") struct AutoscalerTests {
    // MARK: Counts

    @Test(
        "the count is the pods times use over target, rounded up",
        arguments: [
            // Twice the target doubles, half of it halves, the documented examples; 100 m a pod, target 50 %.
            (pods: 2, use: 100, count: 4), (4, 25, 2), (3, 50, 3), (1, 300, 6), (5, 60, 6), (3, 51, 3),
            // Within a tenth of the target nothing happens, beyond it something does.
            (4, 55, 4), (4, 56, 5), (4, 45, 4), (10, 44, 9),
        ] as [(pods: Int, use: Int64, count: Int64)])
    func ratio(_ pods: Int, _ use: Int64, _ count: Int64) {
        let names = (0..<pods).map { "p\($0)" }
        let gauge = Gauge(
            target: .utilization(50), requests: Dictionary(uniqueKeysWithValues: names.map { ($0, 100) }))
        let sample = PodSample(used: Dictionary(uniqueKeysWithValues: names.map { ($0, use) }))
        #expect(gauge.replicas(current: Int64(pods), sample, .usual) == count)
    }

    @Test("pods of which nothing is known soften a change and never turn it")
    func unknownPods() {
        let requests = ["a": Int64(100), "b": 100, "c": 100]
        let gauge = Gauge(target: .utilization(50), requests: requests)
        // Growing: the missing pod counts as idle, (150 + 0) / 200 is 75 %, 1.5 × 2 pods.
        #expect(gauge.replicas(current: 2, PodSample(used: ["a": 150], missing: ["b"]), .usual) == 3)
        // An unready one as well; without it, it would be 3.
        #expect(gauge.replicas(current: 2, PodSample(used: ["a": 105], unready: ["b"]), .usual) == 2)
        // Shrinking: the missing pod counts as fully busy, (10 + 10 + 100) / 300 is 40 %.
        #expect(gauge.replicas(current: 3, PodSample(used: ["a": 10, "b": 10], missing: ["c"]), .usual) == 3)
        // Of unready pods only those that serve count when it shrinks.
        #expect(gauge.replicas(current: 2, PodSample(used: ["a": 10], unready: ["b"]), .usual) == 1)
        // It would turn: 60 % grows alone, with two idle pods it is 20 %.
        #expect(gauge.replicas(current: 3, PodSample(used: ["a": 60], missing: ["b", "c"]), .usual) == 3)
    }

    @Test("an average value is aimed at as it is")
    func averageValue() {
        let gauge = Gauge(target: .averageValue(200), requests: [:])
        #expect(gauge.replicas(current: 2, PodSample(used: ["a": 300, "b": 300]), .usual) == 3)
        #expect(gauge.replicas(current: 2, PodSample(used: ["a": 50, "b": 50]), .usual) == 1)
        #expect(gauge.level(["a": .max, "b": .max]) == .max)
    }

    @Test("the largest count that a metric calls for holds")
    func largest() {
        var shop = AutoscaledShop(
            replicas: 2,
            spec: [
                "metrics": [
                    [
                        "type": "Resource",
                        "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 50]],
                    ],
                    [
                        "type": "ContainerResource",
                        "containerResource": [
                            "name": "memory", "container": "web",
                            "target": ["type": "AverageValue", "averageValue": "100Mi"],
                        ],
                    ],
                ]
            ])
        shop.useEach(10, memory: 150 << 20)
        shop.look()
        #expect(shop.counts == [3])
        #expect(
            shop.autoscaler.status["currentMetrics"] == [
                [
                    "type": "Resource",
                    "resource": ["name": "cpu", "current": ["averageUtilization": 10, "averageValue": "10m"]],
                ],
                [
                    "type": "ContainerResource",
                    "containerResource": [
                        "name": "memory", "container": "web", "current": ["averageValue": .string("\(150 << 20)")],
                    ],
                ],
            ])
    }

    // MARK: What it says

    @Test("a scaling names its cause, the report that led to it, and is told of")
    func scaled() throws {
        var shop = AutoscaledShop(replicas: 2)
        shop.useEach(50)
        shop.look()
        #expect(shop.counts == [])
        shop.now = shop.now.adding(seconds: 15)
        shop.useEach(150)
        let report = shop.view.position
        shop.look()
        #expect(shop.counts == [6])
        #expect(shop.plan.cause == report)
        #expect(shop.plan.requeueAfter == 15)
        guard case .scale(.deployments, _, 6, let autoscaling)? = shop.plan.writes.first else {
            Issue.record("no scale comes first")
            return
        }
        #expect(autoscaling.string("autoscaler") == "horizontalpodautoscalers.autoscaling/shop/web")
        #expect(autoscaling.string("reason") == "cpu utilization is 150%, above its target of 50%")
        #expect(autoscaling.int("from") == 2)
        #expect(shop.plan.notes.map(\.reason) == ["SuccessfulRescale"])
        #expect(shop.condition("AbleToScale") == "True SucceededRescale")
        #expect(shop.condition("ScalingActive") == "True ValidMetricFound")
        #expect(shop.condition("ScalingLimited") == "False DesiredWithinRange")
        let status = shop.autoscaler.status
        #expect(status.int("currentReplicas") == 2 && status.int("desiredReplicas") == 6)
        #expect(status.string("lastScaleTime") == shop.now.rfc3339)
        #expect(status.int("observedGeneration") == 1)
    }

    @Test("without reports it holds, and says so once")
    func noMetrics() {
        var shop = AutoscaledShop(replicas: 3)
        shop.look()
        #expect(shop.counts == [])
        #expect(shop.condition("ScalingActive") == "False FailedGetResourceMetric")
        #expect(shop.plan.notes.map(\.reason) == ["FailedGetResourceMetric"])
        shop.now = shop.now.adding(seconds: 15)
        shop.look()
        #expect(shop.plan.writes == [])
        #expect(shop.plan.notes == [])
    }

    @Test("a report of long ago says nothing about now")
    func stale() {
        var shop = AutoscaledShop(replicas: 2)
        shop.useEach(500)
        shop.now = shop.now.adding(seconds: 61)
        shop.look()
        #expect(shop.counts == [])
        #expect(shop.condition("ScalingActive") == "False FailedGetResourceMetric")
    }

    @Test("metrics that need an adapter say that there is none, and forbid to shrink")
    func external() {
        let pods: JSON = [
            "type": "Pods",
            "pods": ["metric": ["name": "rps"], "target": ["type": "AverageValue", "averageValue": "3"]],
        ]
        var shop = AutoscaledShop(replicas: 3, spec: ["metrics": [pods]])
        shop.useEach(1)
        shop.look()
        #expect(shop.condition("ScalingActive") == "False FailedGetPodsMetric")
        let cpu = AutoscaledShop(replicas: 1).autoscaler.spec.array("metrics")
        shop = AutoscaledShop(replicas: 3, spec: ["metrics": .array([pods] + cpu)])
        shop.run(600) { _ in 3 }
        #expect(shop.counts == [])
        shop.run(15) { _ in 300 }
        #expect(shop.counts == [6])
    }

    @Test("a percentage of a request that is not stated cannot be had")
    func noRequest() {
        var shop = AutoscaledShop(replicas: 1)
        shop.view.objects[ObjectKey(.pods, namespace: "shop", name: "p0")]?
            .json[["spec", "containers"]] = [["name": "web"]]
        shop.useEach(500)
        shop.look()
        #expect(shop.condition("ScalingActive") == "False FailedGetResourceMetric")
        #expect(shop.autoscaler.condition("ScalingActive")?.string("message")?.contains("requests.cpu") == true)
    }

    @Test("a target that is not there, or that has no count, is named")
    func noTarget() {
        var shop = AutoscaledShop(replicas: 1)
        shop.view.objects[shop.deploymentKey] = nil
        shop.look()
        #expect(shop.condition("AbleToScale") == "False FailedGetScale")
        shop = AutoscaledShop(
            replicas: 1, spec: ["scaleTargetRef": ["apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web"]])
        shop.look()
        #expect(shop.condition("AbleToScale") == "False FailedGetScale")
    }

    @Test("two autoscalers of one workload both stand still")
    func twins() {
        var shop = AutoscaledShop(replicas: 1)
        var twin = shop.autoscaler.json
        twin[["metadata", "name"]] = "other"
        twin[["metadata", "uid"]] = "hpa-2"
        shop.put(.horizontalPodAutoscalers, twin)
        shop.useEach(500)
        shop.look()
        #expect(shop.counts == [])
        #expect(shop.condition("ScalingActive") == "False AmbiguousSelector")
    }

    @Test("a workload at zero is left alone, one outside of the limits is taken into them")
    func outside() {
        var shop = AutoscaledShop(replicas: 0)
        shop.look()
        #expect(shop.counts == [])
        #expect(shop.condition("ScalingActive") == "False ScalingDisabled")
        shop = AutoscaledShop(replicas: 12)
        shop.look()
        #expect(shop.counts == [10])
        shop = AutoscaledShop(replicas: 1, spec: ["minReplicas": 2])
        shop.look()
        #expect(shop.counts == [2])
    }

    // MARK: New pods

    @Test("what a pod spends on its start is not taken for load")
    func starting() {
        var shop = AutoscaledShop(replicas: 2)
        shop.start(0)
        shop.add("old")
        shop.add("new", age: 5)
        shop.use(["old": 50, "new": 1000])
        shop.look()
        #expect(shop.counts == [])
        #expect(shop.condition("ScalingActive") == "True ValidMetricFound")
        // Ready for a whole interval, it counts.
        shop.now = shop.now.adding(seconds: 10)
        shop.use(["old": 50, "new": 150])
        shop.look()
        #expect(shop.counts == [4])
    }

    @Test("of a blue-green Deployment the live side counts")
    func blueGreen() {
        var shop = AutoscaledShop(replicas: 1)
        let key = shop.deploymentKey
        shop.view.objects[key]?.json[["spec", "strategy", "type"]] = "BlueGreen"
        shop.view.objects[key]?.json[["status", "blueGreen", "activeHash"]] = "blue"
        shop.useEach(500)
        shop.look()
        #expect(shop.condition("ScalingActive") == "False FailedGetResourceMetric")
        let replicaSet = ObjectKey(.replicaSets, namespace: "shop", name: "web-abc")
        shop.view.objects[replicaSet]?.json[["metadata", "labels"]] = ["pod-template-hash": "blue"]
        shop.look()
        #expect(shop.condition("ScalingActive") == "True ValidMetricFound")
    }

    // MARK: Over time

    @Test("up at once, down only after five minutes of less load")
    func stabilization() {
        var shop = AutoscaledShop(replicas: 2)
        shop.run(60) { _ in 400 }
        #expect(shop.counts == [6, 8])
        shop.run(285) { _ in 100 }
        #expect(shop.counts == [6, 8])
        #expect(shop.condition("AbleToScale") == "True ScaleDownStabilized")
        shop.run(60) { _ in 100 }
        #expect(shop.counts == [6, 8, 2])
    }

    @Test("what was called for before a restart, or while there were no reports, still holds")
    func restart() {
        var shop = AutoscaledShop(replicas: 8)
        shop.run(60) { _ in 400 }
        #expect(shop.counts == [])
        // The server is away: no reports, no looks.
        shop.now = shop.now.adding(seconds: 3600)
        shop.look()
        shop.run(285) { _ in 100 }
        #expect(shop.counts == [])
        shop.run(60) { _ in 100 }
        #expect(shop.counts == [2])
    }

    @Test("an autoscaler that remembers nothing keeps what there is for the window")
    func firstLook() {
        var shop = AutoscaledShop(replicas: 8)
        shop.run(285) { _ in 100 }
        #expect(shop.counts == [])
        shop.run(60) { _ in 100 }
        #expect(shop.counts == [2])
    }

    @Test("policies bound each step: pods or percent, the larger, the smaller or none")
    func policies() {
        let behavior: JSON = [
            "scaleUp": [
                "selectPolicy": "Min", "stabilizationWindowSeconds": 0,
                "policies": [
                    ["type": "Pods", "value": 3, "periodSeconds": 60],
                    ["type": "Percent", "value": 50, "periodSeconds": 60],
                ],
            ],
            "scaleDown": [
                "selectPolicy": "Disabled", "policies": [["type": "Pods", "value": 1, "periodSeconds": 60]],
            ],
        ]
        var shop = AutoscaledShop(replicas: 2, spec: ["behavior": behavior])
        // 50 % of 2 in the first minute, of 3 in the second, of 5 in the third, then 3 pods.
        shop.run(60) { _ in 2000 }
        #expect(shop.counts == [3])
        #expect(shop.condition("ScalingLimited") == "True ScaleUpLimit")
        shop.run(180) { _ in 2000 }
        #expect(shop.counts == [3, 5, 8, 10])
        #expect(shop.condition("ScalingLimited") != "True ScaleUpLimit")
        shop.run(900) { _ in 1 }
        #expect(shop.counts == [3, 5, 8, 10])
        #expect(shop.condition("ScalingLimited") == "True ScaleDownLimit")
    }

    @Test("steps down go by the policy's pods a period")
    func stepsDown() {
        let behavior: JSON = [
            "scaleDown": [
                "stabilizationWindowSeconds": 0, "policies": [["type": "Pods", "value": 2, "periodSeconds": 60]],
            ],
            "scaleUp": ["policies": [["type": "Pods", "value": 4, "periodSeconds": 15]]],
        ]
        var shop = AutoscaledShop(replicas: 8, spec: ["behavior": behavior])
        shop.run(240) { _ in 40 }
        #expect(shop.counts == [6, 4, 2, 1])
    }

    @Test("the record is read back as it was written, and never grows beyond its windows")
    func record() {
        var shop = AutoscaledShop(replicas: 5)
        shop.run(3600) { Int64($0 % 7) * 60 + 20 }
        let record = AutoscalingRecord(annotations: shop.autoscaler.annotations)
        #expect(record.recommendations.count <= 22)
        #expect(record.scalings.count <= 2)
        var annotations: [String: String] = [:]
        for (name, value) in record.annotations { annotations[name] = value }
        #expect(AutoscalingRecord(annotations: annotations) == record)
        #expect(AutoscalingRecord(annotations: ["purser.dev/recommendations": "nonsense,1 2"]).recommendations == [])
    }

    // MARK: Waking

    @Test("a changed spec or count wakes it, its own status does not")
    func waking() {
        let shop = AutoscaledShop(replicas: 2)
        let reconciler = AutoscaledShop.reconciler
        func keys(_ resource: GroupResource, _ old: KubeObject?, _ new: KubeObject?) -> [ObjectKey] {
            reconciler.keys(old: old, new: new, resource: resource, in: shop.view)
        }
        let autoscaler = shop.autoscaler
        var changed = autoscaler
        changed.json["status"] = ["desiredReplicas": 4]
        #expect(keys(.horizontalPodAutoscalers, autoscaler, changed) == [])
        changed.json[["spec", "maxReplicas"]] = 4
        #expect(keys(.horizontalPodAutoscalers, autoscaler, changed) == [AutoscaledShop.key])
        #expect(keys(.horizontalPodAutoscalers, nil, autoscaler) == [AutoscaledShop.key])
        let deployment = shop.view.objects[shop.deploymentKey]
        var scaled = deployment
        scaled?.json[["spec", "replicas"]] = 9
        #expect(keys(.deployments, deployment, scaled) == [AutoscaledShop.key])
        #expect(keys(.deployments, deployment, deployment) == [])
    }

    // MARK: Properties

    @Test("under any load it stays within its limits, and rests under a constant one", arguments: 0..<30)
    func properties(_ round: Int) {
        let seed = UInt64(round) &* 7919 + 17
        var random = SeededRandom(seed: seed)
        let least = Int64.random(in: 1...5, using: &random)
        let most = least + Int64.random(in: 0...20, using: &random)
        var shop = AutoscaledShop(
            replicas: Int64.random(in: least...most, using: &random),
            spec: ["minReplicas": .int(least), "maxReplicas": .int(most)])
        shop.run(900) { _ in Int64.random(in: 0...2500, using: &random) }
        #expect(shop.counts.allSatisfy { (least...most).contains($0) }, "seed \(seed)")
        let load = Int64.random(in: 0...2500, using: &random)
        shop.run(600) { _ in load }
        let rest = shop.counts.count
        shop.run(900) { _ in load }
        #expect(shop.counts.count == rest, "seed \(seed): \(shop.counts)")
        let each = Double(load / shop.replicas)
        #expect(shop.replicas <= max(least, load / 45 + 1), "seed \(seed): \(shop.replicas) for \(load) m")
        #expect(each <= 55 || shop.replicas == most, "seed \(seed): \(each) m each on \(shop.replicas)")
    }

    @Test("within the tolerance it never moves", arguments: 0..<10)
    func noFlapping(_ round: Int) {
        var random = SeededRandom(seed: UInt64(round) + 1)
        let replicas = Int64.random(in: 2...9, using: &random)
        var shop = AutoscaledShop(replicas: replicas)
        shop.run(1200) { _ in replicas * Int64.random(in: 45...55, using: &random) }
        #expect(shop.counts == [])
    }
}

extension AutoscalingBehavior.Tolerance {
    fileprivate static let usual = AutoscalingBehavior.Tolerance(up: 0.1, down: 0.1)
}
