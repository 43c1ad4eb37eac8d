import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct JSONPatchTests {
    private func apply(_ patch: String, to document: String) throws -> JSON {
        try Patch.apply(.json, bytes: Array(patch.utf8), to: try JSON(parsing: document), type: nil)
    }

    @Test(
        "each operation does what RFC 6902 states",
        arguments: [
            (#"{"a":1}"#, #"[{"op":"add","path":"/b","value":2}]"#, #"{"a":1,"b":2}"#),
            (#"{"a":1}"#, #"[{"op":"add","path":"/a","value":null}]"#, #"{"a":null}"#),
            (#"{"l":[1,3]}"#, #"[{"op":"add","path":"/l/1","value":2}]"#, #"{"l":[1,2,3]}"#),
            (#"{"l":[1]}"#, #"[{"op":"add","path":"/l/-","value":[2]}]"#, #"{"l":[1,[2]]}"#),
            (#"{"l":[1]}"#, #"[{"op":"add","path":"/l/1","value":2}]"#, #"{"l":[1,2]}"#),
            (#"{"a":{"b":1,"c":2}}"#, #"[{"op":"remove","path":"/a/b"}]"#, #"{"a":{"c":2}}"#),
            (#"{"l":[1,2,3]}"#, #"[{"op":"remove","path":"/l/1"}]"#, #"{"l":[1,3]}"#),
            (#"{"a":1}"#, #"[{"op":"replace","path":"/a","value":{"b":2}}]"#, #"{"a":{"b":2}}"#),
            (#"{"l":[1,2]}"#, #"[{"op":"replace","path":"/l/0","value":5}]"#, #"{"l":[5,2]}"#),
            (#"{"a":1}"#, #"[{"op":"replace","path":"","value":{"n":1}}]"#, #"{"n":1}"#),
            (#"{"a":{"b":1},"c":{}}"#, #"[{"op":"move","from":"/a/b","path":"/c/d"}]"#, #"{"a":{},"c":{"d":1}}"#),
            (#"{"l":[1,2,3,4]}"#, #"[{"op":"move","from":"/l/1","path":"/l/3"}]"#, #"{"l":[1,3,4,2]}"#),
            (#"{"a":[1]}"#, #"[{"op":"copy","from":"/a","path":"/b"}]"#, #"{"a":[1],"b":[1]}"#),
            (#"{"a":1.0}"#, #"[{"op":"test","path":"/a","value":1}]"#, #"{"a":1}"#),
            (
                #"{"a/b":1,"m~n":2}"#, #"[{"op":"remove","path":"/a~1b"},{"op":"test","path":"/m~0n","value":2}]"#,
                #"{"m~n":2}"#
            ),
            (#"{"":1}"#, #"[{"op":"replace","path":"/","value":2}]"#, #"{"":2}"#),
        ])
    func operations(document: String, patch: String, expected: String) throws {
        #expect(try apply(patch, to: document).canonicalText == expected)
    }

    @Test(
        "an operation that does not fit the document is 422 Invalid",
        arguments: [
            (#"{"a":1}"#, #"[{"op":"test","path":"/a","value":2}]"#),
            (#"{"a":1}"#, #"[{"op":"test","path":"/b","value":null}]"#),
            (#"{"a":1}"#, #"[{"op":"remove","path":"/b"}]"#),
            (#"{"a":1}"#, #"[{"op":"replace","path":"/b","value":1}]"#),
            (#"{"a":1}"#, #"[{"op":"add","path":"/b/c","value":1}]"#),
            (#"{"a":1}"#, #"[{"op":"add","path":"/a/c","value":1}]"#),
            (#"{"l":[1]}"#, #"[{"op":"add","path":"/l/2","value":1}]"#),
            (#"{"l":[1]}"#, #"[{"op":"add","path":"/l/01","value":1}]"#),
            (#"{"l":[1]}"#, #"[{"op":"replace","path":"/l/1","value":1}]"#),
            (#"{"l":[1]}"#, #"[{"op":"remove","path":"/l/-"}]"#),
            (#"{"a":{"b":1}}"#, #"[{"op":"move","from":"/a","path":"/a/b"}]"#),
            (#"{"a":1}"#, #"[{"op":"copy","from":"/x","path":"/b"}]"#),
            (#"{"a":1}"#, #"[{"op":"remove","path":""}]"#),
        ])
    func misfits(document: String, patch: String) throws {
        let error = #expect(throws: KubeStatus.self) { try apply(patch, to: document) }
        #expect(error?.code == 422)
        #expect(error?.reason == "Invalid")
    }

    @Test(
        "a malformed patch is 400",
        arguments: [
            "{", #"{"op":"add"}"#, #"[1]"#, #"[{"path":"/a"}]"#, #"[{"op":"add","path":"/a"}]"#,
            #"[{"op":"swap","path":"/a"}]"#, #"[{"op":"remove","path":"a"}]"#, #"[{"op":"remove","path":"/a~2"}]"#,
            #"[{"op":"remove"}]"#, #"[{"op":"move","path":"/a"}]"#, #"[{"op":"remove","path":"/a~"}]"#,
        ])
    func malformed(patch: String) throws {
        let error = #expect(throws: KubeStatus.self) { try apply(patch, to: #"{"a":1}"#) }
        #expect(error?.code == 400)
    }

    @Test("more operations than Kubernetes takes are 413") func tooMany() throws {
        let patch = JSON.array(Array(repeating: ["op": "test", "path": "/a", "value": 1], count: 10_001))
        let error = #expect(throws: KubeStatus.self) { try Patch.apply(.json, patch, to: ["a": 1], type: nil) }
        #expect(error?.code == 413)
    }

    @Test("the failing operation is named") func names() throws {
        let patch = #"[{"op":"add","path":"/b","value":1},{"op":"remove","path":"/x/y"}]"#
        let error = #expect(throws: KubeStatus.self) { try apply(patch, to: #"{"a":1}"#) }
        #expect(error?.message.contains("operation 1 (remove /x/y)") == true)
    }

    @Test("a pointer reads back from its description") func pointers() {
        for tokens in [[], [""], ["a"], ["a/b", "~", "m~n", "~1"], ["spec", "0", "-"]] {
            let pointer = JSONPointer(tokens: tokens)
            #expect(JSONPointer(pointer.description) == pointer)
        }
    }

    @Test("a patch is known by its media type, whatever its parameters") func mediaTypes() throws {
        #expect(try PatchKind(contentType: "application/merge-patch+json; charset=utf-8") == .merge)
        #expect(try PatchKind(contentType: "Application/JSON-Patch+json") == .json)
        let error = #expect(throws: KubeStatus.self) { try PatchKind(contentType: "text/plain") }
        #expect(error?.code == 415)
    }
}
