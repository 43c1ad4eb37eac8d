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
