import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct WorkloadValidationTests {
    private func faults(_ spec: (String, JSON)..., word: String = "deployments") throws -> [String] {
        var members = Fixtures.deployment()["spec"]?.objectValue ?? [:]
        for (name, value) in spec { members[name] = value.isNull ? nil : value }
        return try Fixtures.faults(word, Fixtures.object("web", ("spec", .object(members))))
    }

    @Test("plain workloads are right")
    func plain() throws {
        #expect(try faults() == [])
        #expect(try faults(word: "replicasets") == [])
    }

    @Test("a selector is there, selects something, and matches the template")
    func selector() throws {
        #expect(try faults(("selector", .null)) == ["spec.selector: Required value"])
        #expect(
            try faults(("selector", [:])) == [
                "spec.selector: Invalid value: {}: empty selector is invalid for deployment"
            ])
        #expect(
            try faults(("selector", ["matchLabels": ["app": "other"]])) == [
                "spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` does not match template `labels`"
            ])
        #expect(try faults(("template", .null)).contains("spec.template.spec.containers: Required value"))
    }

    @Test("counts are not negative, the deadline is longer than the wait")
    func counts() throws {
        #expect(
            try faults(("replicas", -1)) == ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"])
        #expect(
            try faults(("minReadySeconds", 10), ("progressDeadlineSeconds", 10)) == [
                "spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds"
            ])
    }

    @Test("a strategy has its own options only, and lets the rollout move")
    func strategy() throws {
        let path = "spec.strategy"
        #expect(
            try faults(("strategy", ["type": "Recreate", "rollingUpdate": ["maxSurge": 1]])) == [
                "\(path).rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"
            ])
        #expect(
            try faults(("strategy", ["type": "RollingUpdate", "blueGreen": [:]])) == [
                "\(path).blueGreen: Forbidden: may not be specified when strategy `type` is 'RollingUpdate'"
            ])
        #expect(
            try faults(("strategy", ["rollingUpdate": ["maxSurge": 0, "maxUnavailable": "0%"]])) == [
                "\(path).rollingUpdate.maxUnavailable: Invalid value: \"0%\": may not be 0 when `maxSurge` is 0"
            ])
        #expect(
            try faults(("strategy", ["rollingUpdate": ["maxUnavailable": "150%"]]))
                == ["\(path).rollingUpdate.maxUnavailable: Invalid value: \"150%\": must not be greater than 100%"])
        #expect(
            try faults(("strategy", ["rollingUpdate": ["maxSurge": "x"]]))
                == ["\(path).rollingUpdate.maxSurge: Invalid value: \"x\": \(Syntax.percentMessage)"])
        #expect(
            try faults(("strategy", ["type": "Sideways"])) == [
                "\(path).type: Unsupported value: \"Sideways\": supported values: \"BlueGreen\", \"Recreate\", "
                    + "\"RollingUpdate\""
            ])
        #expect(try faults(("strategy", ["type": "BlueGreen"])) == [])
        #expect(
            try faults(("strategy", ["type": "BlueGreen", "blueGreen": ["drainSeconds": -1]]))
                == ["\(path).blueGreen.drainSeconds: Invalid value: -1: must be greater than or equal to 0"])
    }

    @Test("a template's pods are restarted always and have no deadline")
    func template() throws {
        var template = Fixtures.deployment()["spec"]?["template"] ?? [:]
        template[["spec", "restartPolicy"]] = "Never"
        template[["spec", "activeDeadlineSeconds"]] = 5
        #expect(
            try faults(("template", template)) == [
                "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
                "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
            ])
    }

    @Test("a selector stays as it was made")
    func immutableSelector() throws {
        var other = Fixtures.deployment(("selector", ["matchLabels": ["x": "y"]]))
        other[["spec", "template", "metadata", "labels"]] = ["x": "y"]
        #expect(
            try Fixtures.faults("deployments", other, from: Fixtures.deployment())
                == ["spec.selector: Invalid value: {\"matchLabels\":{\"x\":\"y\"}}: field is immutable"])
    }
}
