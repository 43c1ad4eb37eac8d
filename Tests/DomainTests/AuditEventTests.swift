import Domain
import KubeModel
import Testing

@Suite("Audit events and what they are about")
struct AuditEventTests {
    private func event(
        _ stream: String, _ type: String, revision: Revision = 0, verb: String = "", payload: JSON = [:],
        cause: Position = 0
    ) -> RecordedEvent {
        let event = Event(
            stream: stream, revision: revision, type: type, isKeyframe: false, payload: payload.canonicalBytes,
            caller: Caller(
                subject: "ann", groups: ["devs"], userAgent: "kubectl/v1", address: "10.0.0.9", verb: verb),
            callID: CallID(high: 0x0198_0000_0000_7000, low: 0x8000_0000_0000_0001), ordinal: 0, cause: cause)
        return Envelope.record(event, position: 7, recordedAt: Timestamp(microseconds: 1_795_000_000_000_001))
    }

    @Test("a change is told with its object, its address and its place in the log, and without the object's content")
    func change() throws {
        let recorded = event(
            "deployments.apps/shop/web", "DeploymentScaled", revision: 3, verb: "patch",
            payload: ["spec": ["replicas": 3]], cause: 5)
        #expect(
            AuditEvent.json(of: recorded) == [
                "apiVersion": "audit.k8s.io/v1", "kind": "Event", "level": "Metadata",
                "auditID": "01980000-0000-7000-8000-000000000001", "stage": "ResponseComplete",
                "requestURI": "/apis/apps/v1/namespaces/shop/deployments/web/scale", "verb": "patch",
                "user": ["username": "ann", "groups": ["devs"]], "sourceIPs": ["10.0.0.9"], "userAgent": "kubectl/v1",
                "objectRef": [
                    "resource": "deployments", "namespace": "shop", "name": "web", "apiGroup": "apps",
                    "apiVersion": "v1", "subresource": "scale", "resourceVersion": "7",
                ],
                "responseStatus": ["metadata": [:], "code": 200],
                "requestReceivedTimestamp": "2026-11-18T11:06:40.000001Z",
                "stageTimestamp": "2026-11-18T11:06:40.000001Z",
                "annotations": [
                    "purser.dev/position": "7", "purser.dev/event": "DeploymentScaled", "purser.dev/cause": "5",
                    "authorization.k8s.io/decision": "allow",
                ],
            ])
    }

    @Test("a change of a custom resource names no version, for there may be several")
    func custom() {
        let stream = "widgets.example.com/shop/a"
        let audit = AuditEvent.json(of: event(stream, "CustomResourceUpdated", revision: 2, verb: "update"))
        #expect(audit.string("requestURI") == stream)
        #expect(
            audit["objectRef"] == [
                "resource": "widgets", "namespace": "shop", "name": "a", "apiGroup": "example.com",
                "resourceVersion": "7",
            ])
    }

    @Test("a refusal keeps its status, its own path and the client's audit id")
    func refusal() {
        let audit = AuditEvent.json(
            of: event(
                "secrets/shop", "CallRefused", verb: "list",
                payload: [
                    "code": 403, "reason": "Forbidden", "message": "no", "uri": "/api/v1/namespaces/shop/secrets?a=b",
                    "auditID": "mine",
                ]))
        #expect(audit.string("auditID") == "mine")
        #expect(audit.string("requestURI") == "/api/v1/namespaces/shop/secrets?a=b")
        #expect(
            audit["responseStatus"]
                == ["metadata": [:], "code": 403, "status": "Failure", "reason": "Forbidden", "message": "no"])
        #expect(audit.string("annotations", "authorization.k8s.io/decision") == "forbid")
        #expect(audit["objectRef"] == ["resource": "secrets", "namespace": "shop", "apiVersion": "v1"])
    }

    @Test("what runs inside the server states no verb: the event's type tells it")
    func verbs() {
        let pod = "pods/shop/web-1"
        let verbs = ["PodCreated", "PodBound", "PodStatusChanged", "PodDeletionRequested", "PodDeleted"].map {
            AuditEvent.json(of: event(pod, $0, revision: 1)).string("verb")
        }
        #expect(verbs == ["create", "create", "update", "delete", "delete"])
        #expect(AuditEvent.json(of: event("/version", "CallServed", verb: "get"))["objectRef"] == nil)
    }

    @Test("a stream's name tells objects, collections and paths apart")
    func targets() {
        func target(_ stream: String, _ type: String, revision: Revision = 0, verb: String = "get") -> EventTarget {
            EventTarget(event(stream, type, revision: revision, verb: verb).event)
        }
        #expect(
            target("pods/shop/a", "PodCreated", revision: 1)
                == EventTarget(resource: "pods", namespace: "shop", name: "a"))
        #expect(target("nodes/n1", "NodeUpdated", revision: 2) == EventTarget(resource: "nodes", name: "n1"))
        #expect(target("pods/shop", "CallServed", verb: "list") == EventTarget(resource: "pods", namespace: "shop"))
        #expect(target("nodes/n1", "CallServed", verb: "list") == EventTarget(resource: "nodes", name: "n1"))
        #expect(target("widgets.x.io/shop", "CallRefused", verb: "create").namespace == "shop")
        #expect(target("usage/n1", "UsageMeasured", verb: "create") == EventTarget(resource: "usage", name: "n1"))
        #expect(target("namespaces/shop", "NamespaceCreated", revision: 1).namespace == "shop")
        #expect(target("/readyz", "CallServed") == EventTarget())
    }
}
