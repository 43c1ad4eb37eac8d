import KubeModel
import Testing

@testable import KubeMachinery

@Suite("HorizontalPodAutoscalers as objects") struct AutoscalingTests {
    private func autoscaler(_ spec: (String, JSON)...) -> JSON {
        var members: JSONObject = [
            "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"], "maxReplicas": 5,
        ]
        for (name, value) in spec { members[name] = value.isNull ? nil : value }
        return Fixtures.object("web", ("spec", .object(members)))
    }

    private func faults(_ spec: (String, JSON)...) throws -> [String] {
        var object = autoscaler()
        for (name, value) in spec { object[["spec", name]] = value.isNull ? nil : value }
        return try Fixtures.faults("hpa", object)
    }

    private func cpu(_ target: JSON) -> JSON { [["type": "Resource", "resource": ["name": "cpu", "target": target]]] }

    // MARK: Defaults

    @Test("without minReplicas and metrics it is one pod and 80 % of the requested CPU")
    func defaults() throws {
        let object = try Fixtures.created("hpa", autoscaler())
        #expect(
            object["spec"] == [
                "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"], "maxReplicas": 5,
                "minReplicas": 1, "metrics": cpu(["type": "Utilization", "averageUtilization": 80]),
            ])
        #expect(object.int("metadata", "generation") == 1)
    }

    @Test("a behavior is completed with the usual policies and keeps what it states")
    func behavior() throws {
        let object = try Fixtures.created(
            "hpa", autoscaler(("behavior", ["scaleDown": ["stabilizationWindowSeconds": 60]])))
        #expect(
            object["spec"]?["behavior"] == [
                "scaleUp": [
                    "stabilizationWindowSeconds": 0, "selectPolicy": "Max",
                    "policies": [
                        ["type": "Pods", "value": 4, "periodSeconds": 15],
                        ["type": "Percent", "value": 100, "periodSeconds": 15],
                    ],
                ],
                "scaleDown": [
                    "stabilizationWindowSeconds": 60, "selectPolicy": "Max",
                    "policies": [["type": "Percent", "value": 100, "periodSeconds": 15]],
                ],
            ])
    }

    @Test("an autoscaler is changed by its spec, not by a status beside it")
    func status() throws {
        let old = try Fixtures.created("hpa", autoscaler())
        var sent = old
        sent["status"] = ["desiredReplicas": 9]
        #expect(try Fixtures.updated("hpa", sent, from: old)["status"] == nil)
        sent[["spec", "maxReplicas"]] = 6
        #expect(try Fixtures.updated("hpa", sent, from: old).int("metadata", "generation") == 2)
    }

    // MARK: Validation

    @Test("a plain autoscaler is right")
    func plain() throws { #expect(try faults() == []) }

    @Test("the limits are positive and in order")
    func limits() throws {
        #expect(
            try faults(("minReplicas", 0)) == [
                "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"
            ])
        #expect(
            try faults(("minReplicas", 6)) == [
                "spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`"
            ])
        #expect(
            try faults(("maxReplicas", 0)).contains("spec.maxReplicas: Invalid value: 0: must be greater than 0"))
        #expect(
            try faults(("maxReplicas", .null)).first
                == "spec.maxReplicas: Invalid value: 0: must be greater than 0")
    }

    @Test("the target has a kind and a name")
    func target() throws {
        #expect(
            try faults(("scaleTargetRef", [:])) == [
                "spec.scaleTargetRef.kind: Required value", "spec.scaleTargetRef.name: Required value",
            ])
        #expect(
            try faults(("scaleTargetRef", ["kind": "Deployment", "name": "a/b"])) == [
                "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/'"
            ])
    }

    @Test("a metric states its own source only, and one aim")
    func metrics() throws {
        let path = "spec.metrics[0]"
        #expect(
            try faults(("metrics", [["type": "Resource"]])) == [
                "\(path).resource: Required value: must populate information for the given metric source"
            ])
        #expect(
            try faults(
                (
                    "metrics",
                    [
                        [
                            "type": "Pods",
                            "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 5]],
                            "pods": [
                                "metric": ["name": "rps"], "target": ["type": "AverageValue", "averageValue": "3"],
                            ],
                        ]
                    ]
                )) == ["\(path).resource: Forbidden: must populate the given metric source only"])
        #expect(
            try faults(("metrics", cpu(["type": "Utilization"]))) == [
                "\(path).resource.target.averageUtilization: Required value: "
                    + "must set either a target raw value or a target utilization"
            ])
        #expect(
            try faults(("metrics", cpu(["type": "Utilization", "averageUtilization": 0]))) == [
                "\(path).resource.target.averageUtilization: Invalid value: 0: must be greater than 0"
            ])
        #expect(
            try faults(("metrics", cpu(["type": "AverageValue", "averageValue": "-1m"]))) == [
                "\(path).resource.target.averageValue: Invalid value: \"-1m\": must be positive"
            ])
        #expect(
            try faults(("metrics", cpu(["type": "Some", "averageUtilization": 5]))) == [
                "\(path).resource.target.type: Unsupported value: \"Some\": supported values: \"AverageValue\", "
                    + "\"Utilization\", \"Value\""
            ])
    }

    @Test("policies look back and change by something, windows have a bound")
    func policies() throws {
        func faultsOf(_ rules: JSON) throws -> [String] { try faults(("behavior", ["scaleUp": rules])) }
        let path = "spec.behavior.scaleUp"
        #expect(
            try faultsOf(["policies": [["type": "Pods", "value": 0, "periodSeconds": 1801]]]) == [
                "\(path).policies[0].value: Invalid value: 0: must be greater than zero",
                "\(path).policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800",
            ])
        #expect(
            try faultsOf(["stabilizationWindowSeconds": 3601]) == [
                "\(path).stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600"
            ])
        #expect(
            try faultsOf(["selectPolicy": "Most"]) == [
                "\(path).selectPolicy: Unsupported value: \"Most\": supported values: \"Disabled\", \"Max\", \"Min\""
            ])
    }

    // MARK: Table

    private func targets(_ metrics: JSON, _ current: JSON) throws -> JSON? {
        var object = try Fixtures.created("hpa", autoscaler(("metrics", metrics)))
        object["status"] = ["currentReplicas": 2, "desiredReplicas": 2, "currentMetrics": current]
        let table = Table.render(objects: [object], type: try Fixtures.type("hpa"), now: Timestamp(seconds: 0))
        return table.array("rows").first?["cells"]?.arrayValue?[2]
    }

    @Test("a table has the target, each metric beside its aim, and the limits")
    func table() throws {
        var object = try Fixtures.created("hpa", autoscaler(("minReplicas", 2)))
        object[["metadata", "creationTimestamp"]] = "1970-01-01T00:00:00Z"
        object["status"] = ["currentReplicas": 3, "desiredReplicas": 3]
        let table = Table.render(objects: [object], type: try Fixtures.type("hpa"), now: Timestamp(seconds: 60))
        #expect(
            table.array("columnDefinitions").map { $0.string("name") } == [
                "Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age",
            ])
        #expect(
            table.array("rows").first?["cells"] == [
                "web", "Deployment/web", "cpu: <unknown>/80%", "2", 5, 3, "60s",
            ])
    }

    @Test("metrics show as percentages or amounts, two of them at most")
    func targetTexts() throws {
        let percent = cpu(["type": "Utilization", "averageUtilization": 50])
        let known: JSON = [
            [
                "type": "Resource",
                "resource": ["name": "cpu", "current": ["averageUtilization": 24, "averageValue": "24m"]],
            ]
        ]
        #expect(try targets(percent, known) == "cpu: 24%/50%")
        #expect(try targets(cpu(["type": "AverageValue", "averageValue": "100m"]), known) == "cpu: 24m/100m")
        let pods: JSON = [
            "type": "Pods",
            "pods": ["metric": ["name": "rps"], "target": ["type": "AverageValue", "averageValue": "3"]],
        ]
        #expect(try targets([pods, pods, pods], []) == "<unknown>/3, <unknown>/3 + 1 more...")
    }
}
