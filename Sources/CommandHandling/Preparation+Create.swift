import Domain
import KubeMachinery
import KubeModel

extension Preparation {
    func create(_ body: JSON) throws(KubeStatus) -> PreparedWrite {
        var (object, warnings) = try ObjectDecoding.decode(body, as: type, fieldValidation: request.fieldValidation)
        try nameNewObject(&object)
        let key = ObjectKey(
            type.groupResource, namespace: request.namespace, name: object.string("metadata", "name") ?? "")
        if state[key] != nil { throw .alreadyExists(type.groupResource, name: key.name) }
        Defaulting.apply(to: &object, type)
        object = Mutability.prepareForCreate(object, type: type)
        Admission.admit(&object, type: type)
        stamp(&object)
        try validate(object, old: nil)
        return .change(try creation(key, object), warnings: warnings + definitionWarnings(object))
    }

    /// What the writer of a CustomResourceDefinition should know.
    func definitionWarnings(_ object: JSON) -> [String] {
        type.groupResource == .customResourceDefinitions ? CustomResourceDefinition(object).warnings : []
    }

    func creation(_ key: ObjectKey, _ object: JSON, as suffix: EventCatalogue.Suffix = .created) throws(KubeStatus)
        -> ObjectChange
    {
        let content: ObjectChange.Content
        switch type.groupResource {
        case .services: content = .service(object, changedMembers: [])
        case .secrets:
            content = .members((try sealer?.seal(object) ?? object).canonicalBytes)
        default: content = .members(inStorageVersion(object).canonicalBytes)
        }
        var change = ObjectChange(
            key, type: EventCatalogue.name(type, suffix), expected: nil, content: content)
        change.remarks = request.remarks
        return change
    }

    private func nameNewObject(_ object: inout JSON) throws(KubeStatus) {
        if type.isNamespaced {
            let stated = object.string("metadata", "namespace") ?? ""
            guard stated.isEmpty || stated == request.namespace else {
                throw .badRequest(
                    "the namespace of the provided object does not match the namespace sent on the request")
            }
            object[["metadata", "namespace"]] = .string(request.namespace)
        } else {
            object[["metadata", "namespace"]] = nil
        }
        let name = object.string("metadata", "name") ?? ""
        if !request.name.isEmpty, !name.isEmpty, name != request.name {
            throw .badRequest(
                "the name of the object (\(name)) does not match the name on the URL (\(request.name))")
        }
        if name.isEmpty, let prefix = object.string("metadata", "generateName"), !prefix.isEmpty {
            // Kubernetes keeps room for five characters in a name of at most 63.
            object[["metadata", "name"]] = .string(String(prefix.prefix(58)) + suffix)
        } else if name.isEmpty, !request.name.isEmpty {
            object[["metadata", "name"]] = .string(request.name)
        }
    }

    /// What the server alone decides.
    func stamp(_ object: inout JSON) {
        object[["metadata", "uid"]] = .string(newUID)
        object[["metadata", "creationTimestamp"]] = .string(now.rfc3339)
        for name in ["resourceVersion", "selfLink", "managedFields", "deletionTimestamp", "deletionGracePeriodSeconds"]
        {
            object[["metadata", name]] = nil
        }
    }
}
