import KubeModel
import Scheduling
import Testing

struct SchedulerTests {
    static func node(
        _ name: String, cpu: String = "2", memory: String = "4Gi", pods: Int64 = 10, labels: [String: String] = [:],
        taints: [JSON] = [], ready: Bool = true, unschedulable: Bool = false
    ) -> KubeObject {
        KubeObject([
            "metadata": ["name": .string(name), "labels": JSON(labels)],
            "spec": ["taints": .array(taints), "unschedulable": .bool(unschedulable)],
            "status": [
                "allocatable": ["cpu": .string(cpu), "memory": .string(memory), "pods": .int(pods)],
                "conditions": [["type": "Ready", "status": ready ? "True" : "False"]],
            ],
        ])
    }

    static func pod(
        _ name: String, cpu: String? = nil, memory: String? = nil, node: String? = nil, owner: String? = nil,
        spec: [String: JSON] = [:]
    ) -> KubeObject {
        var requests: JSON = [:]
        if let cpu { requests["cpu"] = .string(cpu) }
        if let memory { requests["memory"] = .string(memory) }
        var json: JSON = [
            "metadata": ["name": .string(name), "namespace": "default", "uid": .string(name)],
            "spec": ["containers": [["name": "c", "resources": ["requests": requests]]]],
        ]
        if let node { json[["spec", "nodeName"]] = .string(node) }
        if let owner {
            json[["metadata", "ownerReferences"]] = [
                OwnerReference(apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: owner).json
            ]
        }
        for (key, value) in spec { json[["spec", key]] = value }
        return KubeObject(json)
    }

    static func place(_ pod: KubeObject, _ nodes: [KubeObject], _ bound: [KubeObject] = [], rotation: Int = 0) -> String
    {
        switch Scheduler().place(pod, in: ClusterSnapshot(nodes: nodes, pods: bound), rotation: rotation) {
        case .node(let name, _): name
        case .unschedulable(let message, _): message
        }
    }

    @Test("requests count init containers at their maximum, sidecars beside what follows them, and the overhead")
    func requestsFollowTheRule() {
        func container(_ cpu: String, sidecar: Bool = false) -> JSON {
            var json: JSON = ["name": "c", "resources": ["requests": ["cpu": .string(cpu)]]]
            if sidecar { json["restartPolicy"] = "Always" }
            return json
        }
        let spec: JSON = [
            "containers": [container("100m"), container("200m")],
            "initContainers": [container("250m"), container("50m", sidecar: true), container("400m")],
            "overhead": ["cpu": "10m", "memory": "1Mi"],
        ]
        #expect(PodDemand.requests(of: spec) == ResourceAmounts(milliCPU: 460, memory: 1 << 20, pods: 1))
    }

    @Test("a pod goes to a node with room, and the message counts why the others have none")
    func roomDecides() {
        let nodes = [
            Self.node("a", cpu: "1"),
            Self.node("b", taints: [["key": "dedicated", "value": "db", "effect": "NoSchedule"]]),
            Self.node("c", unschedulable: true), Self.node("d", ready: false), Self.node("e", memory: "1Gi"),
        ]
        let pod = Self.pod("p", cpu: "1500m", memory: "2Gi")
        #expect(
            Self.place(pod, nodes)
                == "0/5 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 node(s) had untolerated taint(s), "
                + "1 node(s) were not ready, 1 node(s) were unschedulable.")
        #expect(Self.place(pod, nodes + [Self.node("f")]) == "f")
        #expect(Self.place(pod, []) == "no nodes available to schedule pods")
    }

    @Test("what is bound takes room until it ends")
    func boundPodsTakeRoom() {
        var snapshot = ClusterSnapshot(
            nodes: [Self.node("a", cpu: "1", pods: 2)], pods: [Self.pod("x", cpu: "600m", node: "a")])
        let pod = Self.pod("p", cpu: "500m")
        guard case .unschedulable(let message, let verdict) = Scheduler().place(pod, in: snapshot) else {
            Issue.record("placed beside a pod that leaves no room")
            return
        }
        #expect(message == "0/1 nodes are available: 1 Insufficient cpu.")
        #expect(verdict == ["evaluated": 1, "feasible": 0, "nodes": ["a": ["Insufficient cpu"]]])
        snapshot.apply(old: Self.pod("x", cpu: "600m", node: "a"), new: nil, resource: .pods)
        #expect(Scheduler().place(pod, in: snapshot) != .unschedulable(message: message, verdict: verdict))
        #expect(snapshot["a"]?.requested == ResourceAmounts())
    }

    @Test("selectors, affinity, tolerations and host ports decide which nodes are open")
    func constraintsDecide() {
        let nodes = [
            Self.node("ssd", labels: ["disk": "ssd", "cores": "8"]),
            Self.node("hdd", labels: ["disk": "hdd", "cores": "2"]),
            Self.node("gpu", taints: [["key": "gpu", "effect": "NoExecute"]]),
        ]
        #expect(Self.place(Self.pod("p", spec: ["nodeSelector": ["disk": "hdd"]]), nodes) == "hdd")
        let term: JSON = ["matchExpressions": [["key": "cores", "operator": "Gt", "values": ["4"]]]]
        let required: JSON = [
            "nodeAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": ["nodeSelectorTerms": [term]]]
        ]
        #expect(Self.place(Self.pod("p", spec: ["affinity": required]), nodes) == "ssd")
        let preferred: JSON = [
            "nodeAffinity": [
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    [
                        "weight": 5,
                        "preference": ["matchExpressions": [["key": "disk", "operator": "In", "values": ["hdd"]]]],
                    ]
                ]
            ]
        ]
        #expect(Self.place(Self.pod("p", spec: ["affinity": preferred]), nodes) == "hdd")
        let field: JSON = ["matchFields": [["key": "metadata.name", "operator": "In", "values": ["gpu"]]]]
        let pinned: JSON = [
            "nodeAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": ["nodeSelectorTerms": [field]]]
        ]
        let tolerant: [String: JSON] = ["affinity": pinned, "tolerations": [["operator": "Exists"]]]
        #expect(Self.place(Self.pod("p", spec: tolerant), nodes) == "gpu")
        let port: [String: JSON] = [
            "containers": [["name": "c", "ports": [["containerPort": 80, "hostPort": 80]]]],
            "nodeSelector": ["disk": "ssd"],
        ]
        let holder = KubeObject(Self.pod("h", node: "ssd", spec: port).json)
        #expect(
            Self.place(Self.pod("p", spec: port), nodes, [holder])
                == "0/3 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, "
                + "1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s).")
    }

    @Test("pods of one owner spread, and equal nodes are taken in turn")
    func podsSpread() {
        let nodes = ["a", "b", "c"].map { Self.node($0) }
        #expect((0..<3).map { Self.place(Self.pod("p"), nodes, rotation: $0) } == ["a", "b", "c"])
        var snapshot = ClusterSnapshot(nodes: nodes, pods: [])
        var counts: [String: Int] = [:]
        for index in 0..<9 {
            let pod = Self.pod("p\(index)", cpu: "10m", owner: "web")
            guard case .node(let name, _) = Scheduler().place(pod, in: snapshot) else { continue }
            snapshot.bind(PodDemand(pod), to: name)
            counts[name, default: 0] += 1
        }
        #expect(counts == ["a": 3, "b": 3, "c": 3])
    }

    @Test("absurd quantities are refused, not overflowed")
    func absurdQuantitiesAreBounded() {
        let pod = Self.pod("p", cpu: "9E", memory: "9E")
        #expect(Self.place(pod, [Self.node("a")]).contains("Insufficient cpu"))
        let requests = PodDemand.requests(of: [
            "containers": .array(Array(repeating: pod.spec.array("containers")[0], count: 1000))
        ])
        #expect(requests.milliCPU > 0)
    }

    @Test("a snapshot kept change by change equals one built anew", arguments: 1...10)
    func incrementalEqualsFresh(seed: UInt64) {
        var state = seed
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let names = ["a", "b", "c"]
        var nodes = Dictionary(uniqueKeysWithValues: names.map { ($0, Self.node($0)) })
        var pods: [String: KubeObject] = [:]
        var kept = ClusterSnapshot(nodes: names.compactMap { nodes[$0] }, pods: [])
        for _ in 0..<200 {
            let name = "p\(random(12))"
            let node = names[random(3)]
            switch random(5) {
            case 0:
                kept.apply(old: nodes[node], new: nil, resource: .nodes)
                nodes[node] = nil
            case 1:
                let fresh = Self.node(node, cpu: "\(1 + random(4))")
                kept.apply(old: nodes[node], new: fresh, resource: .nodes)
                nodes[node] = fresh
            case 2:
                kept.apply(old: pods[name], new: nil, resource: .pods)
                pods[name] = nil
            default:
                guard pods[name] == nil else { continue }
                let pod = Self.pod(name, cpu: "\(1 + random(500))m", node: node, owner: "o\(random(2))")
                kept.apply(old: nil, new: pod, resource: .pods)
                pods[name] = pod
            }
        }
        let fresh = ClusterSnapshot(nodes: Array(nodes.values), pods: Array(pods.values))
        for name in names {
            #expect(kept[name]?.free == fresh[name]?.free)
            #expect((kept[name] == nil) == (nodes[name] == nil))
        }
    }

    @Test("a trial says to the millicore and byte what is missing")
    func trialNamesTheShortfall() {
        let snapshot = ClusterSnapshot(
            nodes: [
                Self.node("a", cpu: "1"), Self.node("b", cpu: "1"), Self.node("off", cpu: "64", unschedulable: true),
            ],
            pods: [])
        let pod = Self.pod("p", cpu: "800m", memory: "1Gi")
        #expect(TrialPlacement.fits(pods: [pod, pod], in: snapshot).fits)
        let short = TrialPlacement.fits(pods: [pod, pod, pod], in: snapshot)
        #expect(short.placed == 2)
        #expect(short.shortfall == ResourceAmounts(milliCPU: 400))
        #expect(short.message.hasPrefix("1 of 3 pods find no node: short of cpu 400m (0/3 nodes are available"))
        let split = TrialPlacement.fits(pods: [Self.pod("p", cpu: "1500m")], in: snapshot)
        #expect(split.shortfall == ResourceAmounts())
        #expect(split.message.contains("no single node has room"))
    }
}
