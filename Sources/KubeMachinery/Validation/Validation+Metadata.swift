import KubeModel

extension Validation {
    /// Bytes of all annotations' keys and values together.
    static let annotationLimit = 256 * 1024

    static func metadata(_ metadata: JSON, _ type: ResourceType, _ faults: inout Faults) {
        let path = FieldPath.metadata
        let name = metadata.string("name") ?? ""
        let prefix = metadata.string("generateName") ?? ""
        if !prefix.isEmpty, name.isEmpty {
            // The server adds letters, so a prefix may end where a name may not.
            faults.invalid(path.child("generateName"), prefix, Syntax.name(type.nameRule, prefix + "a"))
        }
        if name.isEmpty {
            if prefix.isEmpty { faults.required(path.child("name"), "name or generateName is required") }
        } else {
            faults.invalid(path.child("name"), name, Syntax.name(type.nameRule, name))
        }
        if type.isNamespaced {
            let namespace = metadata.string("namespace") ?? ""
            if namespace.isEmpty {
                faults.required(path.child("namespace"))
            } else {
                faults.invalid(path.child("namespace"), namespace, Syntax.label(namespace))
            }
        } else if metadata["namespace"] != nil {
            faults.forbidden(path.child("namespace"), "not allowed on this type")
        }
        faultsOfLabels(metadata["labels"], path.child("labels"), &faults)
        annotations(metadata["annotations"], path.child("annotations"), &faults)
        let isCore = type.custom == nil && type.group != "apiextensions.k8s.io"
        finalizers(metadata.array("finalizers"), path.child("finalizers"), isCore: isCore, &faults)
        ownerReferences(metadata.array("ownerReferences"), path.child("ownerReferences"), &faults)
    }

    static func faultsOfLabels(_ labels: JSON?, _ path: @autoclosure () -> FieldPath, _ faults: inout Faults) {
        for (key, value) in labels?.objectValue ?? [:] {
            faults.invalid(path(), key, Syntax.qualifiedName(key))
            faults.invalid(path(), value.stringValue ?? "", Syntax.labelValue(value.stringValue ?? ""))
        }
    }

    static func annotations(_ annotations: JSON?, _ path: @autoclosure () -> FieldPath, _ faults: inout Faults) {
        var size = 0
        for (key, value) in annotations?.objectValue ?? [:] {
            faults.invalid(path(), key, Syntax.qualifiedName(key.lowercased()))
            size += key.utf8.count + (value.stringValue?.utf8.count ?? 0)
        }
        if size > annotationLimit { faults.tooLong(path(), limit: annotationLimit) }
    }

    private static let standardFinalizers: Set<String> = ["orphan", "foregroundDeletion", "kubernetes"]

    /// Only objects of the core kinds need finalizers with a slash.
    private static func finalizers(_ finalizers: [JSON], _ path: FieldPath, isCore: Bool, _ faults: inout Faults) {
        for case .string(let name) in finalizers {
            let details = Syntax.qualifiedName(name)
            faults.invalid(path, name, details)
            if isCore, details.isEmpty, !name.contains("/"), !standardFinalizers.contains(name) {
                faults.invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified")
            }
        }
        if finalizers.contains("orphan"), finalizers.contains("foregroundDeletion") {
            faults.invalid(
                path, .array(finalizers), "finalizer orphan and foregroundDeletion cannot be both set")
        }
    }

    private static func ownerReferences(_ owners: [JSON], _ path: FieldPath, _ faults: inout Faults) {
        for owner in owners {
            if (owner.string("apiVersion") ?? "").isEmpty {
                faults.invalid(path.child("apiVersion"), "", "version must not be empty")
            }
            for name in ["kind", "name", "uid"] where (owner.string(name) ?? "").isEmpty {
                faults.invalid(path.child(name), "", "must not be empty")
            }
        }
        let controllers = owners.filter { $0.bool("controller") == true }
        if controllers.count > 1 {
            let kinds = controllers.map { "\($0.string("kind") ?? "")/\($0.string("name") ?? "")" }
            faults.invalid(
                path, .array(owners),
                "Only one reference can have Controller set to true. Found \"true\" in references for \(kinds[0]) and "
                    + kinds[1])
        }
    }

    /// What no client may change once the object exists.
    static func metadataChange(_ new: JSON, _ old: JSON, _ faults: inout Faults) {
        for name in [
            "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        ] {
            faults.immutable(new[name], old[name], FieldPath.metadata.child(name))
        }
        guard old["deletionTimestamp"] != nil else { return }
        let added = new.array("finalizers").filter { !old.array("finalizers").contains($0) }
        if !added.isEmpty {
            faults.forbidden(
                FieldPath.metadata.child("finalizers"),
                "no new finalizers can be added if the object is being deleted, found new finalizers "
                    + JSON.array(added).canonicalText)
        }
    }
}
