import KubeModel

extension KubeObject {
    mutating func setAnnotation(_ name: String, _ value: String?) {
        setMetadataMember("annotations", name, value)
    }

    mutating func setLabel(_ name: String, _ value: String?) { setMetadataMember("labels", name, value) }

    private mutating func setMetadataMember(_ map: String, _ name: String, _ value: String?) {
        if value == nil, json["metadata"]?[map]?[name] == nil { return }
        json[["metadata", map, name]] = value.map { .string($0) }
    }

    mutating func setOwnerReferences(_ references: [OwnerReference]) {
        json[["metadata", "ownerReferences"]] = references.isEmpty ? JSON?.none : .array(references.map(\.json))
    }

    mutating func removeOwnerReferences(where isGone: (OwnerReference) -> Bool) {
        let kept = json.array("metadata", "ownerReferences").filter {
            OwnerReference(json: $0).map { !isGone($0) } ?? true
        }
        json[["metadata", "ownerReferences"]] = kept.isEmpty ? nil : .array(kept)
    }

    /// A reference that makes this object the controller of another.
    var controllerReference: OwnerReference {
        OwnerReference(apiVersion: apiVersion, kind: kind, name: name, uid: uid)
    }
}

extension JSON {
    /// Sets a condition of a status. `lastTransitionTime` moves only when the condition's status does; nothing at all
    /// changes if status, reason and message stay, unless `touch` asks to renew `lastUpdateTime`.
    public mutating func setCondition(
        _ type: String, _ status: String, reason: String, message: String, now: Timestamp, updateTime: Bool = false,
        touch: Bool = false
    ) {
        var conditions = array("conditions")
        let index = conditions.firstIndex { $0.string("type") == type }
        let old = index.map { conditions[$0] }
        let isSame =
            old?.string("status") == status && old?.string("reason") == reason && old?.string("message") == message
        if isSame, !touch { return }
        var new = old ?? ["type": .string(type)]
        if old?.string("status") != status || old?["lastTransitionTime"] == nil {
            new["lastTransitionTime"] = .string(now.rfc3339)
        }
        new["status"] = .string(status)
        new["reason"] = .string(reason)
        new["message"] = .string(message)
        if updateTime { new["lastUpdateTime"] = .string(now.rfc3339) }
        if let index { conditions[index] = new } else { conditions.append(new) }
        self["conditions"] = .array(conditions)
    }

    mutating func removeCondition(_ type: String) {
        let kept = array("conditions").filter { $0.string("type") != type }
        guard kept.count != array("conditions").count else { return }
        self["conditions"] = kept.isEmpty ? nil : .array(kept)
    }

    /// Sets a count; zero is left out, as Kubernetes does with its optional counts.
    mutating func setCount(_ name: String, _ value: Int64) { self[name] = value == 0 ? nil : .int(value) }
}
