import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct MetadataValidationTests {
    private func faults(_ metadata: JSON, _ word: String = "configmaps") throws -> [String] {
        try Fixtures.faults(word, ["metadata": metadata])
    }

    @Test("an object has a name, and a namespace where its kind lives in one")
    func names() throws {
        #expect(
            try faults(["namespace": "a"]) == ["metadata.name: Required value: name or generateName is required"])
        #expect(try faults(["generateName": "web-", "namespace": "a"]) == [])
        #expect(try faults(["name": "a"]) == ["metadata.namespace: Required value"])
        #expect(
            try faults(["name": "a", "namespace": "a"], "nodes")
                == ["metadata.namespace: Forbidden: not allowed on this type"])
    }

    @Test("names follow the rule of their kind")
    func nameRules() throws {
        #expect(try faults(["name": "a.b", "namespace": "a"]) == [])
        #expect(try faults(["name": "a.b"], "namespaces").count == 1)
        #expect(
            try faults(["name": "A", "namespace": "a"]) == [
                "metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
                    + "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "
                    + "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            ])
        var service = Fixtures.service()
        service[["metadata", "name"]] = "1a"
        #expect(try Fixtures.faults("services", service).first?.contains("a DNS-1035 label must consist of") == true)
    }

    @Test("labels, annotations, finalizers and owners are well formed")
    func members() throws {
        func named(_ name: String, _ value: JSON) -> JSON {
            .object(JSONObject([("name", "a"), ("namespace", "a"), (name, value)]))
        }
        #expect(
            try faults(named("labels", ["a b": "c"])).first?.hasPrefix(
                "metadata.labels: Invalid value: \"a b\": name part") == true)
        #expect(
            try faults(named("labels", ["a": "c d"])).first?.contains("a valid label must be an empty string or")
                == true)
        #expect(try faults(named("annotations", ["A.B/c": "anything at all"])) == [])
        let large = JSON.string(String(repeating: "x", count: 256 * 1024))
        #expect(
            try faults(named("annotations", ["a": large]))
                == ["metadata.annotations: Too long: may not be more than 262144 bytes"])
        #expect(
            try faults(named("finalizers", ["mine"])) == [
                "metadata.finalizers: Invalid value: \"mine\": name is neither a standard finalizer name nor is it fully "
                    + "qualified"
            ])
        #expect(try faults(named("finalizers", ["example.com/mine", "orphan"])) == [])
        #expect(
            try faults(named("ownerReferences", [["apiVersion": "v1", "kind": "Pod", "name": "p"]]))
                == ["metadata.ownerReferences.uid: Invalid value: \"\": must not be empty"])
        let owner: JSON = ["apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "controller": true]
        #expect(
            try faults(named("ownerReferences", [owner, owner])).first?.contains("Only one reference can have") == true)
    }

    @Test("what identifies an object stays")
    func immutable() throws {
        let old = Fixtures.object("a")
        #expect(
            try Fixtures.faults("configmaps", Fixtures.object("b"), from: old)
                == ["metadata.name: Invalid value: \"b\": field is immutable"])
    }

    @Test("an object that is being deleted gets no new finalizers")
    func deleted() throws {
        let type = try Fixtures.type("configmaps")
        var old = Fixtures.object("a")
        old[["metadata", "deletionTimestamp"]] = "2024-01-01T00:00:00Z"
        var new = old
        new[["metadata", "finalizers"]] = ["example.com/x"]
        #expect(
            Validation.validate(new: new, old: old, type: type).map(\.message) == [
                "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers "
                    + "[\"example.com/x\"]"
            ])
    }
}
