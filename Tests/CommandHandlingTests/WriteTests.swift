import CommandHandling
import Domain
import KubeMachinery
import KubeModel
import Testing

@Suite("Writes, prepared and decided")
struct WriteTests {
    @Test("a creation needs its namespace, a free name and a name that fits the address")
    func creation() throws {
        var desk = try Desk()
        let created = try desk.run(.configMaps, .create(Desk.configMap("a", "1")))
        #expect(created.event?.type == "ConfigMapCreated")
        #expect(created.event?.isKeyframe == true)
        #expect(created.object?.uid == "uid-2")
        #expect(refusal { try desk.run(.configMaps, .create(Desk.configMap("a", "2"))) } == "409 AlreadyExists")
        #expect(
            refusal { try desk.run(.configMaps, .create(Desk.configMap("b", "2")), namespace: "none") }
                == "404 NotFound")
        #expect(
            refusal { try desk.run(.configMaps, .create(Desk.configMap("b", "2")), name: "c") } == "400 BadRequest")
        #expect(refusal { try desk.run(.configMaps, .create(Desk.configMap("B!", "2"))) } == "422 Invalid")
        #expect(desk.state.count(.configMaps) == 1)
    }

    @Test("nothing is created in a namespace that is ending, and Kubernetes' own namespaces cannot be ended")
    func namespaces() throws {
        var desk = try Desk()
        try desk.run(.namespaces, .delete(DeleteOptions()), name: "shop")
        #expect(refusal { try desk.run(.configMaps, .create(Desk.configMap("a", "1"))) } == "403 Forbidden")
        try desk.run(.namespaces, .create(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "default"]]))
        #expect(refusal { try desk.run(.namespaces, .delete(DeleteOptions()), name: "default") } == "403 Forbidden")
    }

    @Test("an update on an old version is refused, one that changes nothing leaves no event")
    func updates() throws {
        var desk = try Desk()
        let first = try #require(try desk.run(.configMaps, .create(Desk.configMap("a", "1"))).object)
        var second = first
        second.json["data"] = ["value": "2"]
        #expect(try desk.run(.configMaps, .update(second.json), name: "a").event?.type == "ConfigMapUpdated")
        #expect(refusal { try desk.run(.configMaps, .update(second.json), name: "a") } == "409 Conflict")
        let same = JSON.object(["data": ["value": "2"]]).canonicalBytes
        #expect(try desk.run(.configMaps, .patch(.merge, same), name: "a").event == nil)
        let other = JSON.object(["metadata": ["uid": "another"]]).canonicalBytes
        #expect(refusal { try desk.run(.configMaps, .patch(.merge, other), name: "a") } == "409 Conflict")
    }

    @Test("a change of the replicas alone is told as scaling, through either door")
    func scaling() throws {
        var desk = try Desk()
        try desk.run(.deployments, .create(Desk.deployment))
        let patch = JSON.object(["spec": ["replicas": 3]]).canonicalBytes
        let scaled = try desk.run(.deployments, .patch(.merge, patch), name: "web", subresource: "scale")
        #expect(scaled.event?.type == "DeploymentScaled")
        #expect(scaled.object?.spec.int("replicas") == 3)
        #expect(scaled.object?.json.int("metadata", "generation") == 2)
        let back = JSON.object(["spec": ["replicas": 1]]).canonicalBytes
        #expect(try desk.run(.deployments, .patch(.merge, back), name: "web").event?.type == "DeploymentScaled")
    }

    @Test("a pod is bound once, to a node that is there and has room, and the verdict stays in the log only")
    func binding() throws {
        var desk = try Desk()
        try desk.bindPod()
        let bound = try #require(desk.events.last)
        #expect(bound.event.type == "PodBound")
        #expect(String(decoding: bound.event.payload, as: UTF8.self).contains("verdict"))
        #expect(desk.object(.pods, "p")?.json["$verdict"] == nil)
        func bind(_ node: String, _ name: String) -> String {
            refusal {
                try desk.run(.pods, .bind(node: node, uid: nil, verdict: .null), name: name, subresource: "binding")
            }
        }
        #expect(bind("n1", "p") == "409 Conflict")
        var second = Desk.pod
        second[["metadata", "name"]] = "q"
        try desk.run(.pods, .create(second))
        #expect(bind("n2", "q") == "404 NotFound")
        // A sidecar runs beside the containers, and a limit without a request is the request.
        var sidecar = Desk.pod
        sidecar[["metadata", "name"]] = "s"
        sidecar[["spec", "containers"]] = [
            ["name": "c", "image": "nginx", "resources": ["limits": ["cpu": "300m"]]]
        ]
        sidecar[["spec", "initContainers"]] = [
            ["name": "i", "image": "nginx", "restartPolicy": "Always", "resources": ["requests": ["cpu": "200m"]]]
        ]
        try desk.run(.pods, .create(sidecar))
        #expect(bind("n1", "s") == "409 Conflict")
        sidecar[["metadata", "name"]] = "t"
        sidecar[["spec", "initContainers"]] = []
        try desk.run(.pods, .create(sidecar))
        #expect(bind("n1", "t") == "none")
        #expect(bind("n1", "q") == "409 Conflict")
    }

    @Test("a form that begins with remarks is read back without them")
    func keyframeWithRemarks() throws {
        var desk = try Desk()
        try desk.bindPod()
        var keyframe = try #require(desk.events.last)
        let stored = try #require(desk.state[ObjectKey(.pods, namespace: "shop", name: "p")])
        keyframe.event.isKeyframe = true
        keyframe.event.payload = Array(#"{"$verdict":{"n1":"fits"},"#.utf8) + stored.bytes.dropFirst()
        let resumed = ClusterState(resumingAt: keyframe)
        #expect(resumed[ObjectKey(.pods, namespace: "shop", name: "p")] == stored)
    }
}

@Suite("Deletions")
struct DeletionTests {
    @Test("a finalizer holds an object until it is taken away")
    func finalizers() throws {
        var desk = try Desk()
        try desk.run(.configMaps, .create(Desk.configMap("a", "1", metadata: ["finalizers": ["example.com/hold"]])))
        let marked = try desk.run(.configMaps, .delete(DeleteOptions()), name: "a")
        #expect(marked.event?.type == "ConfigMapDeletionRequested")
        #expect(try desk.run(.configMaps, .delete(DeleteOptions()), name: "a").event == nil)
        let ended = try desk.run(.configMaps, .removeFinalizer("example.com/hold", uid: "uid-2"), name: "a")
        #expect(ended.event?.type == "ConfigMapDeleted")
        #expect(ended.object == nil)
    }

    @Test("propagation becomes a finalizer")
    func propagation() throws {
        for (policy, finalizer) in [(DeleteOptions.Propagation.orphan, "orphan"), (.foreground, "foregroundDeletion")] {
            var desk = try Desk()
            try desk.run(.configMaps, .create(Desk.configMap("a", "1")))
            let marked = try desk.run(.configMaps, .delete(DeleteOptions(propagation: policy)), name: "a")
            #expect(marked.object?.json.array("metadata", "finalizers") == [.string(finalizer)])
        }
    }

    @Test("preconditions on uid and version are kept")
    func preconditions() throws {
        var desk = try Desk()
        try desk.run(.configMaps, .create(Desk.configMap("a", "1")))
        #expect(refusal { try desk.run(.configMaps, .delete(DeleteOptions(uid: "x")), name: "a") } == "409 Conflict")
        #expect(
            refusal { try desk.run(.configMaps, .delete(DeleteOptions(resourceVersion: "1")), name: "a") }
                == "409 Conflict")
        #expect(
            try desk.run(.configMaps, .delete(DeleteOptions(uid: "uid-2", resourceVersion: "2")), name: "a").object
                == nil)
    }

    @Test("a pod that no node has ends at once, one on a node when its grace is over")
    func grace() throws {
        var desk = try Desk()
        try desk.run(.pods, .create(Desk.pod))
        #expect(try desk.run(.pods, .delete(DeleteOptions()), name: "p").event?.type == "PodDeleted")
        try desk.bindPod()
        let marked = try desk.run(.pods, .delete(DeleteOptions()), name: "p")
        #expect(marked.object?.json.int("metadata", "deletionGracePeriodSeconds") == 30)
        #expect(
            try desk.run(.pods, .delete(DeleteOptions(gracePeriodSeconds: 0)), name: "p").event?.type == "PodDeleted")
    }

    @Test("a grace can be shortened, counted from the first request, and not lengthened")
    func shorterGrace() throws {
        var desk = try Desk()
        try desk.bindPod()
        let start = desk.now
        try desk.run(.pods, .delete(DeleteOptions(gracePeriodSeconds: 60)), name: "p")
        desk.now = start.adding(seconds: 5)
        let shorter = try desk.run(.pods, .delete(DeleteOptions(gracePeriodSeconds: 20)), name: "p")
        #expect(shorter.object?.json.string("metadata", "deletionTimestamp") == start.adding(seconds: 20).rfc3339)
        #expect(try desk.run(.pods, .delete(DeleteOptions(gracePeriodSeconds: 40)), name: "p").event == nil)
    }

    @Test("a second request that states no grace leaves the first one's, also when the containers have ended")
    func secondRequest() throws {
        var desk = try Desk()
        try desk.bindPod()
        try desk.run(.pods, .delete(DeleteOptions(gracePeriodSeconds: 60)), name: "p")
        #expect(try desk.run(.pods, .delete(DeleteOptions()), name: "p").event == nil)
        var ended = try #require(desk.object(.pods, "p")).json
        ended[["status", "phase"]] = "Succeeded"
        try desk.run(.pods, .update(ended), name: "p", subresource: "status")
        // The node still has to report what the pod used.
        #expect(try desk.run(.pods, .delete(DeleteOptions()), name: "p").event == nil)
        #expect(desk.object(.pods, "p") != nil)
    }
}
