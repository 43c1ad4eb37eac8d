import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct DiscoveryTests {
    private let discovery = Discovery()

    @Test("the root documents name the core version and every group with its preferred version") func roots() {
        #expect(discovery.coreVersions(serverAddress: "h:1").string("kind") == "APIVersions")
        #expect(discovery.coreVersions(serverAddress: "h:1")["versions"] == ["v1"])
        let groups = discovery.groupList.array("groups")
        let names = groups.compactMap { $0.string("name") }
        #expect(names == names.sorted())
        #expect(Set(names).isSuperset(of: ["apps", "coordination.k8s.io", "discovery.k8s.io", "purser.dev"]))
        #expect(
            discovery.group("apps") == [
                "kind": "APIGroup", "apiVersion": "v1", "name": "apps",
                "versions": [["groupVersion": "apps/v1", "version": "v1"]],
                "preferredVersion": ["groupVersion": "apps/v1", "version": "v1"],
            ])
        #expect(discovery.group("nope") == nil)
    }

    @Test("a version lists its resources with names, verbs and subresources") func resources() throws {
        let apps = try #require(discovery.resourceList(group: "apps", version: "v1"))
        #expect(apps.string("groupVersion") == "apps/v1")
        let resources = Dictionary(
            uniqueKeysWithValues: apps.array("resources").map { ($0.string("name") ?? "", $0) })
        #expect(
            resources["deployments"] == [
                "name": "deployments", "singularName": "deployment", "namespaced": true, "kind": "Deployment",
                "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
                "shortNames": ["deploy"], "categories": ["all"],
            ])
        #expect(
            resources["deployments/scale"] == [
                "name": "deployments/scale", "singularName": "", "namespaced": true, "kind": "Scale",
                "group": "autoscaling", "version": "v1", "verbs": ["get", "patch", "update"],
            ])
        #expect(resources["deployments/status"]?.string("kind") == "Deployment")
        #expect(resources["deployments/status"]?["group"] == nil)
        let core = try #require(discovery.resourceList(group: "", version: "v1"))
        #expect(core.string("groupVersion") == "v1")
        #expect(discovery.resourceList(group: "apps", version: "v2") == nil)
        let own = try #require(discovery.resourceList(group: "purser.dev", version: "v1alpha1"))
        #expect(own.array("resources").map { $0.string("name") } == ["rollbacks", "usagereports"])
    }

    @Test("the aggregated form says the same as the plain form") func aggregated() throws {
        let items = discovery.aggregatedCore.array("items") + discovery.aggregatedGroups.array("items")
        for item in items {
            let group = item.string("metadata", "name") ?? ""
            for version in item.array("versions") {
                let name = try #require(version.string("version"))
                var listed: Set<String> = []
                for resource in version.array("resources") {
                    let plural = try #require(resource.string("resource"))
                    listed.insert(plural)
                    listed.formUnion(
                        resource.array("subresources").map { "\(plural)/\($0.string("subresource") ?? "")" })
                    #expect(resource.string("responseKind", "group") == group)
                }
                let plain = try #require(discovery.resourceList(group: group, version: name)).array("resources")
                #expect(Set(plain.compactMap { $0.string("name") }) == listed)
            }
        }
        #expect(items.count == discovery.groups.count + 1)
        #expect(items.first?["metadata"] == [:])
    }

    @Test("the aggregated form is known by kubectl's Accept header") func accept() {
        let kubectl =
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
            + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
        #expect(Discovery.wantsAggregated(accept: kubectl))
        #expect(Discovery.wantsAggregated(accept: Discovery.aggregatedMediaType))
        #expect(!Discovery.wantsAggregated(accept: "application/json"))
        #expect(
            !Discovery.wantsAggregated(
                accept: "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"))
    }

    @Test("the version is that of Kubernetes 1.36") func version() {
        #expect(Discovery.version.string("major") == "1")
        #expect(Discovery.version.string("minor") == "36")
        #expect(Discovery.version.string("gitVersion") == "v1.36.0+purser")
    }
}
