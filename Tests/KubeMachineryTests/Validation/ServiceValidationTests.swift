import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct ServiceValidationTests {
    private func faults(_ spec: (String, JSON)...) throws -> [String] {
        var members = Fixtures.service()["spec"]?.objectValue ?? [:]
        for (name, value) in spec { members[name] = value.isNull ? nil : value }
        return try Fixtures.faults("services", Fixtures.object("svc", ("spec", .object(members))))
    }

    @Test("a Service has ports, unless it is headless or a name for something outside")
    func ports() throws {
        #expect(try faults() == [])
        #expect(try faults(("ports", .null)) == ["spec.ports: Required value"])
        #expect(try faults(("ports", .null), ("clusterIP", "None")) == [])
        #expect(try faults(("ports", .null), ("type", "ExternalName"), ("externalName", "a.b")) == [])
        #expect(try faults(("ports", .null), ("type", "ExternalName")) == ["spec.externalName: Required value"])
    }

    @Test("several ports have names and numbers of their own")
    func several() throws {
        #expect(
            try faults(("ports", [["port": 80], ["port": 81]]))
                == ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"])
        #expect(
            try faults(("ports", [["name": "a", "port": 80], ["name": "a", "port": 80]])) == [
                "spec.ports[1].name: Duplicate value: \"a\"",
                "spec.ports[1]: Duplicate value: {\"port\":80,\"protocol\":\"TCP\"}",
            ])
        #expect(
            try faults(("ports", [["name": "a", "port": 80], ["name": "b", "port": 80, "protocol": "UDP"]])) == [])
    }

    @Test("ports lie in their range, node ports belong to types that open them")
    func ranges() throws {
        #expect(
            try faults(("ports", [["port": 70000, "targetPort": 80]]))
                == ["spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive"])
        #expect(
            try faults(("ports", [["port": 80, "nodePort": 30000]]))
                == ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"])
        #expect(try faults(("type", "NodePort"), ("ports", [["port": 80, "nodePort": 30000]])) == [])
        #expect(
            try faults(("type", "Open")) == [
                "spec.type: Unsupported value: \"Open\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", "
                    + "\"NodePort\""
            ])
    }

    @Test("an address is an address, and stays")
    func addresses() throws {
        #expect(
            try faults(("clusterIP", "10.0.0")) == [
                "spec.clusterIPs[0]: Invalid value: \"10.0.0\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            ])
        let old = Fixtures.service(("clusterIP", "10.96.0.100"))
        #expect(try Fixtures.faults("services", Fixtures.service(), from: old) == [])
        #expect(
            try Fixtures.faults("services", Fixtures.service(("clusterIP", "10.96.0.101")), from: old)
                == ["spec.clusterIPs[0]: Invalid value: [\"10.96.0.101\"]: may not change once set"])
    }
}
