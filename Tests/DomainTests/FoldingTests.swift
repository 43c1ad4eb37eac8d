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

    private static func event(_ payload: [UInt8], isKeyframe: Bool = false, revision: Revision = 7) -> Event {
        Event(
            stream: "pods/a/1", revision: revision, type: "PodUpdated", isKeyframe: isKeyframe, payload: payload,
            caller: Caller(subject: "ann"), callID: CallID(high: 0, low: 1), ordinal: 0)
    }

    @Test(
        "changes without a part in the object can be left out: the bytes are the same",
        arguments: 1...50 as ClosedRange<UInt64>)
    func parts(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let whole: JSON = ["kind": "Pod", "metadata": ["uid": "u"], "spec": ["a": 1]]
        let keyframe = ObjectMerge.withoutRemarks(whole.canonicalBytes)
        let changes = (0..<31).map { _ in Self.change(&random) }
        let parts = ChangedMembers.parts(changes.map { ChangedMembers(Self.event($0)) })
        let needed = zip(changes, parts).filter(\.1).map(\.0)
        #expect(ObjectMerge.merge(keyframe, all: needed) == ObjectMerge.merge(keyframe, all: changes), "seed \(seed)")
    }

    @Test("a keyframe sets everything, a read nothing that could be told")
    func changedMembers() {
        let status = Array(#"{"$why":1,"status":{"metadata":1}}"#.utf8)
        #expect(ChangedMembers(Self.event(status)) == ChangedMembers(rawValue: 4))
        #expect(ChangedMembers(Self.event(Array(#"{"status":{},"zone":1}"#.utf8))) == nil)
        #expect(ChangedMembers(Self.event(Array("{}".utf8))) == [])
        #expect(ChangedMembers(Self.event(status, isKeyframe: true)) == .all)
        #expect(ChangedMembers(Self.event(status, revision: 0)) == nil)
        let four = ChangedMembers(rawValue: 4)
        #expect(ChangedMembers.parts([.all, [], nil, four, .all, []]) == [false, false, false, false, true, true])
        #expect(ChangedMembers.parts([.all, [], nil, four, four]) == [true, false, true, false, true])
    }
}
