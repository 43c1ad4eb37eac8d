import CommandHandling
import Domain
import EventLog
import KubeMachinery
import KubeModel
import Logging
import Reconciliation
import ServiceLifecycle
import Testing

@testable import APIServer
@testable import ControlPlane

/// A whole server in memory (API, sequencer, controllers, scheduler) with one node that a test plays, and what people,
/// controllers and the node do with it.
struct ClusterLife: Sendable {
    let desk: APIDesk
    private var cluster: Cluster { desk.cluster }

    /// Lives through everything that leaves events, every type of the catalogue among them.
    static func record() async throws -> (events: [RecordedEvent], hash: [UInt8]) {
        let range = try #require(AddressRange("10.96.0.0/16"))
        let (log, keys) = (InMemoryEventLog(), InMemoryKeyTable())
        let cluster = Cluster(
            log: log, loaded: try await StateLoader.load(log, logger: APIDesk.quiet),
            configuration: Sequencer.Configuration(serviceRange: range), logger: APIDesk.quiet)
        let secret = [UInt8](repeating: 7, count: 32)
        let sealer = SecretSealer(wrappingKey: secret)
        let persons = PersonNames(keys: keys, secret: secret)
        let writer = Writer(cluster: cluster, sealer: sealer, keys: keys, serviceRange: range)
        let handler = APIHandler(
            cluster: cluster, writer: writer, sealer: sealer, authenticator: RequestAuthenticator(),
            authorizer: BuiltInAuthorizer(nodeOfPod: nil), nodes: nil, keys: keys, persons: persons,
            logger: APIDesk.quiet)
        let life = ClusterLife(desk: APIDesk(cluster: cluster, handler: handler))
        let group = ServiceGroup(
            services: [
                cluster.sequencer,
                SecretKeys(cluster: cluster, sealer: sealer, keys: keys, persons: persons, logger: APIDesk.quiet),
                Bootstrap(cluster: cluster, writer: writer, logger: APIDesk.quiet),
                ControllerRuntime(
                    cluster: cluster, writer: writer, reconcilers: Reconcilers.all(startedAt: cluster.clock.now),
                    logger: APIDesk.quiet),
            ], logger: APIDesk.quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await life.live()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        return (try await log.read(after: 0, limit: .max, filter: .all), cluster.state.contentHash())
    }

    private func live() async throws {
        try await settle("the first namespaces stand") { $0.namespaceState("kube-system") == .active }
        try await joinNode()
        try await change("POST", "/api/v1/namespaces", ["metadata": ["name": "shop"]])
        try await runWeb()
        try await switchSides()
        await refuse()
        try await endEveryKind()
        try await rollBackEverything()
        try await shred()
    }
}

/// What people do.
extension ClusterLife {
    private static let ann = PeerCertificate(commonName: "ann", organizations: ["system:masters"])
    private static let bob = PeerCertificate(commonName: "bob", organizations: [])
    private static let shop = "/api/v1/namespaces/shop"
    private static let deployments = "/apis/apps/v1/namespaces/shop/deployments"
    private static let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    private static let own = "/apis/purser.dev/v1alpha1"

    /// A roll-out, its undoing, scaling, and pods that find no node.
    private func runWeb() async throws {
        try await change("POST", "\(Self.shop)/configmaps", ["metadata": ["name": "settings"], "data": ["step": "0"]])
        for step in 1...ClusterState.keyframeInterval + 1 {
            try await change("PATCH", "\(Self.shop)/configmaps/settings", ["data": ["step": .string("\(step)")]])
        }
        try await change(
            "POST", "\(Self.shop)/services",
            ["metadata": ["name": "web"], "spec": ["selector": ["app": "web"], "ports": [["port": 80]]]])
        let web = "\(Self.deployments)/web"
        try await change("POST", Self.deployments, Self.deployment("web", "web:1", strategy: ["type": "RollingUpdate"]))
        try await settle("web runs") { $0.running("web", "web:1") == 1 }
        try await change("PATCH", web, Self.image("web", "web:2"))
        try await settle("web:2 runs") { $0.running("web", "web:2") == 1 && $0.running("web", "web:1") == 0 }
        try await change("PATCH", web, Self.image("web", "web:1"))
        try await settle("web:1 runs again") { $0.running("web", "web:1") == 1 && $0.running("web", "web:2") == 0 }
        try await change("PATCH", "\(web)/scale", ["spec": ["replicas": 2]])
        try await settle("two run") { $0.running("web", "web:1") == 2 }
        try await change(
            "POST", Self.deployments, Self.deployment("huge", "huge:1", cpu: "99", strategy: ["type": "Recreate"]))
        try await settle("huge finds no node") { state in
            state.pods("huge").contains {
                $0.array("status", "conditions").contains { $0.string("reason") == "Unschedulable" }
            }
        }
    }

    /// A blue-green Deployment that goes from one side to the other.
    private func switchSides() async throws {
        let strategy: JSON = ["type": "BlueGreen", "blueGreen": ["drainSeconds": 1]]
        try await change("POST", Self.deployments, Self.deployment("front", "front:1", strategy: strategy))
        @Sendable func active(_ state: ClusterState) -> String {
            state[ObjectKey(.deployments, namespace: "shop", name: "front")]?.object().json
                .string("status", "blueGreen", "activeHash") ?? ""
        }
        try await settle("front is live") { !active($0).isEmpty }
        let blue = active(cluster.state)
        try await change("PATCH", "\(Self.deployments)/front", Self.image("front", "front:2"))
        try await settle("green is live, blue is gone") { active($0) != blue && $0.running("front", "front:1") == 0 }
    }

    /// Calls that change nothing.
    private func refuse() async {
        _ = await desk.call("GET", "\(Self.shop)/configmaps/settings", as: Self.ann)
        _ = await desk.call("GET", "\(Self.shop)/configmaps/none", as: Self.ann)
        _ = await desk.call("POST", "\(Self.shop)/services", Array("{\"metadata\":{}}".utf8), as: Self.ann)
        _ = await desk.call("GET", "\(Self.shop)/secrets", as: Self.bob)
        _ = await desk.call("GET", "\(Self.shop)/pods", as: nil)
    }

    /// Each kind has an object, also one that a definition of ann's brings.
    private func endEveryKind() async throws {
        for type in Registry.builtIn.types where !type.isView { try await liveAndEnd(type) }
        try await change("POST", Self.definitions, Self.definition("widgets", "Widget"))
        let widgets = GroupResource("widgets.example.com")
        try await settle("widgets are served") { _ in cluster.registry.type(widgets) != nil }
        try await liveAndEnd(try #require(cluster.registry.type(widgets)))
    }

    /// An object of a kind is created, changed, put back, asked to end while something holds it, and let go.
    private func liveAndEnd(_ type: ResourceType) async throws {
        var object = Self.bodies[type.kind.kind] ?? [:]
        let name = object.string("metadata", "name") ?? "of-every-kind"
        let key = type.key(namespace: type.isNamespaced ? "shop" : "", name: name)
        let prefix = type.group.isEmpty ? "/api/v1" : "/apis/\(type.apiVersion)"
        let collection = (type.isNamespaced ? "\(prefix)/namespaces/shop/" : "\(prefix)/") + type.plural
        let path = "\(collection)/\(name)"
        (object["apiVersion"], object["kind"]) = (.string(type.apiVersion), .string(type.kind.kind))
        object["metadata"] = ["name": .string(name), "finalizers": ["purser.dev/hold"]]
        try await change("POST", collection, object)
        try await change("PATCH", path, ["metadata": ["labels": ["tier": "first"]]])
        let before = cluster.state.position
        try await change("PATCH", path, ["metadata": ["labels": ["tier": "second"]]])
        if let status = Self.statuses[type.kind.kind] { try await change("PATCH", "\(path)/status", status) }
        if type.hasScale { try await change("PATCH", "\(path)/scale", ["spec": ["replicas": 1]]) }
        if !EventCatalogue.observedKinds.contains(type.groupResource) {
            try await rollBack(
                ["resource": .string("\(type.groupResource)"), "namespace": "shop", "name": .string(name)], before)
        }
        try await change("DELETE", path)
        try await change("PATCH", path, ["metadata": ["finalizers": .null]])
        try await settle("\(type.kind.kind) is gone") { $0[key] == nil }
    }

    /// Of a part of a namespace, all of it, and the cluster; and a deletion that is taken back.
    private func rollBackEverything() async throws {
        let settings = "\(Self.shop)/configmaps/settings"
        let scopes: [JSON] = [
            ["namespace": "shop", "selector": "part=settings"], ["namespace": "shop"], ["cluster": true],
        ]
        try await change("PATCH", settings, ["metadata": ["labels": ["part": "settings"]]])
        for scope in scopes {
            let before = cluster.state.position
            try await change("PATCH", settings, ["data": ["step": .string("\(before)")]])
            try await rollBack(scope, before)
        }
        try await change("DELETE", settings)
        try await change(
            "POST", "\(Self.own)/rollbacks",
            ["undelete": true, "resource": "configmaps", "namespace": "shop", "name": "settings"])
    }

    private func rollBack(_ scope: JSON, _ position: Position) async throws {
        var body = scope
        body["to"] = .string("\(position)")
        try await change("POST", "\(Self.own)/rollbacks", body)
    }

    private func shred() async throws {
        try await change(
            "POST", "\(Self.shop)/secrets", ["metadata": ["name": "db"], "stringData": ["password": "not a secret"]])
        try await change("POST", "\(Self.own)/shreds", ["secret": ["namespace": "shop", "name": "db"]])
        try await change("POST", "\(Self.own)/shreds", ["user": "bob"])
    }

    /// A call of ann's that must succeed.
    private func change(_ method: String, _ path: String, _ body: JSON? = nil) async throws {
        try await call(method, path, body, as: Self.ann, agent: "kubectl/v1.34.1")
    }

    private func call(_ method: String, _ path: String, _ body: JSON?, as peer: PeerCertificate, agent: String)
        async throws
    {
        let form = method == "PATCH" ? "application/merge-patch+json" : "application/json"
        let answer = await desk.call(
            method, path, body?.canonicalBytes ?? [], headers: [("content-type", form), ("user-agent", agent)],
            as: peer)
        try #require((200..<300).contains(answer.status), "\(method) \(path): \(answer.text)")
    }
}

/// What the node does.
extension ClusterLife {
    private static let node = PeerCertificate(commonName: "system:node:n1", organizations: ["system:nodes"])

    private func byNode(_ method: String, _ path: String, _ body: JSON?) async throws {
        try await call(method, path, body, as: Self.node, agent: "purser-agent")
    }

    private func joinNode() async throws {
        let amounts: JSON = ["cpu": "4", "memory": "8Gi", "pods": "110"]
        try await byNode("POST", "/api/v1/nodes", ["metadata": ["name": "n1"]])
        try await byNode(
            "PATCH", "/api/v1/nodes/n1/status",
            [
                "status": [
                    "capacity": amounts, "allocatable": amounts,
                    "conditions": [["type": "Ready", "status": "True", "reason": "AgentReady"]],
                ]
            ])
        try await report([])
    }

    /// Lets the node act until something is true of the state.
    private func settle(_ what: String, _ isSo: @Sendable (ClusterState) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while !isSo(cluster.state) {
            try #require(ContinuousClock.now < deadline, "never true: \(what)")
            for pod in cluster.state.pods() where pod.string("spec", "nodeName") == "n1" { try await run(pod) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Starts the pod, or ends it.
    private func run(_ pod: JSON) async throws {
        let path = "/api/v1/namespaces/shop/pods/\(pod.string("metadata", "name") ?? "")"
        if pod.string("metadata", "deletionTimestamp") != nil {
            guard pod.array("metadata", "finalizers").isEmpty else { return }
            try await report([pod])
            return try await byNode("DELETE", path, ["gracePeriodSeconds": 0])
        }
        guard pod.string("status", "phase") != "Running" else { return }
        let now = JSON.string(cluster.clock.now.rfc3339)
        let container: JSON = [
            "name": "main", "image": pod.array("spec", "containers").first?["image"] ?? "", "imageID": "",
            "ready": true,
            "restartCount": 0, "started": true, "state": ["running": ["startedAt": now]],
        ]
        let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map { type -> JSON in
            ["type": .string(type), "status": "True", "lastTransitionTime": now]
        }
        try await byNode(
            "PATCH", "\(path)/status",
            [
                "status": [
                    "phase": "Running", "podIP": "10.244.0.9", "hostIP": "10.0.0.1", "startTime": now,
                    "conditions": .array(conditions), "containerStatuses": [container],
                ]
            ])
    }

    /// The last readings of pods.
    private func report(_ pods: [JSON]) async throws {
        let records = pods.map { pod -> JSON in
            [
                "uid": pod["metadata"]?["uid"] ?? "", "namespace": "shop", "name": pod["metadata"]?["name"] ?? "",
                "owner": ["kind": "", "name": ""], "final": true, "cpuNanoseconds": 1_500_000_000,
                "memoryByteSeconds": 67_108_864, "memoryBytes": 8_388_608, "memoryPeakBytes": 16_777_216,
                "ioReadBytes": 4096, "ioWriteBytes": 8192, "networkSentBytes": 1024, "networkReceivedBytes": 2048,
                "containers": [],
            ]
        }
        try await byNode(
            "POST", "\(Self.own)/usagereports",
            [
                "apiVersion": "purser.dev/v1alpha1", "kind": "UsageReport", "node": "n1", "bootID": "boot-1",
                "observedAt": .string(cluster.clock.now.rfc3339Micro), "interval": 10, "pods": .array(records),
            ])
    }
}

extension ClusterState {
    /// The pods of the namespace shop, of one app if given.
    fileprivate func pods(_ app: String? = nil) -> [JSON] {
        var pods: [JSON] = []
        forEach(.pods, namespace: "shop") { _, object in
            let pod = object.object().json
            if app == nil || pod.string("metadata", "labels", "app") == app { pods.append(pod) }
            return true
        }
        return pods
    }

    fileprivate func running(_ app: String, _ image: String) -> Int {
        pods(app).count {
            $0.array("spec", "containers").first?.string("image") == image && $0.string("status", "phase") == "Running"
        }
    }
}
