import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct PodSummaryTests {
    private func pod(
        phase: String, containers: [JSON] = [], initial: [JSON] = [], sidecars: Bool = false,
        conditions: [JSON] = [], metadata: JSON = ["name": "p"], reason: String = ""
    ) -> KubeObject {
        func specs(_ statuses: [JSON], _ extra: JSONObject) -> JSON {
            .array(
                statuses.map { status in
                    var spec = extra
                    spec["name"] = status["name"]
                    return .object(spec)
                })
        }
        return KubeObject([
            "metadata": metadata,
            "spec": [
                "containers": specs(containers, [:]),
                "initContainers": specs(initial, sidecars ? ["restartPolicy": "Always"] : [:]),
            ],
            "status": [
                "phase": .string(phase), "reason": .string(reason), "conditions": .array(conditions),
                "containerStatuses": .array(containers), "initContainerStatuses": .array(initial),
            ],
        ])
    }

    private func status(_ name: String, _ state: JSON, ready: Bool = false, restarts: Int64 = 0) -> JSON {
        ["name": .string(name), "state": state, "ready": .bool(ready), "restartCount": .int(restarts)]
    }

    private let running: JSON = ["running": ["startedAt": "2026-01-01T00:00:00Z"]]
    private func waiting(_ reason: String) -> JSON { ["waiting": ["reason": .string(reason)]] }
    private func terminated(_ code: Int64, _ reason: String = "") -> JSON {
        ["terminated": ["exitCode": .int(code), "reason": .string(reason)]]
    }

    @Test("a running pod counts its ready containers") func runs() {
        let summary = PodSummary(
            pod(phase: "Running", containers: [status("a", running, ready: true), status("b", running)]))
        #expect((summary.reason, summary.ready, summary.total) == ("Running", 1, 2))
    }

    @Test("what a container waits for, or why it ended, speaks for the pod") func reasons() {
        func reason(_ states: JSON...) -> String {
            PodSummary(
                pod(phase: "Running", containers: states.enumerated().map { status("c\($0.offset)", $0.element) })
            ).reason
        }
        #expect(reason(waiting("CrashLoopBackOff")) == "CrashLoopBackOff")
        #expect(reason(waiting("ImagePullBackOff"), running) == "ImagePullBackOff")
        #expect(reason(terminated(1, "Error")) == "Error")
        #expect(reason(terminated(3)) == "ExitCode:3")
        #expect(reason(["terminated": ["exitCode": 0, "signal": 9]]) == "Signal:9")
    }

    @Test("a finished container does not hide that others run") func completedWithRunning() {
        let containers = [status("a", terminated(0, "Completed")), status("b", running, ready: true)]
        #expect(PodSummary(pod(phase: "Running", containers: containers)).reason == "NotReady")
        let ready = pod(phase: "Running", containers: containers, conditions: [["type": "Ready", "status": "True"]])
        #expect(PodSummary(ready).reason == "Running")
    }

    @Test("the first init container that is not done speaks for the pod") func initContainers() {
        func reason(_ states: JSON...) -> String {
            PodSummary(
                pod(
                    phase: "Pending", containers: [status("m", waiting("PodInitializing"))],
                    initial: states.enumerated().map { status("i\($0.offset)", $0.element) })
            ).reason
        }
        #expect(reason(terminated(0), running) == "Init:1/2")
        #expect(reason(terminated(0), waiting("PodInitializing")) == "Init:1/2")
        #expect(reason(waiting("ImagePullBackOff"), waiting("PodInitializing")) == "Init:ImagePullBackOff")
        #expect(reason(terminated(1, "Error")) == "Init:Error")
        #expect(reason(terminated(2)) == "Init:ExitCode:2")
        #expect(reason(terminated(0)) == "PodInitializing")
    }

    @Test("a started sidecar counts as a container, and its restarts count") func sidecars() {
        var sidecar = status("s", running, ready: true, restarts: 2)
        sidecar["started"] = true
        let summary = PodSummary(
            pod(
                phase: "Running", containers: [status("a", running, ready: true, restarts: 1)], initial: [sidecar],
                sidecars: true))
        #expect((summary.reason, summary.ready, summary.total, summary.restarts) == ("Running", 2, 2, 3))
    }

    @Test("a pod being deleted is Terminating unless it has ended") func deletion() {
        let deleted: JSON = ["name": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"]
        #expect(PodSummary(pod(phase: "Running", metadata: deleted)).reason == "Terminating")
        #expect(PodSummary(pod(phase: "Succeeded", metadata: deleted)).reason == "Succeeded")
        #expect(PodSummary(pod(phase: "Running", metadata: deleted, reason: "NodeLost")).reason == "Unknown")
    }

    @Test("the pod's own reason stands before its phase, a scheduling gate before both") func ownReason() {
        #expect(PodSummary(pod(phase: "Failed", reason: "Evicted")).reason == "Evicted")
        let gated = pod(phase: "Pending", conditions: [["type": "PodScheduled", "reason": "SchedulingGated"]])
        #expect(PodSummary(gated).reason == "SchedulingGated")
    }

    @Test("restarts say when the last one was") func restarts() {
        var container = status("a", running, ready: true, restarts: 3)
        container[["lastState", "terminated", "finishedAt"]] = "2026-01-01T00:00:00Z"
        let summary = PodSummary(pod(phase: "Running", containers: [container]))
        let now = (Timestamp(rfc3339: "2026-01-01T00:05:00Z") ?? Timestamp(seconds: 0))
        #expect(summary.restartText(now) == "3 (5m ago)")
        #expect(PodSummary(pod(phase: "Running")).restartText(now) == "0")
    }

    @Test("a finished pod's row says that it has completed") func conditions() {
        let layout = TableLayout.layout(of: .pods)
        #expect(layout.conditions(pod(phase: "Succeeded")).first?.string("type") == "Completed")
        #expect(layout.conditions(pod(phase: "Running")).isEmpty)
    }
}
