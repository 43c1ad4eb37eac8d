import KubeModel
import Reconciliation
import Testing

struct DeletionTests {
    private static func child(_ name: String, of owners: [KubeObject]) -> KubeObject {
        var object = Fixture.pod(name)
        object.json[["metadata", "ownerReferences"]] = .array(
            owners.map {
                OwnerReference(apiVersion: "v1", kind: "ConfigMap", name: $0.name, uid: $0.uid).json
            })
        return object
    }

    private static func owner(_ name: String, finalizers: [String] = []) -> KubeObject {
        KubeObject([
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "name": .string(name), "namespace": "shop", "finalizers": .array(finalizers.map { .string($0) }),
            ],
        ])
    }

    /// Two owners; one pod of both, one of the first only.
    private static func cluster(finalizers: [String] = []) -> SimulatedCluster {
        var cluster = SimulatedCluster([GarbageCollector()])
        cluster.create(.configMaps, owner("a", finalizers: finalizers))
        cluster.create(.configMaps, owner("b"))
        let owners = cluster.view.list(.configMaps, namespace: "shop")
        cluster.create(.pods, child("both", of: owners))
        cluster.create(.pods, child("one", of: [owners[0]]))
        return cluster
    }

    private static let key = ObjectKey(.configMaps, namespace: "shop", name: "a")

    @Test("what lost its last owner is deleted; what has another one only forgets the lost one")
    func orphansAreCollected() {
        var cluster = Self.cluster()
        cluster.settle()
        #expect(cluster.view.list(.pods, namespace: nil).count == 2)
        cluster.delete(Self.key)
        cluster.settle()
        #expect(cluster.view.list(.pods, namespace: nil).map(\.name) == ["both"])
        #expect(cluster.view.list(.pods, namespace: nil).first?.ownerReferences.map(\.name) == ["b"])
    }

    @Test("foreground deletion keeps the owner until its dependents are gone")
    func foregroundWaits() {
        var cluster = Self.cluster(finalizers: ["foregroundDeletion"])
        cluster.edit(ObjectKey(.pods, namespace: "shop", name: "one")) {
            $0.json[["metadata", "finalizers"]] = ["x/hold"]
        }
        cluster.delete(Self.key)
        cluster.settle()
        #expect(cluster.view.object(Self.key) != nil)
        cluster.apply(
            Plan([.removeFinalizer(ObjectKey(.pods, namespace: "shop", name: "one"), uid: "", finalizer: "x/hold")]))
        cluster.settle()
        #expect(cluster.view.object(Self.key) == nil)
        #expect(cluster.view.list(.pods, namespace: nil).map(\.name) == ["both"])
    }

    @Test("orphaning frees the dependents and lets the owner go")
    func orphaningFrees() {
        var cluster = Self.cluster(finalizers: ["orphan"])
        cluster.delete(Self.key)
        cluster.settle()
        #expect(cluster.view.object(Self.key) == nil)
        #expect(cluster.view.list(.pods, namespace: nil).map(\.name) == ["both", "one"])
        #expect(cluster.view.list(.pods, namespace: nil).last?.ownerReferences == [])
    }

    @Test("an owner of an unknown kind is never taken to be gone")
    func unknownKindsAreSafe() {
        var cluster = SimulatedCluster([GarbageCollector()])
        var pod = Fixture.pod("p")
        pod.json[["metadata", "ownerReferences"]] = [
            OwnerReference(apiVersion: "example.com/v1", kind: "Ox", name: "o", uid: "u").json
        ]
        cluster.create(.pods, pod)
        cluster.settle()
        #expect(cluster.view.list(.pods, namespace: nil).count == 1)
    }

    @Test("a namespace that is deleted is emptied before it goes, and every other has its default account")
    func namespacesAreEmptied() {
        var cluster = SimulatedCluster([NamespaceReconciler(), ServiceAccountReconciler()])
        for name in ["shop", "other"] {
            cluster.create(
                .namespaces,
                KubeObject(["metadata": ["name": .string(name)], "spec": ["finalizers": ["kubernetes"]]]))
        }
        cluster.settle()
        #expect(cluster.view.list(.serviceAccounts, namespace: nil).map(\.namespace) == ["other", "shop"])
        cluster.create(.pods, Fixture.pod("p"))
        cluster.create(.configMaps, Self.owner("held", finalizers: ["x/hold"]))
        let key = ObjectKey(.namespaces, name: "shop")
        cluster.edit(key) { $0.json[["metadata", "deletionTimestamp"]] = "2026-01-01T00:00:00Z" }
        cluster.settle()
        #expect(cluster.view.list(.pods, namespace: "shop") == [])
        let remaining = cluster.view.object(key)?.condition("NamespaceFinalizersRemaining")
        #expect(remaining?.string("message") == "Waiting for finalizers: x/hold")
        cluster.apply(
            Plan([
                .removeFinalizer(ObjectKey(.configMaps, namespace: "shop", name: "held"), uid: "", finalizer: "x/hold")
            ]))
        cluster.settle()
        #expect(cluster.view.object(key) == nil)
        #expect(cluster.view.list(.serviceAccounts, namespace: nil).map(\.namespace) == ["other"])
    }
}
