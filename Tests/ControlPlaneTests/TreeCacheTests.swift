import Domain
import KubeModel
import Testing

@testable import ControlPlane

@Suite struct TreeCacheTests {
    private func stored(_ position: Position, _ phase: String) throws -> StoredObject {
        let json: JSON = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p", "namespace": "shop", "uid": "u"],
            "status": ["phase": .string(phase)],
        ]
        return try #require(StoredObject(bytes: json.canonicalBytes, position: position, revision: position))
    }

    @Test(
        "both forms of every change are those that were stored, known or not, in order or not", arguments: [1, 2, 64])
    func forms(capacity: Int) throws {
        let key = ObjectKey(.pods, namespace: "shop", name: "p")
        let cache = TreeCache(capacity: capacity)
        let forms = try (1...4).map { try stored(Position($0), "phase \($0)") }
        let pairs: [(StoredObject?, StoredObject?)] = [
            (nil, forms[0]), (forms[0], forms[1]), (forms[2], forms[3]), (forms[1], forms[2]), (forms[3], nil),
            (nil, forms[0]),
        ]
        for (old, new) in pairs {
            let transition = ObjectTransition(
                key: key, old: old, new: new, position: (new ?? old)?.position ?? 0, type: "PodStatusChanged")
            let change = cache.trees(of: transition)
            #expect(change.old == old?.object() && change.new == new?.object() && change.key == key)
            if let new { #expect(cache.object(key, new) == new.object()) }
        }
    }
}
