import Domain
import EventLog
import KubeModel
import Testing

/// A small log: a ConfigMap and a Secret that are made, changed, and ended.
enum PastLog {
    static func make() async throws -> InMemoryEventLog {
        let log = InMemoryEventLog()
        let forms: [(type: String, stream: String, revision: Int64, object: JSON)] = [
            ("NamespaceCreated", "namespaces/shop", 1, object("Namespace", "shop", [:])),
            ("ConfigMapCreated", "configmaps/shop/c", 1, object("ConfigMap", "c", ["data": ["a": "1"]])),
            ("SecretCreated", "secrets/shop/s", 1, object("Secret", "s", ["data": ["k": "c2VhbGVk"]])),
            ("ConfigMapUpdated", "configmaps/shop/c", 2, ["data": ["a": "2"]]),
            ("ConfigMapDeleted", "configmaps/shop/c", 3, [:]),
        ]
        let events = forms.enumerated().map { index, form in
            let time = Timestamp(seconds: 1_800_000_000 + Int64(index))
            return Envelope.record(
                Event(
                    stream: form.stream, revision: form.revision, type: form.type, isKeyframe: form.revision == 1,
                    payload: form.object.canonicalBytes, caller: Caller(subject: "system:test", verb: "update"),
                    callID: CallID(at: time, random: (0, UInt64(index))), ordinal: 0),
                position: Position(index + 1), recordedAt: time)
        }
        let outcome = try await log.append(events, expected: LogHead(position: 0, term: 1))
        try #require(outcome == .appended)
        return log
    }

    private static func object(_ kind: String, _ name: String, _ rest: JSON) -> JSON {
        var object = rest
        object["apiVersion"] = "v1"
        object["kind"] = .string(kind)
        object["metadata"] = [
            "name": .string(name), "uid": .string("u-\(name)"), "creationTimestamp": "2027-01-15T08:00:00Z",
            "managedFields": [["manager": "test"]],
        ]
        if kind != "Namespace" { object[["metadata", "namespace"]] = "shop" }
        return object
    }
}
