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
    }
}
