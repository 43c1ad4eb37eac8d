import KubeModel
import PropertyTesting
import Testing

@testable import KubeMachinery

@Suite struct MergePatchTests {
    @Test(
        "a merge patch does what RFC 7396 states",
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"a":1,"e":null}"#),
            ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ])
    func vectors(target: String, patch: String, expected: String) throws {
        let patched = try Patch.apply(.merge, bytes: Array(patch.utf8), to: JSON(parsing: target), type: nil)
        #expect(patched.canonicalText == expected)
    }

    @Test("a patch that is no object is 400") func notAnObject() {
        let error = #expect(throws: KubeStatus.self) { try Patch.apply(.merge, [1], to: [:], type: nil) }
        #expect(error?.code == 400)
    }

    @Test("the difference of two values, applied to the first, gives the second") func difference() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<500 {
            let (old, new) = (JSON.random(&random, depth: 3), JSON.random(&random, depth: 3))
            #expect(MergePatch.apply(MergePatch.difference(from: old, to: new), to: old) == new)
        }
    }

    @Test("a three-way patch removes what the caller left out and keeps what others added") func threeWay() {
        let patch = MergePatch.threeWay(
            original: ["a": 1, "b": ["x": 1, "y": 2], "gone": 1], modified: ["a": 2, "b": ["x": 1]],
            current: ["a": 1, "b": ["x": 1, "y": 2, "theirs": 3], "other": true])
        #expect(patch == ["a": 2, "b": ["y": .null]])
    }
}

extension JSON {
    /// An object with few names, so that two of them overlap; without nulls.
    static func random(_ random: inout SeededRandom, depth: Int) -> JSON {
        var object: JSONObject = [:]
        for name in ["a", "b", "c", "d"] where Bool.random(using: &random) {
            switch Int.random(in: 0..<(depth > 0 ? 5 : 3), using: &random) {
            case 0: object[name] = .int(Int64.random(in: 0..<3, using: &random))
            case 1: object[name] = .string(["x", "y"].randomElement(using: &random) ?? "x")
            case 2: object[name] = .bool(Bool.random(using: &random))
            case 3: object[name] = JSON.random(&random, depth: depth - 1)
            default: object[name] = .array([JSON.random(&random, depth: depth - 1)])
            }
        }
        return .object(object)
    }
}
