import KubeModel
import PropertyTesting
import Testing

@testable import Domain

@Suite("Folding the events of one object")
struct FoldingTests {
    private static let members = ["data", "metadata", "spec", "status", "zone"]

    /// Some members, some of them removed, some with a remark beside them.
    private static func change(_ random: inout SeededRandom) -> [UInt8] {
        var change: JSON = [:]
        for member in members where Int.random(in: 0..<3, using: &random) == 0 {
            let value: JSON = ["text": .string("\"{\(Int.random(in: 0..<1000, using: &random))}")]
            if member == "metadata" {
                change[member] = ["uid": "u", "was": value]
            } else {
                change[member] = Int.random(in: 0..<4, using: &random) == 0 ? .null : value
            }
        }
        guard Int.random(in: 0..<3, using: &random) == 0 else { return change.canonicalBytes }
        return ObjectMerge.adding(JSONObject([("verdict", .string("n1 is full"))]), to: change.canonicalBytes)
    }

    @Test(
        "changes taken in at once give the same bytes as one after the other", arguments: 1...50 as ClosedRange<UInt64>)
    func allAtOnce(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let whole: JSON = ["kind": "Pod", "metadata": ["uid": "u"], "spec": ["a": 1], "status": .null]
        let keyframe = whole.canonicalBytes
        let changes = (0..<Int.random(in: 0..<32, using: &random)).map { _ in Self.change(&random) }
        let single = changes.reduce(ObjectMerge.withoutRemarks(keyframe)) { ObjectMerge.merge($0, $1) }
        let object = try #require(StoredObject(keyframe: keyframe, changes: changes, position: 9, revision: 7))
        #expect(
            String(decoding: object.bytes, as: UTF8.self) == String(decoding: single, as: UTF8.self), "seed \(seed)")
        #expect(object.position == 9)
        #expect(object.revision == 7)
    }
}
