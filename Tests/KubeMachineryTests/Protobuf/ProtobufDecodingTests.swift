import KubeModel
import PropertyTesting
import Testing

@testable import KubeMachinery

/// Writes protobuf fields by hand, so that the decoder is tested against the wire format and not against itself.
private enum Wire {
    static func varint(_ value: UInt64) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
    static func number(_ field: Int, _ value: Int64) -> [UInt8] {
        varint(UInt64(field) << 3) + varint(UInt64(bitPattern: value))
    }
    static func bytes(_ field: Int, _ content: [UInt8]) -> [UInt8] {
        varint(UInt64(field) << 3 | 2) + varint(UInt64(content.count)) + content
    }
    static func text(_ field: Int, _ text: String) -> [UInt8] { bytes(field, Array(text.utf8)) }
    static func entry(_ field: Int, _ key: String, _ value: [UInt8]) -> [UInt8] {
        bytes(field, text(1, key) + bytes(2, value))
    }
    static func body(_ apiVersion: String, _ kind: String, _ message: [UInt8]) -> [UInt8] {
        [0x6B, 0x38, 0x73, 0] + bytes(1, text(1, apiVersion) + text(2, kind)) + bytes(2, message) + text(3, "")
            + text(4, "")
    }
}

@Suite struct ProtobufDecodingTests {
    private static let deployment: [UInt8] = {
        let metadata =
            Wire.text(1, "web") + Wire.text(2, "") + Wire.text(3, "shop") + Wire.bytes(8, [])
            + Wire.entry(11, "app", Array("web".utf8))
        let port = Wire.text(1, "") + Wire.number(2, 0) + Wire.number(3, 80) + Wire.text(4, "TCP")
        let probe =
            Wire.bytes(1, Wire.bytes(2, Wire.text(1, "/") + Wire.bytes(2, Wire.number(1, 1) + Wire.text(3, "http"))))
            + Wire.number(3, 5)
        let limits = Wire.entry(1, "memory", Wire.text(1, "64Mi"))
        let container =
            Wire.text(1, "nginx") + Wire.text(2, "nginx:1") + Wire.text(3, "a") + Wire.text(3, "b")
            + Wire.bytes(6, port) + Wire.bytes(8, limits) + Wire.bytes(10, probe) + Wire.number(16, 0)
        let volume = Wire.text(1, "tmp") + Wire.bytes(2, Wire.bytes(2, Wire.text(1, "Memory")))
        let pod = Wire.bytes(1, volume) + Wire.bytes(2, container) + Wire.number(21, 0)
        let template = Wire.bytes(1, Wire.entry(11, "app", Array("web".utf8))) + Wire.bytes(2, pod)
        let rolling = Wire.bytes(1, Wire.number(1, 0) + Wire.number(2, 2))
        let spec =
            Wire.number(1, 3) + Wire.bytes(2, Wire.entry(1, "app", Array("web".utf8))) + Wire.bytes(3, template)
            + Wire.bytes(4, Wire.text(1, "RollingUpdate") + Wire.bytes(2, rolling))
        return Wire.body("apps/v1", "Deployment", Wire.bytes(1, metadata) + Wire.bytes(2, spec) + Wire.bytes(3, []))
    }()

    @Test("a Deployment reads as its JSON form") func deployment() throws {
        #expect(
            try ProtobufDecoding.object(Self.deployment) == [
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": ["name": "web", "namespace": "shop", "labels": ["app": "web"]],
                "spec": [
                    "replicas": 3, "selector": ["matchLabels": ["app": "web"]],
                    "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 2]],
                    "template": [
                        "metadata": ["labels": ["app": "web"]],
                        "spec": [
                            "automountServiceAccountToken": false,
                            "containers": [
                                [
                                    "name": "nginx", "image": "nginx:1", "command": ["a", "b"],
                                    "ports": [["containerPort": 80, "protocol": "TCP"]],
                                    "resources": ["limits": ["memory": "64Mi"]],
                                    "livenessProbe": [
                                        "httpGet": ["path": "/", "port": "http"], "timeoutSeconds": 5,
                                    ],
                                ]
                            ],
                            "volumes": [["name": "tmp", "emptyDir": ["medium": "Memory"]]],
                        ],
                    ],
                ],
                "status": [:],
            ])
    }

    @Test("the bytes that kubectl 1.37 posts for create deployment, create configmap and auth can-i are read")
    func kubectl() throws {
        let deployment = """
            6b3873000a150a07617070732f7631120a4465706c6f796d656e7412be010a210a047765623212001a0022002a003200380042005a0b
            0a03617070120477656232128a010802120d0a0b0a036170701204776562321a6f0a1d0a0012001a0022002a003200380042005a0b0a
            03617070120477656232124e12300a056e67696e7812076e67696e783a312a00320a0a001000185022002a0042006a00720080010088
            0100900100a201001a00320042004a0052005800600068008201008a01009a0100c2010022020a00280038001a0c0800100018002000
            280038001a002200
            """
        #expect(
            try ProtobufDecoding.object(bytes(hex: deployment)) == [
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": ["name": "web2", "labels": ["app": "web2"]],
                "spec": [
                    "replicas": 2, "selector": ["matchLabels": ["app": "web2"]], "strategy": [:],
                    "template": [
                        "metadata": ["labels": ["app": "web2"]],
                        "spec": [
                            "containers": [
                                [
                                    "name": "nginx", "image": "nginx:1", "ports": [["containerPort": 80]],
                                    "resources": [:],
                                ]
                            ]
                        ],
                    ],
                ],
                "status": [:],
            ])
        let configMap = """
            6b3873000a0f0a0276311209436f6e6669674d6170121b0a110a016312001a0022002a0032003800420012060a01611201621a002200
            """
        #expect(
            try ProtobufDecoding.object(bytes(hex: configMap))
                == ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"], "data": ["a": "b"]])
        let review = """
            6b3873000a320a17617574686f72697a6174696f6e2e6b38732e696f2f7631121753656c665375626a656374416363657373526576
            696577123c0a100a0012001a0022002a00320038004200121e0a1c0a0764656661756c7412036765741a0022002a04706f6473320
            03a001a08080012001a0020001a002200
            """
        #expect(
            try ProtobufDecoding.object(bytes(hex: review))["spec"]
                == ["resourceAttributes": ["namespace": "default", "verb": "get", "resource": "pods"]])
    }

    private func bytes(hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    @Test("bytes become base64, times RFC 3339, negative numbers stay negative") func scalars() throws {
        let secret = Wire.body(
            "v1", "Secret",
            Wire.bytes(1, Wire.text(1, "s") + Wire.bytes(8, Wire.number(1, 1_700_000_000) + Wire.number(2, 0)))
                + Wire.entry(2, "k", [0, 255, 16]) + Wire.entry(2, "e", []) + Wire.text(3, "Opaque"))
        #expect(
            try ProtobufDecoding.object(secret) == [
                "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": ["k": "AP8Q", "e": ""],
                "metadata": ["name": "s", "creationTimestamp": "2023-11-14T22:13:20Z"],
            ])
        let options = Wire.body("v1", "DeleteOptions", Wire.number(1, -1) + Wire.text(4, "Background"))
        #expect(
            try ProtobufDecoding.object(options) == [
                "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": -1,
                "propagationPolicy": "Background",
            ])
    }

    @Test("lists of numbers read packed and one by one") func packed() throws {
        let groups = Wire.bytes(4, Wire.varint(7) + Wire.varint(300)) + Wire.number(4, 9)
        let pod = Wire.body("v1", "Pod", Wire.bytes(2, Wire.bytes(14, groups)))
        let object = try ProtobufDecoding.object(pod)
        #expect(object["spec"]?["securityContext"]?["supplementalGroups"] == [7, 300, 9])
    }

    @Test("what kubectl posts beside objects has a schema: reviews, tokens, bindings, scales") func otherKinds() throws
    {
        let review = Wire.body(
            "authorization.k8s.io/v1", "SelfSubjectAccessReview",
            Wire.bytes(1, []) + Wire.bytes(2, Wire.bytes(1, Wire.text(2, "get") + Wire.text(5, "pods"))))
        #expect(
            try ProtobufDecoding.object(review)["spec"]
                == ["resourceAttributes": ["verb": "get", "resource": "pods"]])
        let token = Wire.body(
            "authentication.k8s.io/v1", "TokenRequest", Wire.bytes(2, Wire.text(1, "a") + Wire.number(4, 600)))
        #expect(try ProtobufDecoding.object(token)["spec"] == ["audiences": ["a"], "expirationSeconds": 600])
        let scale = Wire.body("autoscaling/v1", "Scale", Wire.bytes(2, Wire.number(1, 4)))
        #expect(try ProtobufDecoding.object(scale)["spec"] == ["replicas": 4])
        let binding = Wire.body("v1", "Binding", Wire.bytes(2, Wire.text(1, "Node") + Wire.text(3, "n1")))
        #expect(try ProtobufDecoding.object(binding)["target"] == ["kind": "Node", "name": "n1"])
        let whoami = Wire.body("authentication.k8s.io/v1", "SelfSubjectReview", [])
        #expect(try ProtobufDecoding.object(whoami).string("kind") == "SelfSubjectReview")
    }

    @Test("fields that the schema does not have are skipped") func unknownFields() throws {
        let map = Wire.body(
            "v1", "ConfigMap", Wire.text(500, "x") + Wire.number(501, 1) + Wire.bytes(1, Wire.text(1, "n")))
        #expect(try ProtobufDecoding.object(map)["metadata"] == ["name": "n"])
    }

    @Test("bodies that are no such message are 400") func refused() {
        let bodies: [[UInt8]] = [
            [], Array("{}".utf8), [0x6B, 0x38, 0x73, 0, 0xFF], Wire.body("v1", "Nothing", []),
            Wire.body("v1", "ConfigMap", Wire.text(1, "not a message\u{1}")),
            Wire.body("v1", "ConfigMap", Wire.bytes(1, Wire.bytes(1, [0xFF, 0xFE]))),
            Wire.body("v1", "Pod", Wire.bytes(2, Wire.text(5, "not a number"))),
        ]
        for body in bodies {
            let error = #expect(throws: KubeStatus.self) { try ProtobufDecoding.object(body) }
            #expect(error?.code == 400)
        }
    }

    @Test("messages nested without end are refused, not followed") func nesting() {
        var schema: [UInt8] = []
        for _ in 0..<2000 { schema = Wire.bytes(28, schema) }
        let version = Wire.text(1, "v1") + Wire.bytes(4, Wire.bytes(1, schema))
        let body = Wire.body(
            "apiextensions.k8s.io/v1", "CustomResourceDefinition", Wire.bytes(2, Wire.bytes(7, version)))
        let error = #expect(throws: KubeStatus.self) { try ProtobufDecoding.object(body) }
        #expect(error?.code == 400)
        #expect(error?.message.contains("nested") == true)
    }

    @Test("truncated, changed and random bytes are read or refused, never worse") func fuzz() {
        for length in Self.deployment.indices { _ = try? ProtobufDecoding.object(Array(Self.deployment[..<length])) }
        var random = SeededRandom(seed: 3)
        var outcomes: Set<Int> = []
        for _ in 0..<3000 {
            var body = Self.deployment
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                body[Int.random(in: 4..<body.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do throws(KubeStatus) {
                _ = try ProtobufDecoding.object(body)
                outcomes.insert(200)
            } catch {
                outcomes.insert(error.code)
            }
        }
        #expect(outcomes == [200, 400])
        for _ in 0..<1000 {
            let bytes = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
            for kind in ["Pod", "Node", "Service"] {
                _ = try? ProtobufDecoding.object(Wire.body("v1", kind, bytes))
            }
        }
    }
}
