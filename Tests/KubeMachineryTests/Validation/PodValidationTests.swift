import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct PodValidationTests {
    private func faults(_ container: JSON = Fixtures.container, _ spec: (String, JSON)...) throws -> [String] {
        try Fixtures.faults(
            "pods",
            Fixtures.object("p", ("spec", .object(JSONObject([("containers", [container])] + spec)))))
    }

    private func with(_ members: (String, JSON)...) -> JSON {
        .object(JSONObject([("name", "web"), ("image", "nginx:1")] + members))
    }

    @Test("a mount without a name gives one cause, and the pod is right once the name is there")
    func unnamedMount() throws {
        let type = try Fixtures.type("pods")
        var pod = try Fixtures.created("pods", Fixtures.podWithUnnamedMount)
        let causes = Validation.validate(new: pod, old: nil, type: type)
        #expect(
            causes == [
                KubeStatus.Cause(
                    reason: "FieldValueRequired", message: "Required value",
                    field: "spec.containers[0].volumeMounts[0].name")
            ])
        #expect(
            KubeStatus.invalid(type.kind, name: "nginx-5f78746595", causes).message
                == "Pod \"nginx-5f78746595\" is invalid: spec.containers[0].volumeMounts[0].name: Required value")
        var container = pod.array("spec", "containers")[0]
        container["volumeMounts"] = [["name": "logs", "mountPath": "/var/log/"]]
        pod[["spec", "containers"]] = [container]
        #expect(Validation.validate(new: pod, old: nil, type: type).isEmpty)
    }

    @Test("a plain pod is right")
    func plain() throws {
        #expect(try faults() == [])
    }

    @Test("a pod needs containers with names and images")
    func containers() throws {
        #expect(try Fixtures.faults("pods", Fixtures.object("p")) == ["spec.containers: Required value"])
        #expect(
            try faults([:]).sorted() == [
                "spec.containers[0].image: Required value", "spec.containers[0].name: Required value",
            ])
        let label =
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
            + "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
            + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
        #expect(
            try faults(["name": "Web", "image": "i"]) == ["spec.containers[0].name: Invalid value: \"Web\": \(label)"])
        #expect(
            try faults(Fixtures.container, ("initContainers", [Fixtures.container]))
                == ["spec.initContainers[0].name: Duplicate value: \"web\""])
    }

    @Test("closed sets of values are told, sorted")
    func enumerations() throws {
        #expect(
            try faults(Fixtures.container, ("restartPolicy", "Sometimes")) == [
                "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"Never\", \"OnFailure\""
            ])
        #expect(
            try faults(with(("imagePullPolicy", "Maybe"))) == [
                "spec.containers[0].imagePullPolicy: Unsupported value: \"Maybe\": supported values: \"Always\", "
                    + "\"IfNotPresent\", \"Never\""
            ])
    }

    @Test("ports lie in their range and have names of their own")
    func ports() throws {
        let path = "spec.containers[0].ports"
        #expect(try faults(with(("ports", [[:]]))) == ["\(path)[0].containerPort: Required value"])
        #expect(
            try faults(with(("ports", [["containerPort": 70000]]))) == [
                "\(path)[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"
            ])
        #expect(
            try faults(with(("ports", [["name": "a", "containerPort": 1], ["name": "a", "containerPort": 2]])))
                == ["\(path)[1].name: Duplicate value: \"a\""])
        let twice: JSON = ["containerPort": 80, "hostPort": 81]
        #expect(
            try faults(with(("ports", [twice])), ("hostNetwork", true))
                == ["\(path)[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true"])
        #expect(try faults(with(("ports", [["containerPort": 80]])), ("hostNetwork", true)) == [])
    }

    @Test("requests stay below limits, and resources are known ones")
    func resources() throws {
        let path = "spec.containers[0].resources"
        #expect(
            try faults(with(("resources", ["requests": ["cpu": "2"], "limits": ["cpu": "1"]])))
                == ["\(path).requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"])
        #expect(
            try faults(with(("resources", ["limits": ["memory": "-1"]]))) == [
                "\(path).limits[memory]: Invalid value: \"-1\": must be greater than or equal to 0",
                "\(path).requests[memory]: Invalid value: \"-1\": must be greater than or equal to 0",
            ])
        #expect(
            try faults(with(("resources", ["limits": ["disk": "1"]]))).first
                == "\(path).limits[disk]: Invalid value: \"disk\": must be a standard resource for containers")
    }

    @Test("volumes have one source, mounts have a volume and a path of their own")
    func volumes() throws {
        func mounts(_ mounts: JSON) -> JSON { with(("volumeMounts", mounts)) }
        let volume: JSON = ["name": "v", "emptyDir": [:]]
        #expect(
            try faults(mounts([["name": "x", "mountPath": "/a"]]))
                == ["spec.containers[0].volumeMounts[0].name: Not found: \"x\""])
        let twice: JSON = [["name": "v", "mountPath": "/a"], ["name": "v", "mountPath": "/a"]]
        #expect(
            try faults(mounts(twice), ("volumes", [volume]))
                == ["spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/a\": must be unique"])
        #expect(
            try faults(mounts([["name": "v"]]), ("volumes", [volume]))
                == ["spec.containers[0].volumeMounts[0].mountPath: Required value"])
        #expect(
            try faults(Fixtures.container, ("volumes", [volume, volume]))
                == ["spec.volumes[1].name: Duplicate value: \"v\""])
        let both: JSON = ["name": "v", "emptyDir": [:], "hostPath": ["path": "/x"]]
        #expect(
            try faults(Fixtures.container, ("volumes", [both]))
                == ["spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"])
        let unnamed: JSON = [["name": "a", "secret": [:]], ["name": "b", "configMap": [:]]]
        #expect(
            try faults(Fixtures.container, ("volumes", unnamed))
                == [
                    "spec.volumes[0].secret.secretName: Required value",
                    "spec.volumes[1].configMap.name: Required value",
                ])
    }

    @Test("a probe asks in exactly one way")
    func probes() throws {
        let path = "spec.containers[0].livenessProbe"
        #expect(try faults(with(("livenessProbe", [:]))) == ["\(path): Required value: must specify a handler type"])
        #expect(
            try faults(with(("livenessProbe", ["exec": ["command": ["x"]], "tcpSocket": ["port": 1]])))
                == ["\(path).tcpSocket: Forbidden: may not specify more than 1 handler type"])
        #expect(
            try faults(with(("livenessProbe", ["httpGet": ["port": 0], "successThreshold": 2]))) == [
                "\(path).successThreshold: Invalid value: 2: must be 1",
                "\(path).httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
            ])
        #expect(
            try faults(Fixtures.container, ("initContainers", [["name": "i", "image": "i", "lifecycle": [:]]])).first
                == "spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without "
                + "restartPolicy=Always")
    }

    @Test("an environment variable has a value or one source")
    func environment() throws {
        let path = "spec.containers[0].env[0]"
        #expect(try faults(with(("env", [["value": "x"]]))) == ["\(path).name: Required value"])
        let both: JSON = ["name": "A", "value": "x", "valueFrom": ["secretKeyRef": ["name": "s", "key": "k"]]]
        #expect(
            try faults(with(("env", [both]))) == [
                "\(path).valueFrom: Invalid value: \"\": may not be specified when `value` is not empty"
            ])
        #expect(
            try faults(with(("env", [["name": "A", "valueFrom": ["secretKeyRef": ["key": "k"]]]])))
                == ["\(path).valueFrom.secretKeyRef.name: Required value"])
    }

    @Test("tolerations and selectors are well formed")
    func placement() throws {
        #expect(
            try faults(Fixtures.container, ("tolerations", [["operator": "Equal"]])) == [
                "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which "
                    + "means \"match all values and all keys\""
            ])
        #expect(
            try faults(
                Fixtures.container, ("tolerations", [["key": "a", "operator": "Exists", "tolerationSeconds": 1]])) == [
                    "spec.tolerations[0].effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set"
                ])
        #expect(try faults(Fixtures.container, ("nodeSelector", ["-": "x"])).count == 1)
        let affinity: JSON = [
            "nodeAffinity": [
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    "nodeSelectorTerms": [["matchExpressions": [["key": "a", "operator": "In"]]]]
                ]
            ]
        ]
        #expect(
            try faults(Fixtures.container, ("affinity", affinity)) == [
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]"
                    + ".matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"
            ])
    }

    @Test("a pod's update changes images, adds tolerations, shortens the deadline, and nothing else")
    func update() throws {
        let old = Fixtures.pod(Fixtures.container, ("activeDeadlineSeconds", 60))
        let newer: JSON = ["name": "web", "image": "nginx:2"]
        func faults(_ container: JSON = Fixtures.container, _ spec: (String, JSON)...) throws -> [String] {
            let spec = JSONObject([("containers", [container]), ("activeDeadlineSeconds", 60)] + spec)
            return try Fixtures.faults("pods", Fixtures.object("p", ("spec", .object(spec))), from: old)
        }
        let toleration: JSON = ["key": "a", "operator": "Exists"]
        #expect(try faults(newer, ("tolerations", [toleration]), ("activeDeadlineSeconds", 30)) == [])
        #expect(
            try faults(newer, ("activeDeadlineSeconds", 90))
                == ["spec.activeDeadlineSeconds: Invalid value: 90: must be less than or equal to previous value"])
        let moved = try faults(newer, ("nodeName", "n1"))
        #expect(moved.count == 1)
        #expect(
            moved.first?.hasPrefix("spec: Forbidden: pod updates may not change fields other than `spec.con") == true)
        let two = Fixtures.object(
            "p",
            ("spec", ["containers": [Fixtures.container, ["name": "b", "image": "b"]], "activeDeadlineSeconds": 60]))
        #expect(
            try Fixtures.faults("pods", two, from: old)
                == ["spec.containers: Forbidden: pod updates may not add or remove containers"])
    }
}
