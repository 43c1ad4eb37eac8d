import CommandHandling
import Domain
import EventLog
import KubeMachinery
import KubeModel
import PropertyTesting
import Testing

@testable import ControlPlane

@Suite("Rollbacks of many objects")
struct RollbackTests {
    @Test("a namespace goes back as a whole, in one transaction headed by NamespaceRolledBack")
    func namespace() async throws {
        let log = InMemoryEventLog()
        try await Replica.run(on: log) { replica in
            try await replica.createNamespace()
            try await replica.create(.configMaps, Replica.configMap("changed", "1"))
            try await replica.create(.configMaps, Replica.configMap("deleted", "1"))
            let then = replica.cluster.state
            _ = try await replica.patch("changed", "2")
            try await replica.delete(.configMaps, "deleted")
            try await replica.create(.configMaps, Replica.configMap("added", "1"))

            let plan = try await replica.rollBack(.namespace("shop"), to: then.position, isDryRun: true).plan
            #expect(
                plan.steps.map { "\($0.action) \($0.key.name)" } == [
                    "delete added", "update changed", "create deleted",
                ])
            #expect(People.objects(replica.cluster.state) != People.objects(then), "a dry run changes nothing")

            let head = replica.cluster.state.position
            let result = try await replica.rollBack(.namespace("shop"), to: then.position)
            #expect(People.objects(replica.cluster.state) == People.objects(then))
            let events = try await log.everything().filter { $0.position > head }
            #expect(
                events.map(\.event.type) == [
                    "NamespaceRolledBack", "ConfigMapDeleted", "ConfigMapRolledBack", "ConfigMapRolledBack",
                ])
            #expect(Set(events.map(\.event.callID)).count == 1)
            #expect(events[0].position == result.position)
            #expect(events.dropFirst().allSatisfy { $0.event.cause == result.position })
            #expect(events.dropFirst().allSatisfy { $0.event.correlation == result.position })
            #expect(try JSON(parsing: events[0].event.payload)["$rollback"] == ["to": .int(then.position)])
        }
        #expect(try await log.replayedHash().isEmpty == false)
    }

    @Test("a rollback can be rolled back, and one to the present does nothing")
    func undone() async throws {
        let log = InMemoryEventLog()
        let live = try await Replica.run(on: log) { replica in
            try await replica.createNamespace()
            try await replica.create(.configMaps, Replica.configMap("a", "1"))
            let first = replica.cluster.state
            _ = try await replica.patch("a", "2")
            try await replica.create(.configMaps, Replica.configMap("b", "1"))
            let second = replica.cluster.state
            try await replica.rollBack(.cluster, to: first.position)
            #expect(People.objects(replica.cluster.state) == People.objects(first))
            try await replica.rollBack(.cluster, to: second.position)
            #expect(People.objects(replica.cluster.state) == People.objects(second))
            #expect(try await replica.rollBack(.cluster, to: second.position).position == 0)
            return replica.cluster.state
        }
        #expect(try await log.replayedHash() == live.contentHash())
        #expect(try await log.everything().filter { $0.event.type == "ClusterRolledBack" }.count == 2)
    }

    @Test("a selector brings back what it chose then or chooses now, and leaves the rest")
    func selection() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            for name in ["mine", "other"] {
                var object = Replica.configMap(name, "1")
                object[["metadata", "labels"]] = ["app": .string(name)]
                try await replica.create(.configMaps, object)
            }
            let then = replica.cluster.state.position
            _ = try await replica.patch("mine", "2")
            _ = try await replica.patch("other", "2")
            let extent = RestorationExtent.selection(
                namespace: "shop", try LabelSelector(query: "app=mine"), text: "app=mine")
            let result = try await replica.rollBack(extent, to: then)
            #expect(result.plan.steps.map(\.key.name) == ["mine"])
            #expect(replica.value("mine") == "1")
            #expect(replica.value("other") == "2")
            let nothing = RestorationExtent.selection(
                namespace: "shop", try LabelSelector(query: "app=hers"), text: "app=hers")
            let refusal = await #expect(throws: KubeStatus.self) { try await replica.rollBack(nothing, to: then) }
            #expect(refusal?.code == 404 && refusal?.message.contains("has the labels app=hers") == true)
        }
    }

    @Test("a namespace that is gone comes back with what was in it, in one transaction")
    func namespaceAnew() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            try await replica.create(.configMaps, Replica.configMap("a", "1"))
            let then = replica.cluster.state
            try await replica.delete(.configMaps, "a")
            try await replica.endNamespace("shop")
            #expect(replica.cluster.state.namespaceState("shop") == .absent)
            let result = try await replica.rollBack(.namespace("shop"), to: then.position)
            #expect(result.plan.refusals.isEmpty)
            #expect(People.objects(replica.cluster.state) == People.objects(then))
            #expect(replica.cluster.state.namespaceState("shop") == .active)
        }
    }

    @Test("what may not change is made anew where the kind allows it")
    func immutable() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            try await replica.create(.deployments, Replica.deployment("web", app: "old"))
            let then = replica.cluster.state
            try await replica.delete(.deployments, "web")
            try await replica.create(.deployments, Replica.deployment("web", app: "new"))
            var sealed = Replica.configMap("sealed", "2")
            sealed["immutable"] = true
            try await replica.create(.configMaps, sealed)
            let later = replica.cluster.state
            let result = try await replica.rollBack(.namespace("shop"), to: then.position)
            let step = try #require(result.plan.steps.first { $0.key.name == "web" })
            #expect(step.action == .recreate)
            #expect(step.notes == ["spec.selector cannot be changed: it is ended and made anew"])
            #expect(People.objects(replica.cluster.state) == People.objects(then))
            // And back again: the immutable ConfigMap, gone meanwhile, too.
            try await replica.rollBack(.namespace("shop"), to: later.position)
            #expect(People.objects(replica.cluster.state) == People.objects(later))
        }
    }

    private static func owned(_ name: String, by owner: StoredObject, _ kind: String, _ ownerName: String) -> JSON {
        var object = Replica.configMap(name, "1")
        object[["metadata", "ownerReferences"]] = [
            ["apiVersion": "v1", "kind": .string(kind), "name": .string(ownerName), "uid": .string(owner.uid)]
        ]
        return object
    }

    @Test("what people own stays with an object that is made anew")
    func dependents() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            let (web, part) = (
                ObjectKey(.deployments, namespace: "shop", name: "web"),
                ObjectKey(.configMaps, namespace: "shop", name: "part")
            )
            try await replica.createNamespace()
            try await replica.create(.deployments, Replica.deployment("web", app: "old"))
            let then = replica.cluster.state
            try await replica.delete(.deployments, "web")
            try await replica.create(.deployments, Replica.deployment("web", app: "new"))
            let live = try #require(replica.cluster.state[web])
            try await replica.create(.configMaps, Self.owned("part", by: live, "Deployment", "web"))
            let result = try await replica.rollBack(.object(web), to: then.position)
            #expect(result.plan.steps.map { "\($0.action) \($0.key.name)" } == ["recreate web", "update part"])
            #expect(result.plan.steps.last?.notes == ["its owner is made anew"])
            let state = replica.cluster.state
            let owner = try #require(state[part]?.member("metadata", "ownerReferences")?.arrayValue?.first)
            #expect(owner.string("uid") == state[web]?.uid && state[web]?.uid != live.uid)
        }
    }

    @Test("an owner that comes back too is the owner again, whichever is named first")
    func ownersFirst() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            let (first, last) = (
                ObjectKey(.configMaps, namespace: "shop", name: "aa"),
                ObjectKey(.configMaps, namespace: "shop", name: "zz")
            )
            try await replica.createNamespace()
            try await replica.create(.configMaps, Replica.configMap("zz", "1"))
            let owner = try #require(replica.cluster.state[last])
            try await replica.create(.configMaps, Self.owned("aa", by: owner, "ConfigMap", "zz"))
            let then = replica.cluster.state.position
            try await replica.delete(.configMaps, "aa")
            try await replica.delete(.configMaps, "zz")
            let result = try await replica.rollBack(.namespace("shop"), to: then)
            #expect(result.plan.steps.map { "\($0.key.name) \($0.notes)" } == ["zz []", "aa []"])
            let state = replica.cluster.state
            let reference = state[first]?.member("metadata", "ownerReferences")?.arrayValue?.first
            #expect(reference?.string("uid") == state[last]?.uid && state[last]?.uid != owner.uid)
        }
    }

    @Test("an address or a port that another Service has meanwhile is left to it, and the plan says so")
    func takenAddress() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            try await replica.create(.services, Replica.service("web", address: "10.96.0.77", nodePort: 30077))
            let then = replica.cluster.state.position
            try await replica.delete(.services, "web")
            try await replica.createNamespace("other")
            try await replica.create(
                .services, Replica.service("thief", namespace: "other", address: "10.96.0.77", nodePort: 30077))
            let result = try await replica.rollBack(.namespace("shop"), to: then)
            #expect(
                result.plan.steps.first?.notes == [
                    "its address 10.96.0.77 is now that of services/other/thief: it gets another",
                    "its node port 30077 is now that of services/other/thief: it gets another",
                ])
            let service = try #require(replica.cluster.state[ObjectKey(.services, namespace: "shop", name: "web")])
            let address = service.member("spec", "clusterIP")?.stringValue ?? ""
            #expect(address.hasPrefix("10.96.") && address != "10.96.0.77")
        }
    }

    @Test("what controllers keep is left alone")
    func controllers() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            var owned = Replica.configMap("owned", "1")
            owned[["metadata", "ownerReferences"]] = [
                OwnerReference(apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "u").json
            ]
            try await replica.create(.configMaps, owned)
            let then = replica.cluster.state.position
            _ = try await replica.patch("owned", "2")
            #expect(try await replica.rollBack(.namespace("shop"), to: then).plan.isEmpty)
            #expect(replica.value("owned") == "2")
        }
    }

    @Test("targets at which there was nothing are refused in plain words")
    func badTargets() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            let before = replica.cluster.state.position
            try await replica.create(.configMaps, Replica.configMap("a", "1"))
            let key = ObjectKey(.configMaps, namespace: "shop", name: "a")
            let status = await #expect(throws: KubeStatus.self) { try await replica.rollBack(.object(key), to: before) }
            #expect(status?.code == 404)
            #expect(status?.message.hasPrefix("configmaps/shop/a did not exist at position \(before)") == true)
            let absent = await #expect(throws: KubeStatus.self) {
                try await replica.rollBack(.namespace("nowhere"), to: before)
            }
            #expect(absent?.code == 404)
        }
    }

    @Test("a plan that is no longer the one agreed to is not carried out")
    func agreement() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            try await replica.create(.configMaps, Replica.configMap("a", "1"))
            let then = replica.cluster.state.position
            _ = try await replica.patch("a", "2")
            let plan = try await replica.rollBack(.namespace("shop"), to: then, isDryRun: true).plan
            _ = try await replica.patch("a", "3")
            let status = await #expect(throws: KubeStatus.self) {
                try await replica.rollBack(.namespace("shop"), to: then, agreed: plan.digest)
            }
            #expect(status?.code == 409)
            #expect(replica.value("a") == "3")
            let now = try await replica.rollBack(.namespace("shop"), to: then, isDryRun: true).plan
            try await replica.rollBack(.namespace("shop"), to: then, agreed: now.digest)
            #expect(replica.value("a") == "1")
        }
    }

    @Test("the plan says whether the pods find room")
    func fit() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            try await replica.create(.nodes, Replica.node("n1", cpu: "1"))
            try await replica.create(.deployments, Replica.deployment("web", app: "web", replicas: 3, cpu: "500m"))
            let then = replica.cluster.state.position
            try await replica.delete(.deployments, "web")
            let fit = try await replica.rollBack(.namespace("shop"), to: then, isDryRun: true).fit
            #expect(fit.pods == 3)
            #expect(fit.placed == 2)
            #expect(fit.message.contains("1 of 3 pods find no node"))
        }
    }
}

@Suite("Rollbacks of random histories")
struct RollbackPropertyTests {
    @Test(
        "a rollback to any position restores just what people owned there, and touches nothing else",
        arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func exact(seed: UInt64) async throws {
        let log = InMemoryEventLog()
        let live = try await Replica.run(on: log) { replica in
            var random = SeededRandom(seed: seed)
            for namespace in ["shop", "bank"] { try await replica.createNamespace(namespace) }
            var moments: [ClusterState] = [replica.cluster.state]
            for step in 0..<400 {
                try await replica.change(step, using: &random)
                moments.append(replica.cluster.state)
                guard step % 20 == 19, let moment = moments.randomElement(using: &random) else { continue }
                let others = People.others(replica.cluster.state)
                try await replica.rollBack(.cluster, to: moment.position)
                let state = replica.cluster.state
                let wrong = People.differences(People.objects(state), People.objects(moment))
                #expect(wrong == [], "seed \(seed), step \(step), to \(moment.position)")
                #expect(People.differences(People.others(state), others) == [], "seed \(seed), step \(step)")
                moments.append(replica.cluster.state)
            }
            return replica.cluster.state
        }
        #expect(try await log.replayedHash() == live.contentHash(), "seed \(seed)")
    }
}

/// The parts of a state.
enum People {
    /// What people asked for, without what the server draws or allocates: identity, times, addresses.
    static func objects(_ state: ClusterState) -> [ObjectKey: JSON] {
        select(state) { Ownership.isPeoples($0, $1) }.mapValues { object in
            var object = Restoration.lasting(object)
            for name in ["clusterIP", "clusterIPs"] { object[["spec", name]] = nil }
            return object
        }
    }

    static func others(_ state: ClusterState) -> [ObjectKey: JSON] {
        select(state) { !Ownership.isPeoples($0, $1) }
    }

    static func differences(_ left: [ObjectKey: JSON], _ right: [ObjectKey: JSON]) -> [ObjectKey] {
        Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }.sorted()
    }

    private static func select(_ state: ClusterState, _ includes: (ObjectKey, StoredObject) -> Bool) -> [ObjectKey:
        JSON]
    {
        var objects: [ObjectKey: JSON] = [:]
        for resource in state.populatedResources {
            state.forEach(resource) { name, object in
                let key = ObjectKey(resource, namespace: name.namespace, name: name.name)
                if includes(key, object) { objects[key] = object.object().json }
                return true
            }
        }
        return objects
    }
}

extension Replica {
    @discardableResult
    func rollBack(
        _ extent: RestorationExtent, to position: Position, isDryRun: Bool = false, agreed: String? = nil
    ) async throws -> RollbackResult {
        let origin = CallOrigin(caller: Caller(subject: "tester", verb: "rollback"), callID: cluster.newCallID())
        return try await writer.rollBack(
            RollbackRequest(extent, to: position, isDryRun: isDryRun, agreed: agreed, origin: origin))
    }

    func delete(_ resource: GroupResource, _ name: String, namespace: String = "shop") async throws {
        _ = try await writer.execute(
            request(resource, namespace: namespace, name: name, .delete(DeleteOptions())))
    }

    /// As the namespace's controller does when nothing is left in it.
    func endNamespace(_ name: String) async throws {
        _ = try await writer.execute(request(.namespaces, name: name, .delete(DeleteOptions())))
        let uid = try #require(cluster.state[ObjectKey(.namespaces, name: name)]).uid
        _ = try await writer.execute(request(.namespaces, name: name, .removeFinalizer("kubernetes", uid: uid)))
    }

    func value(_ name: String) -> String? {
        cluster.state[ObjectKey(.configMaps, namespace: "shop", name: name)]?.member("data", "value")?.stringValue
    }

    static func node(_ name: String, cpu: String) -> JSON {
        [
            "apiVersion": "v1", "kind": "Node", "metadata": ["name": .string(name)],
            "status": [
                "allocatable": ["cpu": .string(cpu), "memory": "8Gi", "pods": "110"],
                "conditions": [["type": "Ready", "status": "True"]],
            ],
        ]
    }

    static func deployment(
        _ name: String, namespace: String = "shop", app: String, replicas: Int64 = 1, image: String = "nginx",
        cpu: String = "10m"
    ) -> JSON {
        let labels: JSON = ["app": .string(app)]
        return [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "spec": [
                "replicas": .int(replicas), "selector": ["matchLabels": labels],
                "template": [
                    "metadata": ["labels": labels],
                    "spec": [
                        "containers": [
                            [
                                "name": "web", "image": .string(image),
                                "resources": ["requests": ["cpu": .string(cpu)]],
                            ]
                        ]
                    ],
                ],
            ],
        ]
    }

    static func service(
        _ name: String, namespace: String = "shop", address: String? = nil, nodePort: Int64? = nil, port: Int64 = 80
    ) -> JSON {
        var ports: JSON = ["port": .int(port)]
        if let nodePort { ports["nodePort"] = .int(nodePort) }
        var spec: JSON = ["selector": ["app": "web"], "ports": [ports]]
        if nodePort != nil { spec["type"] = "NodePort" }
        if let address { spec["clusterIP"] = .string(address) }
        return [
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["name": .string(name), "namespace": .string(namespace)], "spec": spec,
        ]
    }

    /// One random change by a person or a controller: a creation, a replacement or a deletion.
    func change(_ step: Int, using random: inout SeededRandom) async throws {
        let namespace = Bool.random(using: &random) ? "shop" : "bank"
        // Names that begin with c are those of a controller's objects.
        let name = (Int.random(in: 0..<4, using: &random) == 0 ? "c" : "o") + "\(Int.random(in: 0..<5, using: &random))"
        let kinds: [GroupResource] = [.configMaps, .services, .deployments, .replicaSets, .serviceAccounts, .secrets]
        let resource = kinds[Int.random(in: 0..<kinds.count, using: &random)]
        let key = ObjectKey(resource, namespace: namespace, name: name)
        guard let live = cluster.state[key] else {
            try await create(resource, Self.random(key, step, using: &random))
            return
        }
        if Int.random(in: 0..<3, using: &random) == 0 { return try await delete(resource, name, namespace: namespace) }
        var new = Self.random(key, step, using: &random)
        // What may not change stays, so that the write is taken.
        if resource == .deployments || resource == .replicaSets {
            let old = live.object().spec
            new[["spec", "selector"]] = old["selector"]
            new[["spec", "template", "metadata"]] = old["template"]?["metadata"]
        }
        if resource == .secrets { new["type"] = live.member("type") }
        new[["metadata", "ownerReferences"]] = live.member("metadata", "ownerReferences")
        _ = try await writer.execute(request(resource, namespace: namespace, name: name, .update(new)))
    }

    private static func random(_ key: ObjectKey, _ step: Int, using random: inout SeededRandom) -> JSON {
        var object: JSON
        switch key.resource {
        case .services: object = service(key.name, namespace: key.namespace, port: Int64(step + 1))
        case .deployments, .replicaSets:
            object = deployment(
                key.name, namespace: key.namespace, app: "a\(Int.random(in: 0..<3, using: &random))",
                replicas: Int64(step), image: "nginx:\(step)")
            if key.resource == .replicaSets { object["kind"] = "ReplicaSet" }
        case .serviceAccounts: object = ["apiVersion": "v1", "kind": "ServiceAccount"]
        case .secrets:
            object = ["apiVersion": "v1", "kind": "Secret", "data": ["k": "AAAA"], "type": .string("t\(step % 3)")]
        default: object = ["apiVersion": "v1", "kind": "ConfigMap", "data": ["k": .string("\(step)")]]
        }
        object[["metadata", "name"]] = .string(key.name)
        object[["metadata", "namespace"]] = .string(key.namespace)
        object[["metadata", "labels"]] = ["step": .string("\(step)")]
        if key.name.hasPrefix("c") {
            object[["metadata", "ownerReferences"]] = [
                OwnerReference(apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "owner").json
            ]
        }
        return object
    }
}
