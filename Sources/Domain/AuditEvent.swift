import KubeMachinery
import KubeModel

/// Events of the log in the form of `audit.k8s.io/v1` (https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/),
/// so that tools made for Kubernetes' audit logs read them.
public enum AuditEvent {
    public static let apiVersion = "audit.k8s.io/v1"

    /// One event at the level `Metadata`: who did what, when, to which object, and how it ended; no object is in it, so
    /// no Secret is either. What Kubernetes has no field for stands in annotations under `purser.dev/`.
    public static func json(of recorded: RecordedEvent) -> JSON {
        let event = recorded.event
        let target = EventTarget(event)
        let payload = event.changesState ? [:] : (try? JSON(parsing: event.payload)) ?? [:]
        let verb = verb(of: event)
        let time = JSON.string(recorded.recordedAt.rfc3339Micro)
        var json: JSON = [
            "apiVersion": .string(apiVersion), "kind": "Event", "level": "Metadata",
            "auditID": .string(auditID(event, payload)),
            "stage": verb == "watch" ? "ResponseStarted" : "ResponseComplete",
            "requestURI": .string(payload.string("uri") ?? path(target, event)), "verb": .string(verb),
            "user": user(event.caller), "requestReceivedTimestamp": time, "stageTimestamp": time,
            "annotations": annotations(recorded, payload),
        ]
        if !event.caller.userAgent.isEmpty { json["userAgent"] = .string(event.caller.userAgent) }
        if !event.caller.address.isEmpty { json["sourceIPs"] = [.string(event.caller.address)] }
        json["objectRef"] = reference(target, recorded)
        json["responseStatus"] = status(event, verb, payload)
        return json
    }

    /// An `EventList` of audit events.
    public static func list(_ items: [JSON]) -> JSON {
        ["apiVersion": .string(apiVersion), "kind": "EventList", "metadata": [:], "items": .array(items)]
    }

    /// The client's own id where it sent one, as Kubernetes does; else the call's.
    private static func auditID(_ event: Event, _ payload: JSON) -> String {
        payload.string("auditID") ?? event.callID.description
    }

    private static func user(_ caller: Caller) -> JSON {
        var user: JSON = ["username": .string(caller.subject)]
        if !caller.groups.isEmpty { user["groups"] = .array(caller.groups.map { .string($0) }) }
        return user
    }

    /// The caller's verb; what runs inside the server states none, so the event's type tells.
    private static func verb(of event: Event) -> String {
        if !event.caller.verb.isEmpty { return event.caller.verb }
        if event.type.hasSuffix(EventCatalogue.Suffix.created.rawValue) || event.type == EventCatalogue.podBound {
            return "create"
        }
        if EventCatalogue.ends(event.type)
            || event.type.hasSuffix(EventCatalogue.Suffix.deletionRequested.rawValue)
        {
            return "delete"
        }
        return "update"
    }

    private static func subresource(_ event: Event) -> String {
        if event.type == EventCatalogue.podBound { return "binding" }
        if event.type.hasSuffix(EventCatalogue.Suffix.statusChanged.rawValue) { return "status" }
        return event.type.hasSuffix(EventCatalogue.Suffix.scaled.rawValue) ? "scale" : ""
    }

    private static func reference(_ target: EventTarget, _ recorded: RecordedEvent) -> JSON? {
        guard !target.resource.isEmpty else { return nil }
        let resource = GroupResource(target.resource)
        var reference: JSON = ["resource": .string(resource.resource)]
        func set(_ name: String, _ value: String) {
            if !value.isEmpty { reference[name] = .string(value) }
        }
        set("namespace", target.namespace)
        set("name", target.name)
        set("apiGroup", resource.group)
        set("apiVersion", Registry.builtIn.type(resource)?.version ?? "")
        set("subresource", subresource(recorded.event))
        if recorded.event.changesState { set("resourceVersion", "\(recorded.position)") }
        return reference
    }

    private static func status(_ event: Event, _ verb: String, _ payload: JSON) -> JSON {
        guard let code = payload.int("code") else {
            return ["metadata": [:], "code": verb == "create" ? 201 : 200]
        }
        var status: JSON = ["metadata": [:], "code": .int(code)]
        guard code >= 400 else { return status }
        status["status"] = "Failure"
        status["reason"] = payload["reason"]
        status["message"] = payload["message"]
        return status
    }

    /// The address at which the object is served; the log keeps no path of a call that changed something. Of a custom
    /// resource, which may be served in several versions, only the stream is known.
    private static func path(_ target: EventTarget, _ event: Event) -> String {
        guard !target.resource.isEmpty else { return event.stream }
        let resource = GroupResource(target.resource)
        let isOwn = ["", "purser.dev"].contains(resource.group)
        guard let version = Registry.builtIn.type(resource)?.version ?? (isOwn ? "v1alpha1" : nil) else {
            return event.stream
        }
        let root = resource.group.isEmpty ? "/api/\(version)" : "/apis/\(resource.group)/\(version)"
        let isNamespace = resource == .namespaces
        let scope = target.namespace.isEmpty || isNamespace ? "" : "/namespaces/\(target.namespace)"
        let suffix = subresource(event)
        return "\(root)\(scope)/\(resource.resource)"
            + [target.name, suffix].filter { !$0.isEmpty }.map { "/\($0)" }.joined()
    }

    private static func annotations(_ recorded: RecordedEvent, _ payload: JSON) -> JSON {
        let event = recorded.event
        var annotations: [String: String] = [
            "purser.dev/position": "\(recorded.position)", "purser.dev/event": event.type,
            "authorization.k8s.io/decision": [401, 403].contains(payload.int("code") ?? 0) ? "forbid" : "allow",
        ]
        if event.cause > 0 { annotations["purser.dev/cause"] = "\(event.cause)" }
        if event.correlation > 0 { annotations["purser.dev/correlation"] = "\(event.correlation)" }
        if let count = payload.int("count") { annotations["purser.dev/count"] = "\(count)" }
        return JSON(annotations)
    }
}
