import Domain
import KubeMachinery
import KubeModel
import Reconciliation
import Testing

@Suite("CustomResourceDefinitions")
struct CustomResourceDefinitionTests {
    private static let resource = GroupResource("widgets.example.com")
    private static let key = ObjectKey(.customResourceDefinitions, name: "widgets.example.com")

    private static let definition = KubeObject([
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": [
            "name": "widgets.example.com", "finalizers": ["customresourcecleanup.apiextensions.k8s.io"],
        ],
        "spec": [
            "group": "example.com", "scope": "Namespaced",
            "names": ["plural": "widgets", "kind": "Widget", "singular": "widget", "listKind": "WidgetList"],
            "versions": [
                ["name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": ["type": "object"]]]
            ],
        ],
    ])

    private static func cluster() -> SimulatedCluster {
        var cluster = SimulatedCluster([CustomResourceDefinitionReconciler(), GarbageCollector()])
        cluster.create(.customResourceDefinitions, definition)
        cluster.settle()
        return cluster
    }

    private static func widget(_ name: String) -> KubeObject {
        KubeObject([
            "apiVersion": "example.com/v1", "kind": "Widget",
            "metadata": ["name": .string(name), "namespace": "shop"],
        ])
    }

    @Test("a definition is established, and then nothing is left to do")
    func established() throws {
        let cluster = Self.cluster()
        let object = try #require(cluster.view.object(Self.key))
        #expect(CustomResourceDefinition(object.json).isEstablished)
        #expect(object.status["acceptedNames"] == object.spec["names"])
        let plan = CustomResourceDefinitionReconciler().plan(cluster.view, key: Self.key, now: cluster.now)
        #expect(plan == Plan())
    }

    @Test("a definition that is deleted waits for its objects, of whatever namespace")
    func deleted() {
        var cluster = Self.cluster()
        cluster.create(Self.resource, Self.widget("a"))
        cluster.create(Self.resource, Self.widget("b"))
        cluster.edit(Self.key) { $0.json[["metadata", "deletionTimestamp"]] = "2026-01-01T00:00:00Z" }
        cluster.settle()
        #expect(cluster.view.list(Self.resource, namespace: nil).isEmpty)
        #expect(cluster.view.object(Self.key) == nil)
    }

    @Test("what a custom resource owned goes with it")
    func collected() throws {
        var cluster = Self.cluster()
        cluster.create(Self.resource, Self.widget("owner"))
        let owner = ObjectKey(Self.resource, namespace: "shop", name: "owner")
        let uid = try #require(cluster.view.object(owner)?.uid)
        var pod = Fixture.pod("p")
        pod.json[["metadata", "namespace"]] = "shop"
        pod.json[["metadata", "ownerReferences"]] = [
            OwnerReference(apiVersion: "example.com/v1", kind: "Widget", name: "owner", uid: uid).json
        ]
        cluster.create(.pods, pod)
        cluster.settle()
        #expect(cluster.view.list(.pods, namespace: nil).count == 1)
        cluster.put(owner, nil)
        cluster.settle()
        #expect(cluster.view.list(.pods, namespace: nil).isEmpty)
    }
}
