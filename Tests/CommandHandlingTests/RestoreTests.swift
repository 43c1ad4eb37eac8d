import CommandHandling
import Domain
import KubeModel
import Testing

@Suite("Rollbacks")
struct RestoreTests {
    private static func patch(_ json: JSON) -> WriteRequest.Operation { .patch(.merge, json.canonicalBytes) }

    @Test("what people asked for is put back; what controllers noted, owners and finalizers stay")
    func whatStays() throws {
        var desk = try Desk()
        let first = try #require(try desk.run(.deployments, .create(Desk.deployment)).object)
        try desk.run(
            .deployments,
            Self.patch([
                "metadata": [
                    "labels": ["tier": "back"],
                    "annotations": ["deployment.kubernetes.io/revision": "2", "note": "mine"],
                    "finalizers": ["example.com/hold"],
                    "ownerReferences": [["apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "u"]],
                ],
                "spec": ["replicas": 5],
            ]), name: "web")
        let before = try #require(desk.object(.deployments, "web"))
        let restored = try desk.run(.deployments, .restore(first.json), name: "web")
        let object = try #require(restored.object)
        #expect(restored.event?.type == "DeploymentRolledBack")
        #expect(object.spec == first.spec)
        #expect(object.labels == ["tier": "front"])
        #expect(object.json.stringMap("metadata", "annotations") == ["deployment.kubernetes.io/revision": "2"])
        #expect(object.json["metadata"]?["finalizers"] == before.json["metadata"]?["finalizers"])
        #expect(object.json["metadata"]?["ownerReferences"] == before.json["metadata"]?["ownerReferences"])
        #expect(object.json.int("metadata", "generation") == 3)
        #expect(try desk.run(.deployments, .restore(first.json), name: "web").event == nil)
    }

    @Test("an object that was made anew keeps its identity when it is put back to an earlier one's form")
    func madeAnew() throws {
        var desk = try Desk()
        let first = try #require(try desk.run(.configMaps, .create(Desk.configMap("a", "1"))).object)
        try desk.run(.configMaps, .delete(DeleteOptions()), name: "a")
        let second = try #require(try desk.run(.configMaps, .create(Desk.configMap("a", "2"))).object)
        let restored = try #require(try desk.run(.configMaps, .restore(first.json), name: "a").object)
        #expect(restored.uid == second.uid)
        #expect(restored.json["data"] == ["value": "1"])
    }

    @Test("putting back the pod template of an earlier revision is recorded as a rollback to that revision")
    func undo() throws {
        var desk = try Desk()
        let first = try #require(try desk.run(.deployments, .create(Desk.deployment)).object)
        var template = first.spec["template"] ?? [:]
        template[["metadata", "labels", "pod-template-hash"]] = "h"
        try desk.run(
            .replicaSets,
            .create([
                "apiVersion": "apps/v1", "kind": "ReplicaSet",
                "metadata": [
                    "name": "web-h", "annotations": ["deployment.kubernetes.io/revision": "1"],
                    "ownerReferences": [
                        OwnerReference(apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: first.uid).json
                    ],
                ],
                "spec": ["selector": ["matchLabels": ["pod-template-hash": "h"]], "template": template],
            ]))
        func image(_ name: String, replicas: Int64 = 1) -> WriteRequest.Operation {
            var object = Desk.deployment
            object[["spec", "replicas"]] = .int(replicas)
            object[["spec", "template", "spec", "containers"]] = [["name": "c", "image": .string(name)]]
            return .update(object)
        }
        #expect(try desk.run(.deployments, image("nginx:2"), name: "web").event?.type == "DeploymentUpdated")
        let undone = try #require(try desk.run(.deployments, image("nginx:1"), name: "web").event)
        #expect(undone.type == "DeploymentRolledBack")
        #expect(try JSON(parsing: undone.payload)["$rollback"] == ["revision": 1])
        try desk.run(.deployments, image("nginx:2"), name: "web")
        let more = try desk.run(.deployments, image("nginx:1", replicas: 4), name: "web").event
        #expect(more?.type == "DeploymentUpdated", "more than the template came")
    }

    @Test("a rollback to a moment of its deletion does not delete it")
    func fromItsDeletion() throws {
        var desk = try Desk()
        try desk.run(.configMaps, .create(Desk.configMap("a", "1")))
        let ending = try #require(
            try desk.run(.configMaps, .delete(DeleteOptions(propagation: .foreground)), name: "a").object)
        try desk.run(.configMaps, .removeFinalizer("foregroundDeletion", uid: ending.uid), name: "a")
        let made = try #require(try desk.run(.configMaps, .restore(ending.json), name: "a").object)
        #expect(made.uid != ending.uid)
        #expect(made.json["metadata"]?["deletionTimestamp"] == nil)
        #expect(made.json["metadata"]?["finalizers"] == nil)
        #expect(try desk.run(.configMaps, .restore(ending.json), name: "a").event == nil)
        #expect(desk.object(.configMaps, "a") != nil)
    }
}

@Suite("Secrets")
struct SecretTests {
    private static let plain = "correct horse"
    private static func secret(_ metadata: JSONObject = ["name": "s"]) -> JSON {
        [
            "apiVersion": "v1", "kind": "Secret", "metadata": .object(metadata),
            "stringData": ["password": .string(plain)],
        ]
    }

    private static func desk() throws -> Desk {
        try Desk(sealer: SecretSealer(wrappingKey: Array(repeating: 7, count: 32)))
    }

    @Test("a value is in no event and no stored object, and is read back as it was written")
    func sealed() throws {
        var desk = try Self.desk()
        let applied = String(decoding: Self.secret().canonicalBytes, as: UTF8.self)
        try desk.run(
            .secrets, .create(Self.secret(["name": "s", "annotations": [SecretSealer.lastApplied: .string(applied)]])))
        try desk.run(.secrets, .patch(.merge, Array(#"{"stringData":{"more":"correct horse"}}"#.utf8)), name: "s")
        let stored = try #require(desk.state[ObjectKey(.secrets, namespace: "shop", name: "s")])
        for bytes in desk.events.map(\.event.payload) + [stored.bytes, desk.state.snapshotBytes()] {
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains(Self.plain))
            #expect(!text.contains("Y29ycmVjdCBob3JzZQ"))
        }
        let opened = try #require(try desk.sealer?.open(stored.object().json))
        #expect(opened.stringMap("data") == ["password": "Y29ycmVjdCBob3JzZQ==", "more": "Y29ycmVjdCBob3JzZQ=="])
        #expect(opened["metadata"]?["annotations"]?.string(SecretSealer.lastApplied) == applied)
    }

    @Test("a write of equal values is seen to change nothing")
    func unchanged() throws {
        var desk = try Self.desk()
        try desk.run(.secrets, .create(Self.secret()))
        #expect(try desk.run(.secrets, .update(Self.secret()), name: "s").event == nil)
    }

    @Test("an annotation that looks sealed in clear comes back as it was")
    func looksSealed() throws {
        var desk = try Self.desk()
        let text = "sealed:AAAA"
        try desk.run(
            .secrets, .create(Self.secret(["name": "s", "annotations": [SecretSealer.lastApplied: .string(text)]])))
        let stored = try #require(desk.state[ObjectKey(.secrets, namespace: "shop", name: "s")])
        let opened = try #require(try desk.sealer?.open(stored.object().json))
        #expect(opened["metadata"]?["annotations"]?.string(SecretSealer.lastApplied) == text)
    }

    @Test("without its key a Secret cannot be opened, and the error shows none of it")
    func destroyed() throws {
        var desk = try Self.desk()
        let secret = try #require(try desk.run(.secrets, .create(Self.secret())).object)
        desk.sealer?.forget(uid: secret.uid)
        #expect(refusal { _ = try desk.sealer?.open(secret.json) } == "503 ServiceUnavailable")
        desk.sealer?.shred([SecretSealer.keyID(uid: secret.uid)])
        #expect(refusal { _ = try desk.sealer?.open(secret.json) } == "410 Gone")
    }

    @Test("a rollback leaves a Secret whose key was destroyed, says so, and brings the others back")
    func shredded() throws {
        var desk = try Self.desk()
        for name in ["gone", "kept"] { try desk.run(.secrets, .create(Self.secret(["name": .string(name)]))) }
        var earlier: [ObjectKey: StoredObject] = [:]
        for name in ["gone", "kept"] {
            let key = ObjectKey(.secrets, namespace: "shop", name: name)
            earlier[key] = desk.state[key]
            try desk.run(.secrets, .delete(DeleteOptions()), name: name)
        }
        let gone = try #require(earlier[ObjectKey(.secrets, namespace: "shop", name: "gone")])
        desk.sealer?.shred([SecretSealer.keyID(uid: gone.uid)])
        var count = 0
        var restorer = Restorer(
            state: desk.state, registry: .builtIn, extent: .selection(namespace: "shop", LabelSelector(), text: ""),
            target: 3, now: desk.now, sealer: desk.sealer,
            context: DecisionContext(term: 1, serviceRange: try #require(AddressRange("10.96.0.0/16"))),
            origin: CallOrigin(caller: Caller(subject: "tester"), callID: CallID(high: 2, low: 2)),
            newUID: {
                count += 1
                return "new-\(count)"
            })
        let plan = restorer.restoration(to: earlier)
        #expect(plan.steps.map(\.key.name) == ["kept"])
        #expect(plan.newSecrets.keys.sorted() == ["new-1"])
        #expect(plan.refusals.map(\.key.name) == ["gone"])
        #expect(plan.refusals.first?.reason.contains("its key was destroyed") == true)
        #expect(plan.marker?.type == "SelectionRolledBack")
        #expect(plan.marker?.payload["refused"] == ["secrets/shop/gone"])
    }
}
