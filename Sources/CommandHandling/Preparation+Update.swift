import Domain
import KubeMachinery
import KubeModel

extension Preparation {
    func update(_ body: JSON) throws(KubeStatus) -> PreparedWrite {
        let (stored, old) = try current()
        if request.subresource == "scale" { return try scale(stored, old, body) }
        let (decoded, warnings) = try ObjectDecoding.decode(body, as: type, fieldValidation: request.fieldValidation)
        try checkIdentity(decoded)
        return try replace(stored, old, by: decoded, warnings: warnings)
    }

    func patch(_ kind: PatchKind, _ bytes: [UInt8]) throws(KubeStatus) -> PreparedWrite {
        let (stored, old) = try current()
        if request.subresource == "scale" {
            let scale = Scale.of(old, at: type.custom?.scale)
            return try self.scale(stored, old, try Patch.apply(kind, bytes: bytes, to: scale, type: nil))
        }
        let patched = try Patch.apply(kind, bytes: bytes, to: old, type: type)
        let (decoded, warnings) = try ObjectDecoding.decode(patched, as: type, fieldValidation: request.fieldValidation)
        try checkIdentity(decoded)
        return try replace(stored, old, by: decoded, warnings: warnings)
    }

    private func checkIdentity(_ object: JSON) throws(KubeStatus) {
        let name = object.string("metadata", "name") ?? ""
        guard name == request.name else {
            throw .badRequest("the name of the object (\(name)) does not match the name on the URL (\(request.name))")
        }
        let namespace = object.string("metadata", "namespace") ?? request.namespace
        guard namespace == request.namespace else {
            throw .badRequest(
                "the namespace of the object (\(namespace)) does not match the namespace on the URL (\(request.namespace))"
            )
        }
    }

    private func replace(_ stored: StoredObject, _ old: JSON, by decoded: JSON, warnings: [String]) throws(KubeStatus)
        -> PreparedWrite
    {
        try checkPreconditions(stored, decoded, old)
        var new = decoded
        // An object that does not name its namespace is in the one of the request, as at its creation.
        if type.isNamespaced { new[["metadata", "namespace"]] = .string(request.namespace) }
        // Defaults first: an object without them is no change of one that has them.
        Defaulting.apply(to: &new, type)
        new = Mutability.prepareForUpdate(new: new, old: old, type: type, subresource: request.subresource)
        try validate(new, old: old)
        guard let revision = revisionPutBack(from: old, to: new) else {
            return try change(stored, from: old, to: new, warnings: warnings + definitionWarnings(new))
        }
        return try change(
            stored, from: old, to: new, as: EventCatalogue.name(type, .rolledBack), warnings: warnings,
            remarks: ["rollback": ["revision": .int(revision)]])
    }

    private func checkPreconditions(_ stored: StoredObject, _ new: JSON, _ old: JSON) throws(KubeStatus) {
        if let version = new.string("metadata", "resourceVersion"), !version.isEmpty, version != "\(stored.position)" {
            throw .staleResourceVersion(type.groupResource, name: request.name)
        }
        if let uid = new.string("metadata", "uid"), !uid.isEmpty, let live = old.string("metadata", "uid"), uid != live
        {
            throw .conflict(
                type.groupResource, name: request.name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(live)")
        }
    }

    private func scale(_ stored: StoredObject, _ old: JSON, _ scale: JSON) throws(KubeStatus) -> PreparedWrite {
        try checkPreconditions(stored, scale, old)
        let causes = Scale.validate(scale)
        guard causes.isEmpty else { throw .invalid(Scale.kind, name: request.name, causes) }
        var new = Scale.apply(scale, to: old, at: type.custom?.scale)
        new = Mutability.prepareForUpdate(new: new, old: old, type: type, subresource: nil)
        try validate(new, old: old)
        return try change(stored, from: old, to: new)
    }

    func switchTraffic(_ status: JSON) throws(KubeStatus) -> PreparedWrite {
        let (stored, old) = try current()
        var new = old
        new["status"] = status
        return try change(stored, from: old, to: new, as: EventCatalogue.trafficSwitched)
    }

    func bind(_ node: String, uid: String?, verdict: JSON) throws(KubeStatus) -> PreparedWrite {
        let (stored, old) = try current()
        if let uid, !uid.isEmpty, uid != old.string("metadata", "uid") {
            throw .conflict(type.groupResource, name: request.name, "Precondition failed: UID in precondition: \(uid)")
        }
        if let bound = old.string("spec", "nodeName"), !bound.isEmpty {
            throw .conflict(
                type.groupResource, name: request.name, "pod \(request.name) is already assigned to node \"\(bound)\"")
        }
        if old["metadata"]?["deletionTimestamp"] != nil {
            throw .conflict(
                type.groupResource, name: request.name,
                "pod \(request.name) is being deleted, cannot be assigned to a host")
        }
        var new = old
        new[["spec", "nodeName"]] = .string(node)
        var conditions = new.array("status", "conditions").filter { $0.string("type") != "PodScheduled" }
        conditions.append([
            "type": "PodScheduled", "status": "True", "lastProbeTime": .null,
            "lastTransitionTime": .string(now.rfc3339),
        ])
        new[["status", "conditions"]] = .array(conditions)
        guard
            case .change(var change, let warnings) = try change(stored, from: old, to: new, as: EventCatalogue.podBound)
        else { return .unchanged(stored, warnings: []) }
        change.node = node
        if !verdict.isNull { change.remarks["verdict"] = verdict }
        return .change(change, warnings: warnings)
    }

    func removeFinalizer(_ finalizer: String, uid: String) throws(KubeStatus) -> PreparedWrite {
        let (stored, old) = try current()
        guard old.string("metadata", "uid") == uid else { throw .notFound(type.groupResource, name: request.name) }
        var new = old
        let path =
            type.groupResource == .namespaces && finalizer == "kubernetes"
            ? ["spec", "finalizers"] : ["metadata", "finalizers"]
        let left = (new[path]?.arrayValue ?? []).filter { $0.stringValue != finalizer }
        new[path] = left.isEmpty ? nil : .array(left)
        return try change(stored, from: old, to: new)
    }

    /// Everything that people own as it was; what the server and controllers own as it is.
    func restore(_ earlier: JSON) throws(KubeStatus) -> PreparedWrite {
        let suffix = EventCatalogue.Suffix.rolledBack
        guard state[request.key] != nil else {
            var object = Mutability.prepareForCreate(earlier, type: type)
            stamp(&object)
            let finalizers = earlier.array("metadata", "finalizers").filter { !Self.deletionFinalizers.contains($0) }
            object[["metadata", "finalizers"]] = finalizers.isEmpty ? nil : .array(finalizers)
            try validate(object, old: nil)
            return .change(try creation(request.key, object, as: suffix), warnings: [])
        }
        let (stored, old) = try current()
        var new = earlier
        new["metadata"] = restoredMetadata(earlier["metadata"] ?? [:], live: old["metadata"] ?? [:])
        new = Mutability.prepareForUpdate(new: new, old: old, type: type, subresource: nil)
        try validate(new, old: old)
        return try change(stored, from: old, to: new, as: EventCatalogue.name(type, suffix))
    }

    private static let deletionFinalizers: [JSON] = ["orphan", "foregroundDeletion"]
    /// Annotations under these are the controllers' notes about the live object, such as a Deployment's revision.
    private static let controllerAnnotations = ["deployment.kubernetes.io/", "purser.dev/"]

    /// Labels and people's annotations are put back; identity, owners, finalizers and a deletion under way stay.
    private func restoredMetadata(_ earlier: JSON, live: JSON) -> JSON {
        func isControllers(_ name: String) -> Bool { Self.controllerAnnotations.contains { name.hasPrefix($0) } }
        var metadata = live
        metadata["labels"] = earlier["labels"]
        var annotations = JSONObject()
        for (name, value) in earlier.object("annotations") where !isControllers(name) { annotations[name] = value }
        for (name, value) in live.object("annotations") where isControllers(name) { annotations[name] = value }
        metadata["annotations"] = annotations.isEmpty ? nil : .object(annotations)
        return metadata
    }
}
