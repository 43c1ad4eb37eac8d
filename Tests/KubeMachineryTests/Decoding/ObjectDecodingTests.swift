import KubeModel
import PropertyTesting
import Testing

@testable import KubeMachinery

@Suite struct ObjectDecodingTests {
    private func message(_ word: String, _ json: JSON, _ validation: FieldValidation = .warn) throws -> String {
        do {
            _ = try Fixtures.decoded(word, json, validation)
            return ""
        } catch let status as KubeStatus {
            #expect(status.code == 400)
            #expect(status.reason == "BadRequest")
            return status.message
        }
    }

    @Test("a value of a wrong type is refused in the words of Kubernetes")
    func wrongTypes() throws {
        let deployment = "Deployment in version \"v1\" cannot be handled as a Deployment: "
        let pod = "Pod in version \"v1\" cannot be handled as a Pod: "
        let cases: [(String, JSON, String)] = [
            (
                "deployments", ["spec": ["replicas": "three"]],
                deployment
                    + "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
            ),
            (
                "deployments", ["spec": ["replicas": 3_000_000_000]],
                deployment
                    + "json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas "
                    + "of type int32"
            ),
            (
                "pods", ["spec": ["containers": [["env": [["name": "A", "value": 1]]]]]],
                pod
                    + "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string"
            ),
            (
                "pods", ["spec": ["containers": [:]]],
                pod
                    + "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container"
            ),
            (
                "pods", ["metadata": ["labels": ["a": 1]]],
                pod + "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"
            ),
            (
                "pods", ["spec": ["hostNetwork": "yes"]],
                pod + "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool"
            ),
            (
                "pods", ["spec": "x"],
                pod + "json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec"
            ),
            (
                "pods", ["spec": ["containers": [["resources": ["limits": ["cpu": "fast"]]]]]],
                pod + "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            ),
            (
                "pods", ["metadata": ["deletionTimestamp": "soon"]],
                pod + "parsing time \"soon\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"soon\" as \"2006\""
            ),
            (
                "secrets", ["data": ["a": "?"]],
                "Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte 0"
            ),
        ]
        for (word, json, expected) in cases { #expect(try message(word, json) == expected) }
    }

    @Test("another kind or version than the address's is refused")
    func wrongKind() throws {
        #expect(
            try message("pods", ["kind": "Service"]).hasPrefix("Service in version \"v1\" cannot be handled as a Pod"))
        #expect(
            try message("deployments", ["apiVersion": "v1", "kind": "Deployment"])
                == "the API version in the data (v1) does not match the expected API version (apps/v1)")
        #expect(try message("pods", []).hasPrefix("the object provided is unrecognized (must be of type Pod)"))
    }

    @Test("unknown fields are dropped, told about or refused, as the client chose")
    func unknownFields() throws {
        let sent: JSON = ["spec": ["containers": [["name": "a", "imagge": "x"]], "foo": 1], "metadata": ["bar": [:]]]
        let names = ["metadata.bar", "spec.containers[0].imagge", "spec.foo"].map { "unknown field \"\($0)\"" }
        let type = try Fixtures.type("pods")
        let warned = try ObjectDecoding.decode(sent, as: type, fieldValidation: .warn)
        #expect(warned.warnings == names)
        #expect(
            warned.object == [
                "apiVersion": "v1", "kind": "Pod", "metadata": [:], "spec": ["containers": [["name": "a"]]],
            ])
        let ignored = try ObjectDecoding.decode(sent, as: type, fieldValidation: .ignore)
        #expect(ignored.warnings.isEmpty)
        #expect(ignored.object == warned.object)
        #expect(
            try message("pods", sent, .strict)
                == "Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: "
                + names.joined(separator: ", "))
    }

    @Test("nulls and zeroes that mean absence are dropped, zeroes of pointers stay")
    func zeroes() throws {
        let sent: JSON = [
            "metadata": ["name": "p", "creationTimestamp": .null, "labels": [:], "uid": ""],
            "spec": [
                "hostNetwork": false, "nodeName": "", "terminationGracePeriodSeconds": 0, "containers": [],
                "securityContext": [:], "volumes": [["name": "v", "emptyDir": [:]]], "tolerations": [],
                "affinity": .null,
            ],
        ]
        #expect(
            try Fixtures.decoded("pods", sent) == [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
                "spec": [
                    "terminationGracePeriodSeconds": 0, "containers": [], "securityContext": [:],
                    "volumes": [["name": "v", "emptyDir": [:]]],
                ],
            ])
        #expect(try Fixtures.decoded("deployments", ["spec": ["replicas": 0]])["spec"]?["replicas"] == 0)
        #expect(try Fixtures.decoded("configmaps", ["data": ["a": .null]])["data"] == ["a": ""])
    }

    @Test("values get their canonical form")
    func canonical() throws {
        let sent: JSON = [
            "metadata": ["creationTimestamp": "2024-05-01T12:00:00.25+02:00"],
            "spec": [
                "terminationGracePeriodSeconds": 5.0,
                "containers": [["resources": ["limits": ["cpu": 0.5, "memory": "1024Mi", "nvidia.com/gpu": 1]]]],
            ],
        ]
        let pod = try Fixtures.decoded("pods", sent)
        #expect(pod.string("metadata", "creationTimestamp") == "2024-05-01T10:00:00Z")
        #expect(pod["spec"]?["terminationGracePeriodSeconds"] == .int(5))
        #expect(
            pod.array("spec", "containers").first?["resources"]?["limits"]
                == ["cpu": "500m", "memory": "1Gi", "nvidia.com/gpu": "1"])
        let lease = try Fixtures.decoded("leases", ["spec": ["renewTime": "2024-05-01T10:00:00Z"]])
        #expect(lease.string("spec", "renewTime") == "2024-05-01T10:00:00.000000Z")
        let service = try Fixtures.decoded("services", ["spec": ["ports": [["port": 80, "targetPort": "http"]]]])
        #expect(service.array("spec", "ports").first?["targetPort"] == "http")
        #expect(try Fixtures.decoded("secrets", ["data": ["a": "aGk\n="]])["data"] == ["a": "aGk="])
    }

    @Test("what is kept for others to read keeps every byte, nulls too")
    func opaque() throws {
        let fields: JSON = ["f:spec": ["f:x": .null, ".": [:]]]
        let sent: JSON = ["metadata": ["managedFields": [["manager": "k", "fieldsV1": fields]]]]
        #expect(try Fixtures.decoded("pods", sent).array("metadata", "managedFields").first?["fieldsV1"] == fields)
    }

    @Test("what is sent to subresources is decoded by its kind")
    func subresources() throws {
        let sent: JSON = ["metadata": ["name": "p"], "target": ["kind": "Node", "name": "n1"]]
        let binding = GroupVersionKind(apiVersion: "v1", kind: "Binding")
        let decoded = try ObjectDecoding.decode(sent, as: binding, fieldValidation: .strict).object
        #expect(decoded.string("target", "name") == "n1")
        #expect(decoded.string("kind") == "Binding")
        let options = GroupVersionKind(apiVersion: "v1", kind: "DeleteOptions")
        #expect(try ObjectDecoding.decode(["gracePeriodSeconds": 0], as: options).object.int("gracePeriodSeconds") == 0)
        #expect(
            try ObjectDecoding.decode(["spec": ["replicas": 2]], as: Scale.kind).object.int("spec", "replicas") == 2)
        let unknown = GroupVersionKind(apiVersion: "v1", kind: "Nothing")
        #expect(throws: KubeStatus.self) { try ObjectDecoding.decode([:], as: unknown) }
    }

    @Test("decoding again changes nothing, whatever was sent", arguments: 0..<200)
    func idempotent(seed: Int) throws {
        var generator = SeededRandom(seed: UInt64(seed))
        let type = Registry.builtIn.types[seed % Registry.builtIn.types.count]
        let sent = RandomObject.of(type.root, type.schema, &generator)
        let (once, warnings) = try ObjectDecoding.decode(sent, as: type)
        #expect(warnings.isEmpty)
        #expect(try ObjectDecoding.decode(once, as: type).object == once, "seed \(seed)")
        var defaulted = once
        Defaulting.apply(to: &defaulted, type)
        #expect(
            try ObjectDecoding.decode(defaulted, as: type, fieldValidation: .strict).object == defaulted, "seed \(seed)"
        )
        var again = defaulted
        Defaulting.apply(to: &again, type)
        #expect(again == defaulted, "seed \(seed)")
    }
}
