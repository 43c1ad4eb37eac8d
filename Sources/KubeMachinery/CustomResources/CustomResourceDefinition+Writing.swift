import KubeModel

extension CustomResourceDefinition {
    /// What the server adds to a new definition: what its reconciler counts on.
    static let prepareForCreate: Mutability.CreateRule = { definition in
        definition["status"] = [
            "acceptedNames": ["kind": "", "plural": ""], "conditions": [],
            "storedVersions": .array(storageVersions(definition)),
        ]
        var finalizers = definition.array("metadata", "finalizers")
        if !finalizers.contains(.string(finalizer)) { finalizers.append(.string(finalizer)) }
        definition[["metadata", "finalizers"]] = .array(finalizers)
    }

    /// A version that objects were ever stored in stays noted.
    static let prepareForUpdate: Mutability.UpdateRule = { new, old in
        var stored = new.array("status", "storedVersions")
        for version in storageVersions(new) where !stored.contains(version) { stored.append(version) }
        new[["status", "storedVersions"]] = .array(stored)
    }

    private static func storageVersions(_ definition: JSON) -> [JSON] {
        definition.array("spec", "versions").filter { $0.bool("storage") == true }.compactMap { $0["name"] }
    }

    /// What a writer of the definition is told.
    public var warnings: [String] {
        guard hasExpressions else { return [] }
        return [
            "x-kubernetes-validations are not evaluated by Purser: objects that break these rules are accepted"
        ]
    }
}
