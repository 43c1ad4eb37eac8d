import KubeModel
import Testing

@Suite struct EventViewTests {
    private static let core = "/api/v1/namespaces/shop/events"
    private static let shown = "/apis/events.k8s.io/v1/namespaces/shop/events"
    private static let subject: JSON = ["apiVersion": "v1", "kind": "Pod", "name": "web", "namespace": "shop"]

    private static func event(_ name: String) -> JSON {
        [
            "apiVersion": "v1", "kind": "Event", "metadata": ["name": .string(name), "namespace": "shop"],
            "involvedObject": subject, "reason": "Started", "message": "it runs", "type": "Normal", "count": 2,
            "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:01:00Z",
            "source": ["component": "agent"], "reportingComponent": "agent", "reportingInstance": "n1",
        ]
    }

    @Test("an Event of the core group is shown by events.k8s.io under its names, and in lists, watches and tables")
    func shown() async throws {
        try await APIDesk.run { desk in
            try await desk.create(Self.core, Self.event("a"))
            let shown = await desk.get("\(Self.shown)/a")
            #expect(shown.string("apiVersion") == "events.k8s.io/v1" && shown["regarding"] == Self.subject)
            #expect(shown.string("note") == "it runs" && shown.string("reportingController") == "agent")
            #expect(shown.int("deprecatedCount") == 2 && shown["deprecatedSource"] == ["component": "agent"])
            #expect(shown.string("deprecatedLastTimestamp") == "2026-01-01T00:01:00Z")
            for name in ["involvedObject", "message", "count", "source", "firstTimestamp", "reportingComponent"] {
                #expect(shown[name] == nil, "\(name)")
            }
            let list = await desk.get("\(Self.shown)?fieldSelector=regarding.name%3Dweb,reason%3DStarted")
            #expect(list.string("kind") == "EventList" && list.array("items") == [shown])
            #expect(await desk.get("\(Self.shown)?fieldSelector=regarding.name%3Dother").array("items") == [])
            let watch = await desk.call("GET", "\(Self.shown)?watch=true").lines
            #expect(watch == [["type": "ADDED", "object": shown]])
            let table = await desk.call(
                "GET", Self.shown, headers: [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")])
            #expect(table.json.array("rows").first?.array("cells")[3] == "pod/web")
        }
    }

    @Test("what is written to events.k8s.io is the core group's Event")
    func written() async throws {
        try await APIDesk.run { desk in
            let written: JSON = [
                "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": ["name": "b", "namespace": "shop"],
                "regarding": Self.subject, "note": "first", "reason": "Tried", "type": "Warning", "action": "Try",
                "eventTime": "2026-01-01T00:00:00.000001Z", "reportingController": "c", "reportingInstance": "c-1",
            ]
            let created = try await desk.create(Self.shown, written)
            #expect(created.string("note") == "first" && created["message"] == nil)
            let patch: JSON = [
                "note": "second", "series": ["count": 2, "lastObservedTime": "2026-01-01T00:00:01.000000Z"],
            ]
            let patched = await desk.call(
                "PATCH", "\(Self.shown)/b", patch.canonicalBytes,
                headers: [("content-type", "application/merge-patch+json")])
            #expect(patched.status == 200 && patched.json.string("note") == "second")
            let core = await desk.get("\(Self.core)/b")
            #expect(core.string("apiVersion") == "v1" && core["involvedObject"] == Self.subject)
            #expect(core.string("message") == "second" && core.int("series", "count") == 2)
            #expect(core.string("reportingComponent") == "c" && core["note"] == nil)
            #expect(await desk.call("DELETE", "\(Self.shown)/b").status == 200)
            #expect(await desk.call("GET", "\(Self.core)/b").status == 404)
        }
    }
}
