import CommandHandling
import Domain
import EventLog
import KubeMachinery
import KubeModel
import Reconciliation
import Testing

@testable import ControlPlane

@Suite("Rollbacks of custom resources")
struct CustomResourceRollbackTests {
    private static let resource = GroupResource("widgets.example.com")
    private static let definitionKey = ObjectKey(.customResourceDefinitions, name: "widgets.example.com")

    private static func definition(_ properties: JSON, versions: [String] = ["v1"]) -> JSON {
        [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": ["name": "widgets.example.com"],
            "spec": [
                "group": "example.com", "scope": "Namespaced", "names": ["plural": "widgets", "kind": "Widget"],
                "versions": .array(
                    versions.map { name in
                        [
                            "name": .string(name), "served": true, "storage": .bool(name == versions[0]),
                            "schema": [
                                "openAPIV3Schema": [
                                    "type": "object",
                                    "properties": ["spec": ["type": "object", "properties": properties]],
                                ]
                            ],
                        ]
                    }),
            ],
        ]
    }

    private static let wide: JSON = ["size": ["type": "integer"], "color": ["type": "string"]]
    private static let narrow: JSON = ["size": ["type": "integer", "maximum": 5]]

    private static func widget(_ name: String, _ spec: JSON, version: String = "v1") -> JSON {
        [
            "apiVersion": .string("example.com/\(version)"), "kind": "Widget",
            "metadata": ["name": .string(name), "namespace": "shop"], "spec": spec,
        ]
    }

    /// A server with its controllers, a namespace, and widgets served.
    private static func run(
        _ log: InMemoryEventLog = InMemoryEventLog(), definition: JSON = definition(wide),
        _ body: (Desk) async throws -> Void
    ) async throws {
        func controllers(_ replica: Replica) -> [ControllerRuntime] {
            [
                ControllerRuntime(
                    cluster: replica.cluster, writer: replica.writer,
                    reconcilers: Reconcilers.all(startedAt: replica.cluster.clock.now), logger: Replica.quiet)
            ]
        }
        try await Replica.run(on: log, services: controllers) { replica in
            try await replica.createNamespace()
            try await replica.create(.customResourceDefinitions, definition)
            let desk = Desk(replica: replica)
            try await desk.settle { $0.registry.type(resource) != nil }
            try await body(desk)
        }
    }

    private struct Desk {
        let replica: Replica
        var cluster: ControlPlane.Cluster { replica.cluster }

        func settle(_ isDone: (ControlPlane.Cluster) -> Bool) async throws {
            while !isDone(cluster) { try await Task.sleep(for: .milliseconds(5)) }
        }

        private func write(_ name: String, _ operation: WriteRequest.Operation) async throws {
            let type = try #require(cluster.registry.type(resource))
            let origin = CallOrigin(caller: Caller(subject: "tester", verb: "test"), callID: cluster.newCallID())
            _ = try await replica.writer.execute(
                WriteRequest(type, namespace: "shop", name: name, operation: operation, origin: origin))
        }

        func create(_ name: String, _ spec: JSON, version: String = "v1") async throws {
            try await write("", .create(widget(name, spec, version: version)))
        }

        func set(_ name: String, _ spec: JSON) async throws {
            try await write(name, .patch(.merge, JSON.object(["spec": spec]).canonicalBytes))
        }

        func delete(_ name: String) async throws { try await write(name, .delete(DeleteOptions())) }

        /// Replaces the definition, and waits until that is how widgets are served.
        func redefine(_ definition: JSON) async throws {
            let before = cluster.registry
            let patch: JSON = ["spec": ["versions": definition["spec"]?["versions"] ?? []]]
            _ = try await replica.writer.execute(
                replica.request(
                    .customResourceDefinitions, name: "widgets.example.com", .patch(.merge, patch.canonicalBytes)))
            try await settle { $0.registry != before }
        }

        func endDefinition() async throws {
            _ = try await replica.writer.execute(
                replica.request(.customResourceDefinitions, name: "widgets.example.com", .delete(DeleteOptions())))
            try await settle { $0.state[definitionKey] == nil && $0.registry.type(resource) == nil }
        }

        func spec(_ name: String) -> JSON? {
            cluster.state[ObjectKey(resource, namespace: "shop", name: name)]?.member("spec")
        }

        /// What people asked for, statuses that controllers wrote left out.
        var people: [ObjectKey: JSON] { People.objects(cluster.state) }
    }

    @Test("a namespace goes back with its custom resources, in the transaction of the rest")
    func namespace() async throws {
        try await Self.run { desk in
            try await desk.create("changed", ["size": 1])
            try await desk.create("deleted", ["size": 2])
            let then = (desk.cluster.state.position, desk.people)
            try await desk.set("changed", ["size": 9])
            try await desk.delete("deleted")
            try await desk.create("added", ["size": 3])
            try await desk.replica.create(.configMaps, Replica.configMap("a", "1"))
            let result = try await desk.replica.rollBack(.namespace("shop"), to: then.0)
            #expect(
                result.plan.steps.map { "\($0.action) \($0.key)" } == [
                    "delete configmaps/shop/a", "delete widgets.example.com/shop/added",
                    "update widgets.example.com/shop/changed", "create widgets.example.com/shop/deleted",
                ])
            #expect(desk.people == then.1)
            let events = try await desk.cluster.log.everything().filter { $0.position >= result.position }
            #expect(Set(events.prefix(5).map(\.event.callID)).count == 1)
        }
    }

    @Test(
        "fields that the schema lost are left out and named; an object that it forbids now stays as it is, and says why"
    )
    func narrowed() async throws {
        try await Self.run { desk in
            try await desk.create("fits", ["size": 1, "color": "red"])
            try await desk.create("large", ["size": 9])
            let then = desk.cluster.state.position
            try await desk.set("fits", ["size": 2])
            try await desk.set("large", ["size": 3])
            try await desk.redefine(Self.definition(Self.narrow))
            let plan = try await desk.replica.rollBack(.namespace("shop"), to: then).plan
            #expect(desk.spec("fits") == ["size": 1])
            #expect(plan.steps.map(\.notes) == [["the schema does not have it any more: unknown field \"spec.color\""]])
            #expect(desk.spec("large") == ["size": 3])
            #expect(
                plan.refusals.map(\.reason) == [
                    "it does not fit the schema that its CustomResourceDefinition has now (spec.size: Invalid value: 9: "
                        + "spec.size in body should be less than or equal to 5); roll the definition back as well, or "
                        + "make the object anew by hand"
                ])
        }
    }

    @Test("where the definition is gone, a rollback of the namespace leaves the objects and says what to do")
    func withoutDefinition() async throws {
        try await Self.run { desk in
            try await desk.create("a", ["size": 1])
            let then = desk.cluster.state.position
            try await desk.endDefinition()
            try await desk.replica.create(.configMaps, Replica.configMap("b", "1"))
            let plan = try await desk.replica.rollBack(.namespace("shop"), to: then).plan
            #expect(plan.steps.map(\.key.name) == ["b"])
            #expect(plan.refusals.map(\.key.description) == ["widgets.example.com/shop/a"])
            #expect(
                plan.refusals.map(\.reason) == [
                    "its CustomResourceDefinition widgets.example.com is not there; bring that back first (purser "
                        + "undelete customresourcedefinition/widgets.example.com), or roll back the cluster"
                ])
        }
    }

    @Test("a rollback of the cluster brings a definition back before its objects, and they are served again")
    func cluster() async throws {
        let log = InMemoryEventLog()
        try await Self.run(log) { desk in
            try await desk.create("a", ["size": 1, "color": "red"])
            let then = (desk.cluster.state.position, desk.people)
            try await desk.endDefinition()
            let result = try await desk.replica.rollBack(.cluster, to: then.0)
            #expect(
                result.plan.steps.map { "\($0.action) \($0.key)" } == [
                    "create customresourcedefinitions.apiextensions.k8s.io/widgets.example.com",
                    "create widgets.example.com/shop/a",
                ])
            #expect(desk.people == then.1)
            try await desk.settle { $0.registry.type(Self.resource) != nil }
            try await desk.set("a", ["size": 2])
        }
        let state = try await StateLoader.replay(log, through: try await log.head().position)
        #expect(state.count(Self.resource) == 1)
    }

    @Test("a rollback of the cluster puts a changed definition back first, so that what it forbade fits again")
    func redefined() async throws {
        try await Self.run { desk in
            try await desk.create("large", ["size": 9, "color": "red"])
            let then = (desk.cluster.state.position, desk.people)
            try await desk.set("large", ["size": 3])
            try await desk.redefine(Self.definition(Self.narrow))
            let plan = try await desk.replica.rollBack(.cluster, to: then.0).plan
            #expect(plan.refusals.isEmpty)
            #expect(desk.spec("large") == ["size": 9, "color": "red"])
            #expect(desk.people == then.1)
        }
    }

    @Test("a rollback of the cluster to before a definition ends its objects, and then itself")
    func before() async throws {
        try await Self.run { desk in
            let then = desk.cluster.state.position
            try await desk.endDefinition()
            let without = desk.cluster.state.position
            try await desk.replica.rollBack(.cluster, to: then)
            try await desk.settle { $0.registry.type(Self.resource) != nil }
            try await desk.create("a", ["size": 1])
            let plan = try await desk.replica.rollBack(.cluster, to: without).plan
            #expect(plan.steps.map { "\($0.action) \($0.key.name)" } == ["delete a", "delete widgets.example.com"])
            #expect(plan.steps.last?.notes == ["it ends when nothing holds it any more"])
            try await desk.settle { $0.state[Self.definitionKey] == nil }
            #expect(desk.cluster.state.count(Self.resource) == 0)
        }
    }

    @Test("an object of a version that is no longer served comes back in the one that is")
    func version() async throws {
        try await Self.run(definition: Self.definition(Self.wide, versions: ["v1beta1"])) { desk in
            try await desk.create("a", ["size": 1], version: "v1beta1")
            let then = desk.cluster.state.position
            try await desk.delete("a")
            var both = Self.definition(Self.wide, versions: ["v1", "v1beta1"])
            var versions = both.array("spec", "versions")
            versions[1]["served"] = false
            both[["spec", "versions"]] = .array(versions)
            try await desk.redefine(both)
            let plan = try await desk.replica.rollBack(.namespace("shop"), to: then).plan
            #expect(
                plan.steps.map(\.notes) == [
                    ["example.com/v1beta1 is not served any more: it comes back as example.com/v1"]
                ])
            let stored = desk.cluster.state[ObjectKey(Self.resource, namespace: "shop", name: "a")]
            #expect(stored?.member("apiVersion") == "example.com/v1")
        }
    }

    @Test("what a custom resource owns is collected once that is gone")
    func garbage() async throws {
        try await Self.run { desk in
            try await desk.create("owner", ["size": 1])
            let key = ObjectKey(Self.resource, namespace: "shop", name: "owner")
            let uid = try #require(desk.cluster.state[key]?.uid)
            var owned = Replica.configMap("owned", "1")
            owned[["metadata", "ownerReferences"]] = [
                OwnerReference(apiVersion: "example.com/v1", kind: "Widget", name: "owner", uid: uid).json
            ]
            try await desk.replica.create(.configMaps, owned)
            try await desk.delete("owner")
            try await desk.settle { $0.state[ObjectKey(.configMaps, namespace: "shop", name: "owned")] == nil }
        }
    }
}
