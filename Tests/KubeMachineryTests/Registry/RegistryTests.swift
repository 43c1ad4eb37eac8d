import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct RegistryTests {
    let registry = Registry.builtIn

    @Test("a kind is found by path, by kind, by resource and by every word for it")
    func lookups() throws {
        let deployment = try #require(registry.type(group: "apps", version: "v1", plural: "deployments"))
        #expect(registry.type(GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment")) == deployment)
        #expect(registry.type(.deployments) == deployment)
        for word in ["deployments", "deployment", "deploy", "Deployment", "deployments.apps", "deploy.apps"] {
            #expect(registry.type(named: word) == deployment, "\(word)")
        }
        #expect(registry.type(named: "nothing") == nil)
        #expect(registry.type(group: "", version: "v1", plural: "deployments") == nil)
    }

    @Test("no two kinds share a path, a kind or a short name")
    func unique() {
        let paths = registry.types.map { "\($0.apiVersion)/\($0.plural)" }
        #expect(Set(paths).count == paths.count)
        #expect(Set(registry.types.map(\.kind)).count == registry.types.count)
        let short = registry.types.flatMap(\.shortNames)
        #expect(Set(short).count == short.count)
    }

    @Test("every kind has metadata, and a status field where it has a status subresource")
    func roots() {
        for type in registry.types {
            #expect(type.root.field("metadata")?.objectType.map { type.schema[$0].name } == "ObjectMeta")
            #expect(!type.hasStatus || type.root.field("status") != nil, "\(type.kind)")
        }
    }

    @Test("groups come in the table's order, the core group first")
    func groups() {
        #expect(
            registry.groupVersions.map(\.group) == [
                "", "apiextensions.k8s.io", "apps", "autoscaling", "coordination.k8s.io", "discovery.k8s.io",
                "events.k8s.io",
            ])
        #expect(registry.types(group: "apps", version: "v1").map(\.kind.kind) == ["Deployment", "ReplicaSet"])
    }
}
