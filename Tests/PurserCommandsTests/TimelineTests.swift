import KubeModel
import Testing

@testable import PurserCommands

@Suite("The timeline")
struct TimelineTests {
    private func item(
        _ position: Int64, _ stream: String, _ type: String, caller: String = "system:controller:deployment",
        verb: String = "update", payload: JSON = [:], changes: [JSON] = []
    ) -> JSON {
        [
            "position": .int(position), "stream": .string(stream), "type": .string(type),
            "revision": type.hasPrefix("Call") ? 0 : 2,
            "recordedAt": .string("2026-01-01T00:00:\(position < 10 ? "0" : "")\(position).000000Z"),
            "caller": ["subject": .string(caller), "verb": .string(verb)], "payload": payload,
            "changes": .array(changes),
        ]
    }

    private func told(_ items: JSON...) -> [String] {
        Timeline.merged(items.flatMap(Timeline.entries)).map { "\($0.position) \($0.lane.rawValue): \($0.text)" }
    }

    @Test("what people change is told with its first field, what machines change in their own lanes")
    func people() {
        #expect(
            told(
                item(
                    1, "deployments.apps/shop/web", "DeploymentUpdated", caller: "ann",
                    changes: [
                        ["path": "metadata.generation", "old": 1, "new": 2],
                        ["path": "spec.paused", "new": true],
                    ]),
                item(2, "configmaps/shop/c", "ConfigMapDeleted", caller: "bob", changes: [["path": "", "old": [:]]]),
                item(3, "configmaps/shop/c", "ConfigMapCreated", caller: "system:controller:x"),
                item(4, "deployments.apps/shop/web", "DeploymentRolledBack", caller: "ann"),
                item(5, "pods/shop/p", "CallServed", caller: "ann", verb: "get"),
                item(
                    6, "pods/shop/p", "PodDeletionRequested", caller: "ann",
                    changes: [["path": "metadata.deletionTimestamp", "new": "2026-01-01T00:00:30Z"]]),
                item(
                    7, "pods/shop/q", "PodDeletionRequested", caller: "ann",
                    changes: [["path": "status.conditions[type=DisruptionTarget]", "new": ["status": "True"]]]))
                == [
                    "1 people: ann changed deployments/web: + spec.paused: true (and 1 more)",
                    "2 people: bob deleted configmaps/c", "4 people: ann rolled back deployments/web",
                    "6 people: ann deletes pods/p", "7 people: ann evicts pods/q",
                ])
    }

    @Test("roll-outs are new and scaled ReplicaSets, switched traffic and a Deployment's progress")
    func rollOuts() {
        let deployment = "deployments.apps/shop/web"
        func progress(_ reason: String) -> [JSON] {
            [["path": "status.conditions[type=Progressing].reason", "old": "x", "new": .string(reason)]]
        }
        #expect(
            told(
                item(1, "replicasets.apps/shop/web-5d", "ReplicaSetCreated"),
                item(
                    2, "replicasets.apps/shop/web-5d", "ReplicaSetScaled",
                    changes: [["path": "spec.replicas", "old": 0, "new": 3]]),
                item(3, deployment, "TrafficSwitched", payload: ["status": ["blueGreen": ["activeHash": "5d"]]]),
                item(4, deployment, "DeploymentStatusChanged", changes: progress("NewReplicaSetAvailable")),
                item(5, deployment, "DeploymentStatusChanged", changes: progress("ProgressDeadlineExceeded")),
                item(6, deployment, "DeploymentStatusChanged", changes: progress("ReplicaSetUpdated")))
                == [
                    "1 roll-outs: replicasets/web-5d is new", "2 roll-outs: replicasets/web-5d scaled from 0 to 3",
                    "3 roll-outs: traffic of deployments/web goes to 5d", "4 roll-outs: deployments/web is rolled out",
                    "5 roll-outs: deployments/web makes no progress",
                ])
    }

    @Test("a kill for lack of memory is told once, however many events tell of it, and its restart beside it")
    func outOfMemory() {
        let end: JSON = ["reason": "OOMKilled", "exitCode": 137, "containerID": "containerd://1"]
        let path = "status.containerStatuses[name=app]"
        let agent = "system:node:n1"
        func status(_ container: JSON) -> JSON { ["status": ["containerStatuses": [container]]] }
        #expect(
            told(
                item(
                    1, "pods/shop/web-1", "PodStatusChanged", caller: agent,
                    payload: status(["name": "app", "restartCount": 0, "state": ["terminated": end]]),
                    changes: [["path": .string("\(path).state.terminated"), "new": end]]),
                item(
                    2, "pods/shop/web-1", "PodStatusChanged", caller: agent,
                    payload: status(["name": "app", "restartCount": 1, "lastState": ["terminated": end]]),
                    changes: [
                        ["path": .string("\(path).lastState.terminated"), "new": end],
                        ["path": .string("\(path).restartCount"), "old": 0, "new": 1],
                    ]),
                item(
                    3, "pods/shop/web-1", "PodStatusChanged", caller: agent,
                    payload: status(["name": "app", "restartCount": 1, "lastState": ["terminated": end]]),
                    changes: [["path": .string("\(path).ready"), "old": false, "new": true]]))
                == [
                    "1 OOM kills: pods/web-1/app was killed: out of memory",
                    "2 restarts: pods/web-1/app restarted (1): OOMKilled, exit code 137",
                ])
    }

    @Test("bindings, evictions, warnings, nodes and refusals have lanes of their own")
    func others() {
        let ready = "status.conditions[type=Ready].status"
        #expect(
            told(
                item(1, "pods/shop/a", "PodBound", payload: ["spec": ["nodeName": "n1"]]),
                item(2, "pods/shop/a", "PodStatusChanged", changes: [["path": "status.reason", "new": "Evicted"]]),
                item(
                    3, "events/shop/a.1", "EventCreated", caller: "system:node:n1",
                    payload: [
                        "type": "Warning", "reason": "Unhealthy", "message": "probe failed",
                        "involvedObject": ["kind": "Pod", "name": "a"],
                    ]),
                item(
                    4, "events/shop/a.2", "EventCreated", caller: "system:node:n1", payload: ["reason": "Pulled"]),
                item(
                    5, "nodes/n1", "NodeStatusChanged",
                    changes: [["path": .string(ready), "old": "True", "new": "Unknown"]]),
                item(6, "nodes/n1", "NodeStatusChanged", changes: [["path": "status.images", "new": []]]),
                item(
                    7, "secrets/shop/s", "CallRefused", caller: "eve", verb: "get",
                    payload: ["code": 403, "message": "forbidden", "count": 3]),
                item(
                    8, "configmaps/shop/c", "CallRefused", caller: "ann", verb: "get",
                    payload: ["code": 404, "message": "not found"]),
                item(
                    9, "configmaps/shop/c", "CallRefused", caller: "ann", verb: "delete",
                    payload: ["code": 404, "message": "not found"]))
                == [
                    "1 scheduling: pods/a to n1", "2 scheduling: pods/a was evicted", "3 warnings: pod/a: probe failed",
                    "5 nodes: nodes/n1 no longer reports",
                    "7 refusals: eve may not get secrets/shop/s (3 times): forbidden",
                    "9 refusals: ann could not delete configmaps/shop/c: not found",
                ])
    }

    @Test("what keeps a pod from starting is told once, where clusters tell it twice, and so is a pod that failed")
    func warnings() {
        func warning(_ position: Int64, _ reason: String, _ message: String) -> JSON {
            item(
                position, "events/shop/a.\(position)", "EventCreated", caller: "system:node:n1",
                payload: [
                    "type": "Warning", "reason": .string(reason), "message": .string(message),
                    "involvedObject": ["kind": "Pod", "name": "a"],
                ])
        }
        let end: JSON = ["state": ["terminated": ["reason": "Error", "exitCode": 3]], "name": "app"]
        let failed: [JSON] = [["path": "status.phase", "old": "Running", "new": "Failed"]]
        #expect(
            told(
                warning(1, "Failed", "Failed to pull image \"a\": not found"),
                warning(2, "Failed", "Error: ErrImagePull"), warning(3, "Failed", "Error: ImagePullBackOff"),
                warning(4, "FailedMount", "no such ConfigMap"), warning(5, "BackOff", "Back-off restarting"),
                warning(6, "BlueGreenRefused", "no room"), warning(7, "TaintManagerEviction", "marked for deletion"),
                item(
                    8, "pods/shop/b", "PodStatusChanged", payload: ["status": ["containerStatuses": [end]]],
                    changes: failed),
                item(
                    9, "pods/shop/c", "PodStatusChanged",
                    changes: failed + [["path": "status.reason", "new": "DeadlineExceeded"]]),
                item(
                    10, "pods/shop/d", "PodStatusChanged",
                    changes: failed + [["path": "status.reason", "new": "Evicted"]]))
                == [
                    "1 warnings: pod/a: Failed to pull image \"a\": not found",
                    "4 warnings: pod/a: no such ConfigMap", "6 roll-outs: pod/a: no room",
                    "7 scheduling: pod/a: marked for deletion", "8 warnings: pods/b failed: Error, exit code 3",
                    "9 warnings: pods/c failed: DeadlineExceeded", "10 scheduling: pods/d was evicted",
                ])
    }

    @Test("a warning that its Event counts again is marked each time and listed once, with its number")
    func counted() throws {
        let created: JSON = ["type": "Warning", "reason": "FailedMount", "message": "no such ConfigMap"]
        let again: JSON = ["count": 2]
        let entries = Timeline.merged(
            [
                item(1, "events/shop/old", "EventUpdated", payload: again),
                item(2, "events/shop/a", "EventCreated", payload: created),
                item(3, "events/shop/b", "EventCreated", payload: ["type": "Normal", "reason": "Pulled"]),
                item(4, "configmaps/shop/c", "ConfigMapCreated", caller: "ann"),
                item(5, "events/shop/a", "EventUpdated", payload: again),
                item(6, "events/shop/b", "EventUpdated", payload: again),
            ].flatMap(Timeline.entries))
        #expect(entries.map(\.position) == [2, 4, 5])
        let from = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        let text = TimelineText(width: 80, from: from, to: from.adding(seconds: 30)).text(entries)
        #expect(text.contains("00:00:02  warnings    object/: no such ConfigMap ×2  @2\n00:00:04  people"))
        #expect(text.contains("warnings    ····1······1···"))
    }

    private func entry(_ second: Int, _ lane: Timeline.Lane, _ text: String) -> Timeline.Entry {
        Timeline.Entry(
            position: Int64(second), time: "2026-01-01T00:00:\(second < 10 ? "0" : "")\(second).000000Z", lane: lane,
            object: "", text: text)
    }

    @Test("the strips fill the width that there is, and repeated lines are counted")
    func text() throws {
        let from = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        let timeline = TimelineText(width: 43, from: from, to: from.adding(seconds: 30))
        let text = timeline.text(
            [entry(0, .people, "ann changed deployments/web and more"), entry(10, .restarts, "pod a restarted")]
                + [11, 29].map { entry($0, .restarts, "b") })
        #expect(
            text == """
                people      1·····························
                roll-outs   ······························
                scheduling  ······························
                restarts    ··········11·················1
                OOM kills   ······························
                warnings    ······························
                nodes       ······························
                refusals    ······························
                            00:00:00              00:00:30

                00:00:00  people      ann changed depl…  @0
                00:00:10  restarts    pod a restarted  @10
                00:00:11  restarts    b ×2  @11

                """)
        #expect(timeline.text([]) == "Nothing happened from 2026-01-01T00:00:00Z to 2026-01-01T00:00:30Z.\n")
    }

    @Test("only a terminal without NO_COLOR gets colours, unless they are asked for or refused")
    func colours() {
        func coloured(_ choice: ColourChoice, _ isTerminal: Bool, _ environment: [String: String] = [:]) -> Bool {
            Palette(choice, isTerminal: isTerminal) { environment[$0] }.isColoured
        }
        #expect(coloured(.auto, true) && coloured(.always, false, ["NO_COLOR": "1"]))
        #expect(!coloured(.auto, false) && !coloured(.never, true))
        #expect(!coloured(.auto, true, ["NO_COLOR": "1"]) && !coloured(.auto, true, ["TERM": "dumb"]))
        let change: JSON = ["path": "a", "old": 1, "new": 2]
        #expect(
            History.change(change, Palette(isColoured: true)) == "~ a: \u{1B}[31m1\u{1B}[0m -> \u{1B}[32m2\u{1B}[0m")
        #expect(History.change(change) == "~ a: 1 -> 2")
    }

    @Test("a difference names what was created, changed and deleted")
    func difference() {
        let answer: JSON = [
            "items": [
                ["action": "created", "object": "pods/shop/a", "changes": [["path": "", "new": [:]]]],
                ["action": "changed", "object": "pods/shop/b", "changes": [["path": "x", "old": 1, "new": 2]]],
                ["action": "deleted", "object": "pods/shop/c", "changes": [["path": "", "old": [:]]]],
            ]
        ]
        #expect(
            Difference.text(answer) == """
                created pods/shop/a
                changed pods/shop/b
                  ~ x: 1 -> 2
                deleted pods/shop/c

                """)
    }

    @Test("a refused call is told by what it asked for and how it ended")
    func refusedCall() {
        let text = HistoryText(all: true, showsObject: true).table([
            item(
                7, "secrets/shop/s", "CallRefused", caller: "eve", verb: "get",
                payload: [
                    "code": 403, "reason": "Forbidden", "message": "no", "uri": "/api/v1/namespaces/shop/secrets/s",
                ])
        ])
        #expect(text.contains("secrets/shop/s"))
        #expect(text.contains("get /api/v1/namespaces/shop/secrets/s: 403 Forbidden: no"))
    }
}
