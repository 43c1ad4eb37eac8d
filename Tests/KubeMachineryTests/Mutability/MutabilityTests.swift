import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct MutabilityTests {
    @Test("a new pod starts Pending, in its class, at its first generation, whatever the client said")
    func createPod() throws {
        var sent = Fixtures.pod()
        sent["status"] = ["phase": "Running"]
        sent[["metadata", "uid"]] = "mine"
        sent[["metadata", "creationTimestamp"]] = "2020-01-01T00:00:00Z"
        let pod = try Fixtures.created("pods", sent)
        #expect(pod["status"] == ["phase": "Pending", "qosClass": "BestEffort"])
        #expect(pod["metadata"] == ["name": "p", "namespace": "default", "generation": 1])
    }

    @Test("a new namespace is Active and has Kubernetes' finalizer; a node keeps the status it registers with")
    func createCluster() throws {
        let namespace = try Fixtures.created("namespaces", Fixtures.object("shop", namespace: nil))
        #expect(namespace["status"] == ["phase": "Active"])
        #expect(namespace["spec"] == ["finalizers": ["kubernetes"]])
        let node = try Fixtures.created(
            "nodes", Fixtures.object("n", ("status", ["capacity": ["cpu": "2"]]), namespace: nil))
        #expect(node["status"]?["capacity"] == ["cpu": "2"])
        #expect(node["metadata"]?["generation"] == nil)
    }

    @Test("the generation counts changes of the spec only")
    func generation() throws {
        let old = try Fixtures.created("deployments", Fixtures.deployment())
        var labelled = Fixtures.deployment()
        labelled[["metadata", "labels", "a"]] = "b"
        #expect(try Fixtures.updated("deployments", labelled, from: old).int("metadata", "generation") == 1)
        let scaled = Fixtures.deployment(("replicas", 2))
        #expect(try Fixtures.updated("deployments", scaled, from: old).int("metadata", "generation") == 2)
        var status = old
        status["status"] = ["replicas": 1]
        #expect(try Fixtures.updated("deployments", status, from: old, "status").int("metadata", "generation") == 1)
    }

    @Test("an update keeps the status, a status update keeps all else")
    func status() throws {
        var old = try Fixtures.created("deployments", Fixtures.deployment())
        old["status"] = ["replicas": 1]
        old[["metadata", "uid"]] = "u"
        var new = Fixtures.deployment(("replicas", 5))
        new["status"] = ["replicas": 9]
        new[["metadata", "labels"]] = ["x": "y"]
        let updated = try Fixtures.updated("deployments", new, from: old)
        #expect(updated["status"] == ["replicas": 1])
        #expect(updated.string("metadata", "uid") == "u")
        let reported = try Fixtures.updated("deployments", new, from: old, "status")
        #expect(reported["spec"] == old["spec"])
        #expect(reported["status"] == ["replicas": 9])
        #expect(reported["metadata"] == old["metadata"])
    }

    @Test("only the finalize subresource changes a namespace's finalizers")
    func finalize() throws {
        let old = try Fixtures.created("namespaces", Fixtures.object("shop", namespace: nil))
        let bare = Fixtures.object("shop", ("spec", ["finalizers": []]), namespace: nil)
        #expect(try Fixtures.updated("namespaces", bare, from: old)["spec"] == old["spec"])
        #expect(try Fixtures.updated("namespaces", bare, from: old, "finalize").array("spec", "finalizers").isEmpty)
    }

    @Test("a Service keeps its address and node ports while its type can use them")
    func allocations() throws {
        var old = try Fixtures.created("services", Fixtures.service(("type", "NodePort")))
        old[["spec", "clusterIP"]] = "10.96.0.9"
        old[["spec", "clusterIPs"]] = ["10.96.0.9"]
        var port = old.array("spec", "ports")[0]
        port["nodePort"] = 30001
        old[["spec", "ports"]] = [port]
        let same = try Fixtures.updated("services", Fixtures.service(("type", "NodePort")), from: old)
        #expect(same["spec"] == old["spec"])
        let inner = try Fixtures.updated("services", Fixtures.service(("type", "ClusterIP")), from: old)
        #expect(inner.string("spec", "clusterIP") == "10.96.0.9")
        #expect(inner.array("spec", "ports").first?["nodePort"] == nil)
        var external = old
        external[["spec", "type"]] = "ExternalName"
        external[["spec", "externalName"]] = "a.b"
        #expect(try Fixtures.updated("services", external, from: old)["spec"]?["clusterIP"] == nil)
    }

    @Test("a pod's class follows from requests and limits")
    func quality() {
        func quality(_ resources: JSON) -> PodQOSClass { PodQOSClass(of: ["containers": [["resources": resources]]]) }
        let full: JSON = ["cpu": "1", "memory": "1Gi"]
        #expect(quality([:]) == .bestEffort)
        #expect(quality(["requests": ["cpu": "1"]]) == .burstable)
        #expect(quality(["requests": full, "limits": full]) == .guaranteed)
        #expect(quality(["limits": full]) == .guaranteed)
        #expect(quality(["requests": ["cpu": "500m", "memory": "1Gi"], "limits": full]) == .burstable)
    }

    @Test("a scale shows a workload's count and selector, and changes only the count")
    func scale() throws {
        var deployment = try Fixtures.created("deployments", Fixtures.deployment(("replicas", 3)))
        deployment["status"] = ["replicas": 2]
        deployment[["spec", "selector", "matchExpressions"]] = [
            ["key": "tier", "operator": "In", "values": ["b", "a"]], ["key": "old", "operator": "DoesNotExist"],
        ]
        let scale = Scale.of(deployment)
        #expect(scale["spec"] == ["replicas": 3])
        #expect(scale["status"] == ["replicas": 2, "selector": "app=web,!old,tier in (a,b)"])
        #expect(scale["metadata"] == ["name": "web", "namespace": "default"])
        #expect(Scale.apply(scale, to: deployment) == deployment)
        var wanted = scale
        wanted["spec"] = ["replicas": 5]
        #expect(Scale.apply(wanted, to: deployment).int("spec", "replicas") == 5)
        #expect(Scale.validate(wanted).isEmpty)
        wanted["spec"] = ["replicas": -1]
        #expect(Scale.validate(wanted).map(\.message) == ["Invalid value: -1: must be greater than or equal to 0"])
    }
}
