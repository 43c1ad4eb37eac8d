import KubeModel

/// Puts back what a client may not decide, before an object is validated: the server's own metadata, status on the
/// object itself, all but status on the status subresource. Also counts the generation.
public enum Mutability {
    /// Changes the new object at creation.
    typealias CreateRule = @Sendable (inout JSON) -> Void
    /// Changes the new object by what the old one was.
    typealias UpdateRule = @Sendable (inout JSON, JSON) -> Void

    static let createRules: [String: CreateRule] = [
        "core/v1.Pod": { pod in
            pod["status"] = ["phase": "Pending", "qosClass": .string(PodQOSClass(of: pod["spec"] ?? [:]).rawValue)]
        },
        "core/v1.Namespace": { namespace in
            namespace["status"] = ["phase": "Active"]
            var finalizers = namespace.array("spec", "finalizers")
            if !finalizers.contains("kubernetes") { finalizers.append("kubernetes") }
            namespace[["spec", "finalizers"]] = .array(finalizers)
        },
        "apiextensions/v1.CustomResourceDefinition": CustomResourceDefinition.prepareForCreate,
    ]

    static let updateRules: [String: UpdateRule] = [
        "core/v1.Namespace": { new, old in new["spec"] = old["spec"] },
        "core/v1.Service": keepAllocations,
        "apiextensions/v1.CustomResourceDefinition": CustomResourceDefinition.prepareForUpdate,
    ]

    /// What the server sets itself when an object is made.
    private static let serverMetadata = [
        "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "resourceVersion",
        "selfLink",
        "uid",
    ]

    /// The object as it is made: no status of the client's, the first generation. Uid, creation time and name are set
    /// elsewhere.
    public static func prepareForCreate(_ new: JSON, type: ResourceType) -> JSON {
        var object = new
        for name in serverMetadata { object[["metadata", name]] = nil }
        if type.hasStatus, !type.keepsStatusOnCreate { object["status"] = nil }
        if type.tracksGeneration { object[["metadata", "generation"]] = 1 }
        createRules[type.root.qualifiedName]?(&object)
        return object
    }

    /// The object as it is to be stored. Metadata that may not change is filled where the client left it out; where the
    /// client changed it, validation says so. Both objects are defaulted before, or the generation would count
    /// defaults.
    public static func prepareForUpdate(new: JSON, old: JSON, type: ResourceType, subresource: String? = nil) -> JSON {
        var object: JSON
        switch subresource {
        case "status":
            object = old
            object["status"] = new["status"]
            copy(["annotations", "managedFields", "resourceVersion", "uid"], from: new, to: &object)
        case "finalize":
            object = old
            object[["spec", "finalizers"]] = new["spec"]?["finalizers"]
        default:
            object = new
            if type.hasStatus { object["status"] = old["status"] }
            updateRules[type.root.qualifiedName]?(&object, old)
        }
        for name in ["creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "uid"] {
            if object["metadata"]?[name] == nil, let value = old["metadata"]?[name] {
                object[["metadata", name]] = value
            }
        }
        if type.tracksGeneration { object[["metadata", "generation"]] = .int(generation(object, old, type)) }
        return object
    }

    private static func copy(_ names: [String], from source: JSON, to target: inout JSON) {
        for name in names { target[["metadata", name]] = source["metadata"]?[name] }
    }

    /// One more whenever something other than metadata and status has changed.
    private static func generation(_ new: JSON, _ old: JSON, _ type: ResourceType) -> Int64 {
        let unversioned = type.custom?.unversionedMembers ?? ["metadata", "status", "apiVersion", "kind"]
        func desired(_ object: JSON) -> [JSONObject.Element] {
            (object.objectValue ?? [:]).filter { !unversioned.contains($0.key) }
        }
        let same = desired(new).elementsEqual(desired(old)) { $0.key == $1.key && $0.value == $1.value }
        let before = old.int("metadata", "generation") ?? 0
        return same ? before : before + 1
    }
}
