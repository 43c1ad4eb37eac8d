import CommandHandling
import KubeModel
import Testing

@Suite("Shredded Secrets")
struct ShredTests {
    private static func secret(_ uid: String) -> JSON {
        [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "db", "namespace": "shop", "uid": .string(uid)],
            "data": ["password": "cGx1Z2g="],
        ]
    }

    @Test("a shredded Secret can be deleted, at once and by its finalizer, and its name used again")
    func deleted() throws {
        let sealer = SecretSealer(wrappingKey: [UInt8](repeating: 1, count: 32))
        var desk = try Desk(sealer: sealer)
        func secret(_ finalizers: [JSON]) -> JSON {
            [
                "apiVersion": "v1", "kind": "Secret", "data": ["password": "cGx1Z2g="],
                "metadata": ["name": "db", "namespace": "shop", "finalizers": .array(finalizers)],
            ]
        }
        for finalizers in [[], ["example.com/hold"]] as [[JSON]] {
            let made = try #require(try desk.run(.secrets, .create(secret(finalizers))).object)
            sealer.shred([SecretSealer.keyID(uid: made.uid)])
            #expect(throws: KubeStatus.self) {
                try desk.run(.secrets, .patch(.merge, Array(#"{"data":{"a":"YQ=="}}"#.utf8)), name: "db")
            }
            try desk.run(.secrets, .delete(DeleteOptions()), name: "db")
            if let finalizer = finalizers.first?.stringValue {
                try desk.run(.secrets, .removeFinalizer(finalizer, uid: made.uid), name: "db")
            }
            #expect(desk.state[ObjectKey(.secrets, namespace: "shop", name: "db")] == nil)
        }
    }

    @Test("a key that was changed, or taken for another Secret's, is named and not loaded")
    func changedKey() throws {
        let sealer = SecretSealer(wrappingKey: [UInt8](repeating: 1, count: 32))
        let (key, other) = (try sealer.makeKey(uid: "u1"), try sealer.makeKey(uid: "u2"))
        let fresh = SecretSealer(wrappingKey: [UInt8](repeating: 1, count: 32))
        for wrapped in [other.wrapped, Array(key.wrapped.dropLast()), []] {
            #expect(throws: SecretKeyError(id: key.id)) { try fresh.load([key.id: wrapped]) }
        }
        #expect(!fresh.knows(uid: "u1"))
    }

    @Test("a shredded Secret cannot be opened, changed or brought back by its stored key; others can")
    func shredded() throws {
        let sealer = SecretSealer(wrappingKey: [UInt8](repeating: 1, count: 32))
        let key = try sealer.makeKey(uid: "u1")
        _ = try sealer.makeKey(uid: "u2")
        let (first, second) = (try sealer.seal(Self.secret("u1")), try sealer.seal(Self.secret("u2")))
        sealer.shred([key.id, "person/x"])
        #expect(sealer.isShredded(uid: "u1") && !sealer.isShredded(uid: "u2"))
        try sealer.load([key.id: key.wrapped])
        let error = #expect(throws: KubeStatus.self) { try sealer.open(first) }
        #expect(error?.code == 410 && error?.message.contains("shredded") == true)
        #expect(throws: KubeStatus.self) { try sealer.seal(Self.secret("u1")) }
        #expect(try sealer.open(second) == Self.secret("u2"))
        let rest = try sealer.openWhereKept(first)
        #expect(rest["data"] == nil)
        #expect(rest.string("metadata", "annotations", SecretSealer.shreddedAnnotation) == "true")
        #expect(try sealer.openWhereKept(second) == Self.secret("u2"))
    }
}
