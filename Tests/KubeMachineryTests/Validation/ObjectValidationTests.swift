import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct ObjectValidationTests {
    @Test("keys of ConfigMaps and Secrets are file names, their values fit in a mebibyte")
    func configuration() throws {
        #expect(try Fixtures.faults("configmaps", Fixtures.object("c", ("data", ["a.b": "c"]))) == [])
        #expect(
            try Fixtures.faults("configmaps", Fixtures.object("c", ("data", ["a/b": "c"]))).first?
                .hasPrefix("data[a/b]: Invalid value: \"a/b\": a valid config key must consist of") == true)
        #expect(
            try Fixtures.faults("configmaps", Fixtures.object("c", ("data", ["a": "c"]), ("binaryData", ["a": "eA=="])))
                == ["data[a]: Invalid value: \"a\": duplicate of key present in binaryData"])
        let large = JSON.string(String(repeating: "x", count: 1024 * 1024))
        #expect(try Fixtures.faults("configmaps", Fixtures.object("c", ("data", ["a": large]))) == [])
        #expect(
            try Fixtures.faults("configmaps", Fixtures.object("c", ("data", ["a": large, "b": "x"])))
                == [": Too long: may not be more than 1048576 bytes"])
        #expect(
            try Fixtures.faults("secrets", Fixtures.object("s", ("stringData", ["a": large, "b": "x"])))
                == ["data: Too long: may not be more than 1048576 bytes"])
    }

    @Test("a Secret holds what its type requires, and keeps its type")
    func secretTypes() throws {
        let tls = Fixtures.object("s", ("type", "kubernetes.io/tls"), ("stringData", ["tls.crt": "x"]))
        #expect(try Fixtures.faults("secrets", tls) == ["data[tls.key]: Required value"])
        let login = Fixtures.object("s", ("type", "kubernetes.io/basic-auth"), ("stringData", ["username": "x"]))
        #expect(try Fixtures.faults("secrets", login) == [])
        #expect(
            try Fixtures.faults("secrets", Fixtures.object("s"), from: login)
                == ["type: Invalid value: \"Opaque\": field is immutable"])
    }

    @Test("what is marked immutable keeps its values and its mark", arguments: ["configmaps", "secrets"])
    func sealed(word: String) throws {
        let field = word == "secrets" ? "stringData" : "data"
        let old = Fixtures.object("c", ("immutable", true), (field, ["a": "b"]))
        #expect(
            try Fixtures.faults(word, Fixtures.object("c", (field, ["a": "c"])), from: old) == [
                "immutable: Forbidden: field is immutable when `immutable` is set",
                "data: Forbidden: field is immutable when `immutable` is set",
            ])
        #expect(try Fixtures.faults(word, old, from: old) == [])
    }

    @Test("a node's taints differ, its pod range is set once")
    func node() throws {
        let taint: JSON = ["key": "a", "effect": "NoSchedule"]
        #expect(
            try Fixtures.faults("nodes", Fixtures.object("n", ("spec", ["taints": [taint, taint]]), namespace: nil))
                == ["spec.taints[1]: Duplicate value: {\"effect\":\"NoSchedule\",\"key\":\"a\"}"])
        func range(_ text: JSON) -> JSON { Fixtures.object("n", ("spec", ["podCIDR": text]), namespace: nil) }
        #expect(
            try Fixtures.faults("nodes", range("10.0.0.0/33")) == [
                "spec.podCIDRs[0]: Invalid value: \"10.0.0.0/33\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or "
                    + "2001:db8::/64)"
            ])
        #expect(try Fixtures.faults("nodes", range("10.0.1.0/24"), from: range("10.0.1.0/24")) == [])
        #expect(
            try Fixtures.faults("nodes", range("10.0.2.0/24"), from: range("10.0.1.0/24"))
                == ["spec.podCIDRs: Forbidden: node updates may not change podCIDR except from \"\" to valid"])
    }

    @Test("an endpoint's addresses are of the slice's family, which stays")
    func endpointSlice() throws {
        func slice(_ type: JSON, _ address: JSON) -> JSON {
            Fixtures.object(
                "e", ("addressType", type), ("endpoints", [["addresses": [address]]]), ("ports", [["port": 80]]))
        }
        #expect(try Fixtures.faults("endpointslices", slice("IPv4", "10.0.0.1")) == [])
        #expect(
            try Fixtures.faults("endpointslices", slice("IPv4", "::1"))
                == ["endpoints[0].addresses[0]: Invalid value: \"::1\": must be a valid IPv4 address"])
        #expect(
            try Fixtures.faults("endpointslices", slice("IPv6", "::1"), from: slice("IPv4", "10.0.0.1"))
                == ["addressType: Invalid value: \"IPv6\": field is immutable"])
        #expect(
            try Fixtures.faults("endpointslices", Fixtures.object("e", ("endpoints", []), ("ports", [])))
                == ["addressType: Required value"])
    }

    @Test("leases, events and service accounts are held to their rules")
    func others() throws {
        #expect(
            try Fixtures.faults("leases", Fixtures.object("l", ("spec", ["leaseDurationSeconds": 0])))
                == ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"])
        #expect(
            try Fixtures.faults(
                "events", Fixtures.object("e", ("involvedObject", ["namespace": "other", "name": "x"])))
                == ["involvedObject.namespace: Invalid value: \"other\": does not match event.namespace"])
        #expect(
            try Fixtures.faults("events", Fixtures.object("e", ("involvedObject", ["kind": "Node", "name": "n"]))) == []
        )
        #expect(try Fixtures.faults("serviceaccounts", Fixtures.object("builder")) == [])
    }

    @Test("through a subresource only metadata is looked at")
    func subresource() throws {
        let broken = Fixtures.object("p", ("spec", [:]))
        let type = try Fixtures.type("pods")
        #expect(Validation.validate(new: broken, old: nil, type: type).isEmpty == false)
        #expect(Validation.validate(new: broken, old: broken, type: type, subresource: "status").isEmpty)
    }
}
